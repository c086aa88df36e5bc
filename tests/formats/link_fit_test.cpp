#include "costmodel/formats/link_fit.h"

#include "costmodel/base/error.h"
#include "costmodel/spec/scenario_reader.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

const std::string samples = std::string(RINGSIDE_SOURCE_DIR) + "/examples/import/";

// Rows whose time is offset + share x size / rate.
NcclTestsLog made_log(NcclTest test, int ranks, int nodes, double offset, double share, double rate) {
  NcclTestsLog log;
  log.file = "made.log";
  log.test = test;
  log.ranks = ranks;
  log.nodes = nodes;
  for (double size = 1e3; size <= 1e9; size *= 10) {
    NcclTestsRow row;
    row.size = Bytes(size);
    row.time = Seconds(offset + share * size / rate);
    log.rows.push_back(row);
  }
  return log;
}

// The fragment as the cluster of a scenario whose other keys are a preset's.
Scenario scenario_with(const std::string& fragment) {
  return parse_scenario(
      "[model]\npreset = \"llama-7b\"\n[workload]\nsequence = \"128K\"\n[cluster]\n"
      "preset = \"dgx-a100-80gb\"\nnodes = 2\n" +
          fragment,
      "made.toml", ".");
}

}  // namespace

TEST_CASE("exact times give back alpha and bandwidth") {
  // By hand: sendrecv of 1 GB at 100 GB/s takes 10 us + 10 ms.
  const LinkFit pair = fit_link(made_log(NcclTest::sendrecv, 2, 1, 10e-6, 1, 100e9));
  CHECK(pair.link == FittedLink::scale_up);
  CHECK(pair.alpha.value == Approx(10e-6));
  CHECK(pair.bandwidth.value == Approx(100e9));
  CHECK(pair.residual < 1e-9);
  CHECK(pair.samples == 7);

  // By hand: 8 ranks make 14 steps of 2 us and send 2 x 7/8 of the size each.
  const LinkFit ring = fit_link(made_log(NcclTest::all_reduce, 8, 1, 14 * 2e-6, 1.75, 240e9));
  CHECK(ring.alpha.value == Approx(2e-6));
  CHECK(ring.bandwidth.value == Approx(240e9));

  // By hand: 16 ranks make 15 steps and send 15/16 of the size each.
  const LinkFit gather = fit_link(made_log(NcclTest::all_gather, 16, 1, 15 * 3e-6, 15.0 / 16, 80e9));
  CHECK(gather.alpha.value == Approx(3e-6));
  CHECK(gather.bandwidth.value == Approx(80e9));
}

TEST_CASE("between nodes the bandwidth is that of one network card") {
  // A ring over 2 nodes of 8 leaves each node once, over 8 cards.
  const LinkFit ring = fit_link(made_log(NcclTest::reduce_scatter, 16, 2, 15 * 5e-6, 15.0 / 16, 376e9));
  CHECK(ring.link == FittedLink::scale_out);
  CHECK(ring.cards == 8);
  CHECK(ring.bandwidth.value == Approx(47e9));
  CHECK(fit_link(made_log(NcclTest::reduce_scatter, 16, 2, 15 * 5e-6, 15.0 / 16, 376e9), {.nics_per_node = 4})
            .bandwidth.value == Approx(94e9));

  // An alltoall over 2 nodes sends half of each GPU's bytes out; 8 GPUs share 4 cards.
  const LinkFit all = fit_link(made_log(NcclTest::alltoall, 16, 2, 20e-6, 0.5, 12e9), {.nics_per_node = 4});
  CHECK(all.bandwidth.value == Approx(24e9));
  CHECK(all.alpha.value == Approx(20e-6));

  CHECK(fit_link(made_log(NcclTest::sendrecv, 16, 2, 20e-6, 1, 24e9)).bandwidth.value == Approx(24e9));
}

TEST_CASE("one wild row does not move the line") {
  NcclTestsLog log = made_log(NcclTest::sendrecv, 2, 1, 10e-6, 1, 100e9);
  log.rows[3].time = log.rows[3].time * 5;
  const LinkFit fit = fit_link(log);
  CHECK(fit.bandwidth.value == Approx(100e9).epsilon(0.02));
  CHECK(fit.alpha.value == Approx(10e-6).epsilon(0.02));
  CHECK(fit.worst_size.value == Approx(1e6));
}

TEST_CASE("several rows of one size count as their median") {
  NcclTestsLog log = made_log(NcclTest::sendrecv, 2, 1, 10e-6, 1, 100e9);
  const auto once = log.rows;
  for (NcclTestsRow row : once) {
    log.rows.push_back(row);
    row.time = row.time * 9;
    log.rows.push_back(row);
  }
  CHECK(fit_link(log).bandwidth.value == Approx(100e9));
  CHECK(fit_link(log).samples == 7);
}

TEST_CASE("alpha is left out when no message is small, the bandwidth never") {
  NcclTestsLog log = made_log(NcclTest::sendrecv, 2, 1, 10e-6, 1, 100e9);
  log.rows.erase(log.rows.begin(), log.rows.begin() + 4);
  const LinkFit fit = fit_link(log);
  CHECK(fit.alpha_known == AlphaKnown::no);
  CHECK(link_fit_toml(log, fit).find("link_latency") == std::string::npos);

  log = made_log(NcclTest::sendrecv, 2, 1, 10e-6, 1, 100e9);
  log.rows.resize(2);
  CHECK_THROWS_AS(fit_link(log), Error);
}

TEST_CASE("times that fall with the size give an error, not a negative bandwidth") {
  NcclTestsLog log = made_log(NcclTest::sendrecv, 2, 1, 10e-6, 1, 100e9);
  for (std::size_t i = 0; i < log.rows.size(); ++i)
    log.rows[i].time = Seconds(1e-3 / static_cast<double>(i + 1));
  CHECK_THROWS_AS(fit_link(log), Error);
}

TEST_CASE("the fragments of the example logs are read back by the scenario reader") {
  const NcclTestsLog inside = read_nccl_tests_log(samples + "all-gather-8xh100.log");
  const LinkFit inside_fit = fit_link(inside);
  CHECK(inside_fit.bandwidth.value == Approx(340e9).epsilon(0.03));
  CHECK(inside_fit.alpha.value == Approx(2.5e-6).epsilon(0.04));
  CHECK(inside_fit.residual < 0.04);
  const NodeSpec up = scenario_with(link_fit_toml(inside, inside_fit)).cluster.groups.front().node;
  CHECK(up.scale_up.per_gpu.value.value == Approx(inside_fit.bandwidth.value).epsilon(1e-3));
  CHECK(up.scale_up.alpha.value.value == Approx(inside_fit.alpha.value).epsilon(1e-3));
  CHECK(up.scale_up.per_gpu.provenance == Provenance::measured);

  const NcclTestsLog between = read_nccl_tests_log(samples + "sendrecv-2-nodes.log");
  const LinkFit between_fit = fit_link(between);
  CHECK(between_fit.bandwidth.value == Approx(23.5e9).epsilon(0.03));
  const NodeSpec out = scenario_with(link_fit_toml(between, between_fit)).cluster.groups.front().node;
  CHECK(out.scale_out.nic_bandwidth.value.value == Approx(between_fit.bandwidth.value).epsilon(1e-3));
}
