// Folding a run into a calibration: it moves towards the run, never away from repetitions it has not seen.
#include "validation/calibration_update.h"

#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/lowering.h"
#include "costmodel/spec/cluster_presets.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;
using namespace validation;

namespace {

Scenario scenario_on_cores(int ranks) {
  Scenario scenario;
  scenario.model = tests::small_model(8, 2, 64);
  scenario.cluster = *find_cluster_preset("cpu-threads");
  scenario.cluster.groups.front().node.gpus = ranks;
  scenario.workload.sequence = 4096;
  scenario.workload.dtype = Dtype::fp32;
  return scenario;
}

// A run that took what `truth` says, times a factor for every repetition.
std::vector<RankRecord> run_of(const Scenario& scenario, const Plan& plan, const Schedule& schedule,
                               const Calibration& truth, const std::vector<double>& factors) {
  CalibrationSet set = built_in_calibrations();
  *set.find("cpu-core") = truth;
  Pricer pricer(scenario, set);
  std::vector<RankRecord> ranks(static_cast<std::size_t>(schedule.world_size()));
  for (std::size_t p = 0; p < schedule.phases.size(); ++p) {
    std::vector<Rank> walked;
    const std::vector<OpTime> times = pricer.timeline(plan, p, walked);
    const std::size_t ops = schedule.phases[p].ops.size();
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      PhaseRecord& record = ranks[r].phases.emplace_back();
      record.sent.assign(ops, 0);
      for (const double factor : factors) {
        LaneRun run;
        for (std::size_t i = 0; i < ops; ++i) {
          const OpTime& time = times[(walked.size() == 1 ? 0 : r) * ops + i];
          run.spans.push_back({factor * time.ready, factor * time.end});
          run.time = std::max(run.time, factor * time.end);
        }
        record.repetitions.push_back(run);
      }
    }
  }
  return ranks;
}

struct Folded {
  CalibrationUpdate update;
  Calibration truth;
};

Folded fold(double forward, double backward, const std::vector<double>& factors,
            NoisyRun noisy = NoisyRun::taken) {
  const Scenario scenario = scenario_on_cores(2);
  const Plan plan = plan_from_alias("zigzag-ring", scenario);
  const Schedule schedule = lower(scenario, plan);
  Folded folded;
  folded.truth = built_in_calibration("cpu-core");
  folded.truth.forward.peak_fraction.value *= forward;
  folded.truth.backward.peak_fraction.value *= backward;
  folded.update = update_calibration(scenario, plan, schedule,
                                     run_of(scenario, plan, schedule, folded.truth, factors), {0.0, noisy});
  return folded;
}

}  // namespace

TEST_CASE("a run on slower cores brings the rates nearly to what made it") {
  const Folded folded = fold(0.5, 0.7, {1, 1, 1, 1, 1, 1});
  CHECK(folded.update.taken);
  CHECK(folded.update.error_before < -0.2);
  CHECK(std::abs(folded.update.error_after) < 0.02);
  // What was assumed with a residual of 30 % goes nearly all of the way.
  CHECK(folded.update.after.forward.peak_fraction.value ==
        Approx(folded.truth.forward.peak_fraction.value).epsilon(0.03));
  CHECK(folded.update.after.backward.peak_fraction.value ==
        Approx(folded.truth.backward.peak_fraction.value).epsilon(0.03));
  CHECK(folded.update.after.forward.peak_fraction.provenance == Provenance::measured);
  CHECK(folded.update.after.forward.residual < folded.update.before.forward.residual);
  CHECK(folded.update.after.link_bandwidth.value.value == folded.update.before.link_bandwidth.value.value);
}

TEST_CASE("a run whose two halves disagree leaves the calibration as it was") {
  // The repetitions that are looked at took three times as long as those that are held back.
  const Folded folded = fold(1, 1, {3, 1, 3, 1, 3, 1});
  CHECK_FALSE(folded.update.taken);
  CHECK(folded.update.why_not.find("held back") != std::string::npos);
  CHECK(folded.update.after.forward.peak_fraction.value == folded.update.before.forward.peak_fraction.value);
  CHECK(folded.update.after.step_overhead.value.value == folded.update.before.step_overhead.value.value);
  CHECK(folded.update.error_after == folded.update.error_before);
}

TEST_CASE("whatever the run, the error of the repetitions that were held back does not grow") {
  for (const double forward : {0.3, 0.9, 1.0, 2.0})
    for (const double odd : {0.5, 0.95, 1.0, 1.3}) {
      INFO(forward << " " << odd);
      const CalibrationUpdate update = fold(forward, 1, {1, odd, 1, odd}).update;
      CHECK(std::abs(update.error_after) <= std::abs(update.error_before));
      CHECK(update.taken == update.why_not.empty());
    }
}

TEST_CASE("a run that spreads is not learned from, unless somebody insists") {
  const std::vector<double> factors{1, 1.2, 0.8, 1.1, 0.9, 1};
  const Folded refused = fold(0.5, 0.7, factors, NoisyRun::refused);
  CHECK_FALSE(refused.update.taken);
  CHECK(refused.update.why_not.find(
            "the repetitions of attention forward spread by 10.0 % of the median, over 3 %") == 0);
  CHECK(refused.update.why_not.find("--noisy") != std::string::npos);
  CHECK(refused.update.after.forward.peak_fraction.value ==
        refused.update.before.forward.peak_fraction.value);
  CHECK(refused.update.error_after == refused.update.error_before);
  CHECK(fold(0.5, 0.7, factors, NoisyRun::taken).update.taken);
  CHECK(fold(0.5, 0.7, {1, 1, 1, 1}, NoisyRun::refused).update.taken);
}

namespace {

// A run of cores that are as the built-in calibration says, while something else had them for part of the
// time: the wall shows `wall` times what the threads computed.
CalibrationUpdate fold_under_load(double wall, NoisyRun noisy) {
  const Scenario scenario = scenario_on_cores(2);
  const Plan plan = plan_from_alias("zigzag-ring", scenario);
  const Schedule schedule = lower(scenario, plan);
  const std::vector<double> factors(6, wall);
  std::vector<RankRecord> ranks = run_of(scenario, plan, schedule, built_in_calibration("cpu-core"), factors);
  for (RankRecord& rank : ranks)
    for (PhaseRecord& phase : rank.phases)
      for (LaneRun& run : phase.repetitions)
        for (OpSpan& span : run.spans) span.processor = (span.end - span.start) / wall;
  return update_calibration(scenario, plan, schedule, ranks, {1.0, noisy});
}

}  // namespace

TEST_CASE("the load of a busy machine is not learned as slow kernels") {
  const CalibrationUpdate refused = fold_under_load(3, NoisyRun::refused);
  CHECK_FALSE(refused.taken);
  CHECK(refused.why_not.find(
            "attention forward took 200 % longer than its threads computed: something else had "
            "the cores") == 0);
  // Insisted on, rates still come from the time that the threads computed.
  const CalibrationUpdate taken = fold_under_load(3, NoisyRun::taken);
  CHECK(taken.after.forward.peak_fraction.value ==
        Approx(taken.before.forward.peak_fraction.value).epsilon(0.05));
  CHECK(taken.after.backward.peak_fraction.value ==
        Approx(taken.before.backward.peak_fraction.value).epsilon(0.05));
  CHECK(fold_under_load(1.05, NoisyRun::refused).why_not.find("longer") == std::string::npos);
}

TEST_CASE("half of three repetitions is too little") { CHECK_THROWS(fold(1, 1, {1, 1, 1})); }
