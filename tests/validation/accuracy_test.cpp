// The bars that predictions of published measurements must hold, and that the terms of the model earn their
// place: without merging, without shared cards, with half the latency the same rows are missed.
#include <cmath>

#include "costmodel/price/calibration_keys.h"
#include "costmodel/price/link_time.h"
#include "costmodel/spec/cluster_presets.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"
#include "tests/validation/published_tables.h"
#include "validation/csv_table.h"

using namespace validation;

namespace {

double mean(const std::vector<ReproducedRow>& rows, std::initializer_list<RowGroup> groups) {
  double sum = 0;
  int count = 0;
  for (const ReproducedRow& row : rows)
    for (const RowGroup group : groups)
      if (group_of(row.row) == group) sum += std::abs(row.error()), ++count;
  REQUIRE(count > 0);
  return sum / count;
}

// Rows of one source, priced on scenarios that `change` has been at.
template <class Change>
double mean_of_source(const std::string& table, const std::string& source, Change change,
                      const costmodel::CalibrationSet& set = costmodel::built_in_calibrations()) {
  double sum = 0;
  int count = 0;
  for (const PublishedRow& row : tests::published(table)) {
    if (row.source != source || row.kind == RowKind::kernel || row.metric == Metric::memory) continue;
    PublishedCase published = case_of(row, set);
    for (costmodel::Scenario& scenario : published.scenarios) change(scenario);
    sum += std::abs(reproduce(row, published, {}, set).error());
    ++count;
  }
  REQUIRE(count > 0);
  return sum / count;
}

const auto unchanged = [](costmodel::Scenario&) {};

// Mean error of the time of small messages from each GPU to the next over two to four nodes.
double small_message_error(double alpha_factor) {
  std::ostringstream text;
  text << std::ifstream(RINGSIDE_SOURCE_DIR "/validation/published/calibration_links.csv").rdbuf();
  const CsvTable table = parse_csv(text.str(), "calibration_links.csv");
  const auto column = [&](const std::string& name) {
    for (std::size_t c = 0; c < table.header.size(); ++c)
      if (table.header[c].text == name) return c;
    FAIL("no column " << name);
    return std::size_t{0};
  };
  const std::size_t gpu = column("gpu"), nodes = column("nodes"), bytes = column("bytes"),
                    rate = column("busbw_gbps");
  double sum = 0;
  int count = 0;
  for (const std::vector<CsvCell>& cells : table.rows) {
    const double size = std::stod(cells[bytes].text);
    const int node_count = std::stoi(cells[nodes].text);
    if (cells[gpu].text != "b200" || size > 16384 || node_count > 4) continue;
    costmodel::ClusterSpec cluster = *costmodel::find_cluster_preset("dgx-b200");
    cluster.groups.front().count = node_count;
    costmodel::Sourced<costmodel::Seconds>& alpha = cluster.groups.front().node.scale_out.alpha;
    alpha.value = alpha_factor * alpha.value;
    costmodel::Plan plan;
    plan.ring = plan.inner_ring = cluster.gpu_count();
    const costmodel::ClusterMap map(cluster, {});
    costmodel::Seconds slowest;
    for (const costmodel::ShiftEdge& edge :
         costmodel::shift_edges(costmodel::RankGrid::of(plan), {0, 1}, map))
      slowest = std::max(slowest, edge.time(costmodel::Bytes(size)).total());
    const double measured = size / (std::stod(cells[rate].text) * 1e9);
    sum += std::abs(slowest.value / measured - 1);
    ++count;
  }
  REQUIRE(count > 5);
  return sum / count;
}

}  // namespace

TEST_CASE("published measurements that nothing was fitted to are met within the bars") {
  const std::vector<ReproducedRow> rows = tests::reproduced("open");
  for (const ReproducedRow& row : rows) {
    INFO(row.row.id << ": " << row.skipped);
    CHECK(row.skipped.empty());
    CHECK(row.fits);
  }
  CHECK(mean(rows, {RowGroup::attention, RowGroup::prefill}) <= 0.08);
  CHECK(mean(rows, {RowGroup::training}) <= 0.10);
  CHECK(mean(rows, {RowGroup::memory}) <= 0.07);
  const Summary all = summaries_by_group(rows).back();
  CHECK(std::abs(all.bias) <= 0.04);
  CHECK(all.inside >= 0.80);
  CHECK(all.inside <= 0.98);
  int right = 0;
  const std::vector<Contest> list = contests(rows);
  for (const Contest& contest : list) right += contest.right() ? 1 : 0;
  REQUIRE(list.size() >= 10);
  CHECK(10 * right >= 9 * static_cast<int>(list.size()));
}

TEST_CASE("without merging partial outputs, rings of published times are missed") {
  costmodel::CalibrationSet set = costmodel::built_in_calibrations();
  for (costmodel::Calibration& calibration : set.devices) calibration.merge_passes.value = 0;
  const double with = mean_of_source("calibration", "ring-flash-attention", unchanged);
  const double without = mean_of_source("calibration", "ring-flash-attention", unchanged, set);
  CHECK(with <= 0.04);
  CHECK(without >= 0.08);
}

TEST_CASE("without sharing cards between GPUs, published training steps and double rings are missed") {
  const auto own_cards = [](costmodel::Scenario& scenario) {
    costmodel::NodeSpec& node = scenario.cluster.groups.front().node;
    node.scale_out.nics = node.gpus;
  };
  const double with = mean_of_source("open", "burstengine-kernel-bench", unchanged);
  const double without = mean_of_source("open", "burstengine-kernel-bench", own_cards);
  CHECK(without >= with + 0.02);
}

TEST_CASE("with half the network latency, published times of small messages are missed") {
  const double with = small_message_error(1.0), half = small_message_error(0.5);
  CHECK(with <= 0.35);
  CHECK(half >= with + 0.1);
}
