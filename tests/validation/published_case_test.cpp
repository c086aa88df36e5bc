// From a row of a table to scenario and plan.
#include "validation/published_case.h"

#include <string>

#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"
#include "validation/reproduction.h"

using namespace validation;

namespace {

// A zigzag ring of eight, forward, as a published table would have it.
PublishedRow ring_row() {
  PublishedRow row;
  row.id = "P1";
  row.source = "someone";
  row.gpu = "h800";
  row.gpus_per_node = 8;
  row.nodes = 1;
  row.model = tests::small_model(32, 8, 128);
  row.sequence = 65536;
  row.batch = 1;
  row.plan.ring = row.plan.inner_ring = 8;
  row.value = 0.016;
  return row;
}

}  // namespace

TEST_CASE("a row becomes the scenario that a user would write") {
  PublishedRow row = ring_row();
  row.gpu = "a800-80gb";
  row.nodes = 4;
  row.plan.ring = 32;
  row.nics_per_node = 4;
  row.nic_gbps = 21.3;
  const PublishedCase published = case_of(row);
  CHECK(published.skipped.empty());
  REQUIRE(published.scenarios.size() == 1);
  const costmodel::Scenario& s = published.scenarios.front();
  CHECK(s.cluster.gpu_count() == 32);
  const costmodel::NodeSpec& node = s.cluster.groups.front().node;
  CHECK(node.device.name == "a800-sxm-80gb");
  CHECK(node.scale_out.nics == 4);
  CHECK(node.scale_out.nic_bandwidth.value.value == Approx(21.3e9));
  CHECK(s.workload.sequence == 65536);
  CHECK(published.plan == row.plan);
}

TEST_CASE("an A100 with a slow link is the PCIe card") {
  PublishedRow row = ring_row();
  row.gpu = "a100-80gb";
  CHECK(case_of(row).scenarios.front().cluster.groups.front().node.device.name == "a100-sxm-80gb");
  row.intra_gbps = 4.7;
  const costmodel::NodeSpec node = case_of(row).scenarios.front().cluster.groups.front().node;
  CHECK(node.device.name == "a100-pcie-80gb");
  CHECK(node.scale_up.kind == costmodel::ScaleUpKind::pcie);
  // Through host memory: what tables state is less than what the link gives.
  const costmodel::StagedLink& staged = costmodel::built_in_calibrations().staged;
  CHECK(node.scale_up.one_peer.value.value == Approx(4.7e9 * staged.exchange.value));
  CHECK(node.scale_up.per_gpu.value.value == Approx(4.7e9 * staged.collective.value));
}

TEST_CASE("what cannot be expressed is skipped with the reason") {
  PublishedRow row = ring_row();
  row.gpu = "tpu-v4";
  CHECK(case_of(row).skipped == "no preset for the GPU \"tpu-v4\"");
  row = ring_row();
  row.sequence = 65540;
  CHECK(case_of(row).skipped == "65540 tokens do not divide by 16 (twice the ring, for zigzag)");
  CHECK(case_of(row).scenarios.empty());
  CHECK(reproduce(row).skipped == case_of(row).skipped);
}

TEST_CASE("packings are scenarios of their own, and the value is their mean") {
  PublishedRow row = ring_row(), one = row, two = row;
  row.packings = {{65536}, {32768, 32768}};
  one.packings = {{65536}};
  two.packings = {{32768, 32768}};
  CHECK(case_of(row).scenarios.size() == 2);
  CHECK(reproduce(row).predicted == Approx((reproduce(one).predicted + reproduce(two).predicted) / 2));
}

TEST_CASE("times become the metric of the row") {
  PublishedRow row = ring_row();
  const double seconds = reproduce(row).predicted;
  CHECK(seconds > 0);
  row.metric = Metric::tflops_per_gpu;
  // 4 N^2 h d, half of it under the causal mask, over eight GPUs.
  CHECK(reproduce(row).predicted == Approx(2.0 * 65536 * 65536 * 4096 / seconds / 8 * 1e-12));
  row.mask.kind = costmodel::MaskKind::full;
  const double full = reproduce(row).time.value;
  CHECK(reproduce(row).predicted == Approx(4.0 * 65536 * 65536 * 4096 / full / 8 * 1e-12));
  const ReproducedRow result = reproduce(row);
  CHECK(result.low < result.predicted);
  CHECK(result.predicted < result.high);
}

TEST_CASE("tokens per second are of one GPU, all replicas counted") {
  PublishedRow row = ring_row();
  row.kind = RowKind::training;
  row.phase = costmodel::WorkPhase::training_step;
  row.model.layers = 2;
  row.model.ffn = 11008;
  row.model.vocab = 32000;
  row.metric = Metric::tokens_per_second_per_gpu;
  row.plan.ring = row.plan.inner_ring = 4;
  row.plan.data = 2;
  row.batch = 3;
  const ReproducedRow result = reproduce(row);
  CHECK(result.skipped.empty());
  CHECK(result.predicted == Approx(65536.0 * 3 * 2 / result.time.value / 8));
}

TEST_CASE("memory has the interval of its formula") {
  PublishedRow row = ring_row();
  row.metric = Metric::memory;
  const ReproducedRow result = reproduce(row);
  CHECK(result.high / result.predicted == Approx(1 + 1.645 * 0.0651).epsilon(1e-3));
  CHECK(result.low / result.predicted == Approx(1 - 1.645 * 0.0651).epsilon(1e-3));
}

TEST_CASE("errors are summed by source and kind of row") {
  const auto made = [](const char* source, Metric metric, double predicted, double measured) {
    ReproducedRow row;
    row.row = ring_row();
    row.row.source = source;
    row.row.metric = metric;
    row.row.value = measured;
    row.predicted = predicted;
    row.low = 0.9 * predicted;
    row.high = 1.1 * predicted;
    return row;
  };
  std::vector<ReproducedRow> rows{made("a", Metric::time, 1.1, 1), made("a", Metric::time, 0.7, 1),
                                  made("b", Metric::time, 1.0, 1), made("b", Metric::memory, 1.5, 1)};
  rows.push_back(made("b", Metric::time, 0, 1));
  rows.back().skipped = "no reason";
  const std::vector<Summary> sources = summaries_by_source(rows);
  REQUIRE(sources.size() == 3);
  CHECK(sources[0].source == "a");
  CHECK(sources[0].mean == Approx(0.2));
  CHECK(sources[0].median == Approx(0.2));
  CHECK(sources[0].worst == Approx(0.3));
  CHECK(sources[0].bias == Approx(-0.1));
  CHECK(sources[0].inside == Approx(0.5));  // 1.1 +- 0.11 holds 1
  CHECK(sources[1].skipped == 1);
  CHECK(sources[1].rows == 1);
  CHECK(sources[2].group == RowGroup::memory);
  const std::vector<Summary> groups = summaries_by_group(rows);
  REQUIRE(groups.size() == 3);
  CHECK(groups.back().rows == 4);
  CHECK(mean_over_sources(sources, RowGroup::attention) == Approx(0.1));
  CHECK(mean_over_sources(sources, std::nullopt) == Approx((0.2 + 0 + 0.5) / 3));
}

TEST_CASE("the fastest method of a configuration is compared with the predicted one") {
  const auto made = [](costmodel::Layout layout, double predicted, double measured) {
    ReproducedRow row;
    row.row = ring_row();
    row.row.plan.layout = layout;
    row.row.value = measured;
    row.predicted = predicted;
    return row;
  };
  std::vector<ReproducedRow> rows{made(costmodel::Layout::contiguous, 2, 2.2),
                                  made(costmodel::Layout::zigzag, 1, 1.1)};
  REQUIRE(contests(rows).size() == 1);
  CHECK(contests(rows).front().right());
  CHECK(contests(rows).front().loss == 0);
  rows[1].predicted = 3;
  CHECK(!contests(rows).front().right());
  CHECK(contests(rows).front().loss == Approx(1.0));  // 2.2 instead of 1.1
  // Rates: the larger is faster.
  for (ReproducedRow& row : rows) row.row.metric = Metric::tflops_per_gpu;
  CHECK(contests(rows).front().measured == 0);
  // Another sequence is another configuration.
  rows[1].row.sequence *= 2;
  CHECK(contests(rows).empty());
}
