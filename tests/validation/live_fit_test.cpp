// Fitting constants to times of probes: those that made the times are found again, and what is noisy is said.
#include "validation/live_fit.h"

#include "costmodel/price/calibration_prior.h"
#include "costmodel/price/calibration_set.h"
#include "tests/catch.h"
#include "validation/live_calibration.h"
#include "validation/nonnegative_fit.h"

using namespace validation;
using costmodel::BytesPerSecond;
using costmodel::Calibration;
using costmodel::Seconds;

namespace {

// Another machine than the built-in calibration believes in.
Calibration truth_of(const std::string& device) {
  Calibration c = costmodel::prior_calibrations().of(device);
  c.forward.peak_fraction.value = 0.44;
  c.forward.start.value = Seconds(21e-6);
  c.forward.pair_flop.value = 60;
  c.backward.peak_fraction.value = 0.37;
  c.backward.start.value = Seconds(33e-6);
  c.backward.pair_flop.value = 90;
  c.memory_efficiency.value = 0.31;
  c.launch.value = Seconds(4e-6);
  c.merge_style = costmodel::MergeStyle::inside;
  c.link_bandwidth.value = BytesPerSecond(7e9);
  c.link_latency.value = Seconds(9e-6);
  return c;
}

std::vector<ProbeTime> times_of(const std::vector<Probe>& probes, const ProbedNode& node,
                                const Calibration& truth, double wrong = 1.0) {
  std::vector<ProbeTime> times;
  for (const Probe& probe : probes) {
    const auto time = predicted_time(probe, node, truth);
    if (!time) continue;
    // The first of every kind is `wrong` times what it should be.
    const bool first = times.empty() || times.back().probe.kind != probe.kind;
    times.push_back({probe, {time->value * (first ? wrong : 1.0), 0.01}, {}});
  }
  return times;
}

void check_like(const Calibration& fitted, const Calibration& truth, double within) {
  CHECK(fitted.forward.peak_fraction.value == Approx(truth.forward.peak_fraction.value).epsilon(within));
  CHECK(fitted.forward.start.value.value == Approx(truth.forward.start.value.value).epsilon(within));
  CHECK(fitted.forward.pair_flop.value == Approx(truth.forward.pair_flop.value).epsilon(within));
  CHECK(fitted.backward.peak_fraction.value == Approx(truth.backward.peak_fraction.value).epsilon(within));
  CHECK(fitted.backward.start.value.value == Approx(truth.backward.start.value.value).epsilon(within));
  CHECK(fitted.backward.pair_flop.value == Approx(truth.backward.pair_flop.value).epsilon(within));
  CHECK(fitted.memory_efficiency.value == Approx(truth.memory_efficiency.value).epsilon(within));
  CHECK(fitted.launch.value.value == Approx(truth.launch.value.value).epsilon(within));
  CHECK(fitted.link_bandwidth.value.value == Approx(truth.link_bandwidth.value.value).epsilon(within));
  CHECK(fitted.link_latency.value.value == Approx(truth.link_latency.value.value).epsilon(within));
}

}  // namespace

TEST_CASE("the constants that made the times of probes are found again on cores that are shared") {
  const ProbedNode node = cpu_node(4, 2);
  CHECK(node.share == 0.5);
  const Calibration truth = truth_of("cpu-core");
  const std::vector<ProbeTime> times = times_of(cpu_probes(4, Effort::full), node, truth);
  REQUIRE(times.size() >= 40);
  const Calibration before = costmodel::prior_calibrations().of("cpu-core");
  const Calibration fitted = fit_probes(before, node, times);
  check_like(fitted, truth, 1e-3);
  CHECK(fitted.forward.peak_fraction.provenance == costmodel::Provenance::measured);
  CHECK(fitted.forward.residual == 0.03);
  CHECK(fitted.link_residual == 0.03);
  // What no probe speaks of stays.
  CHECK(fitted.gemm.peak_fraction.value == before.gemm.peak_fraction.value);
  CHECK(fitted.gemm.peak_fraction.provenance == before.gemm.peak_fraction.provenance);
  CHECK(fitted.forward.tail.value == before.forward.tail.value);
}

TEST_CASE("the constants of a GPU are found again, the tail of masked blocks among them") {
  const ProbedNode node = gpu_node("h100-sxm", 8);
  Calibration truth = truth_of("h100-sxm");
  // What it costs beside the products is not in the tail of the fit.
  truth.forward.pair_flop.value = truth.backward.pair_flop.value = 0;
  truth.forward.tail.value = 0.6;
  truth.backward.tail.value = 0.25;
  const Calibration fitted = fit_probes(costmodel::prior_calibrations().of("h100-sxm"), node,
                                        times_of(gpu_probes(8, Effort::full), node, truth));
  CHECK(fitted.forward.peak_fraction.value == Approx(0.44).epsilon(0.03));
  CHECK(fitted.backward.peak_fraction.value == Approx(0.37).epsilon(0.03));
  CHECK(fitted.forward.tail.value == Approx(0.6).epsilon(0.1));
  CHECK(fitted.backward.tail.value == Approx(0.25).margin(0.1));
  CHECK(fitted.link_bandwidth.value.value == Approx(7e9).epsilon(1e-3));
}

TEST_CASE("a wild time of every kind pulls little") {
  const ProbedNode node = cpu_node(2, 2);
  const Calibration truth = truth_of("cpu-core");
  const std::vector<ProbeTime> times = times_of(cpu_probes(2, Effort::full), node, truth, 3.0);
  const Calibration fitted = fit_probes(costmodel::prior_calibrations().of("cpu-core"), node, times);
  CHECK(fitted.forward.peak_fraction.value == Approx(0.44).epsilon(0.05));
  CHECK(fitted.backward.peak_fraction.value == Approx(0.37).epsilon(0.05));
  CHECK(fitted.link_bandwidth.value.value == Approx(7e9).epsilon(0.05));
  CHECK(fitted.forward.residual > 0.1);
}

TEST_CASE("one rank has no links, and what was known of them stays") {
  const ProbedNode node = cpu_node(1, 2);
  Calibration before = costmodel::prior_calibrations().of("cpu-core");
  const Calibration fitted =
      fit_probes(before, node, times_of(cpu_probes(1, Effort::full), node, truth_of("cpu-core")));
  CHECK(fitted.link_bandwidth.value.value == 0);
  CHECK(fitted.forward.peak_fraction.value == Approx(0.44).epsilon(1e-3));
}

TEST_CASE("costs are not negative, whatever the times say") {
  Eigen::MatrixXd columns(3, 2);
  columns << 1, 1, 1, 2, 1, 4;
  Eigen::VectorXd times(3);
  times << 1, 3, 7;  // a line through -1
  const Eigen::VectorXd x = nonnegative_fit(columns, times);
  CHECK(x[0] == 0);
  CHECK(x[1] > 1);
}

TEST_CASE("messages slow attention by the median over rounds of what it takes longer") {
  const auto probe = [](std::vector<double> rounds) {
    return ProbeTime{Probe{}, measured(rounds), std::move(rounds)};
  };
  // The machine gets slower from round to round, which is in both parts of every ratio.
  const Overlap drifting =
      overlap_of(probe({1.0, 2.0, 3.0}), probe({1.25, 2.5, 3.75}), probe({1.0, 2.0, 3.0}));
  CHECK(drifting.slowdown() == Approx(0.25));
  CHECK(drifting.ratio.deviation == Approx(0).margin(1e-12));
  CHECK(drifting.complaint().empty());
  // One round in which something else ran is an outlier, not a slowdown.
  const Overlap one_wild =
      overlap_of(probe({1, 1, 1, 1, 1}), probe({1.1, 1.1, 9.0, 1.1, 1.1}), probe({1, 1, 1, 1, 1}));
  CHECK(one_wild.slowdown() == Approx(0.1));
  CHECK(one_wild.complaint().empty());
  // Faster than alone is no negative slowdown.
  CHECK(overlap_of(probe({2, 2}), probe({1.9, 1.9}), probe({2, 2})).slowdown() == 0);
  CHECK(overlap_of(probe({0}), probe({1.9}), probe({0})).slowdown() == 0);
}

TEST_CASE("a slowdown under messages is refused where the same twice alone differs, or the ratios scatter") {
  const auto probe = [](std::vector<double> rounds) {
    return ProbeTime{Probe{}, measured(rounds), std::move(rounds)};
  };
  const Overlap unlike = overlap_of(probe({1, 1, 1}), probe({1.3, 1.3, 1.3}), probe({1.1, 1.1, 1.1}));
  CHECK(unlike.complaint().find("the same attention twice in a row differs by +10.0 %") == 0);
  CHECK(unlike.complaint().find("expected a machine that does nothing else, or --noisy") !=
        std::string::npos);
  const Overlap scattered = overlap_of(probe({1, 1, 1}), probe({1.0, 1.3, 1.6}), probe({1, 1, 1}));
  CHECK(scattered.complaint().find("the ratio to the time alone spreads by 23.1 %, over 3 %") !=
        std::string::npos);
}

TEST_CASE("messages that tell no bandwidth say how wrong the link is that was") {
  const ProbedNode node = cpu_node(2, 2);
  const Calibration before = costmodel::prior_calibrations().of("cpu-core");
  std::vector<ProbeTime> times;
  for (const Probe& probe : cpu_probes(2, Effort::full)) {
    if (probe.kind != ProbeKind::exchange || probe.flows != Flows::all) continue;
    // Every one takes twice what is predicted for the smallest: longer messages are no longer.
    const double least = predicted_time(probe, node, before)->value;
    times.push_back({probe, {times.empty() ? 2 * least : times.front().time.median, 0.01}, {}});
  }
  REQUIRE(times.size() >= 2);
  const Calibration fitted = fit_probes(before, node, times);
  CHECK(fitted.link_bandwidth.value.value == 0);
  CHECK(fitted.link_residual != before.link_residual);
  CHECK(fitted.link_residual > 0.03);
}

TEST_CASE("a spread over 3 % is refused with the quantity, the spread and the way round") {
  const std::vector<Probe> probes = cpu_probes(2, Effort::quick);
  std::vector<ProbeTime> times{{probes[0], {1e-3, 0.02}, {}}, {probes[1], {1e-3, 0.03}, {}}};
  CHECK(noise_complaint(times) == "");
  times.push_back({probes[2], {1e-3, 0.071}});
  CHECK(
      noise_complaint(times) ==
      "attention forward, 64 x 64, 4 heads of 64, causal: the spread of its samples is 7.1 % of the median, "
      "over 3 %; expected a machine that does nothing else, or --noisy, which takes it as it is and says so "
      "in the file");
  times.push_back({probes[2], {1e-3, 0.04}});
  CHECK(noise_complaint(times).find("(and so are 1 other quantities)") != std::string::npos);
}
