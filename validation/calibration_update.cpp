#include "validation/calibration_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "costmodel/price/plan_price.h"
#include "costmodel/price/scenario_calibration.h"
#include "validation/probe_run.h"

namespace validation {

using costmodel::Calibration;
using costmodel::CalibrationSet;
using costmodel::Plan;
using costmodel::Provenance;
using costmodel::Scenario;
using costmodel::Schedule;

namespace {

constexpr double least_residual = 0.03;
// No run moves a constant by more: what looks like it is something else.
constexpr double most_change = 4;

// Messages of the own lanes take cores too, so a little longer than computed is nothing.
constexpr double most_waiting = 0.10;

bool is_kernel(OpClass op_class) {
  return op_class == OpClass::attention_forward || op_class == OpClass::attention_backward ||
         op_class == OpClass::elementwise;
}

// What a kind of kernel takes with nothing else on the cores.  Other programs are not in the processor time
// of its threads.
double undisturbed(const ComparedClass& compared, double core_share) {
  const bool counted = core_share > 0 && is_kernel(compared.op_class) && compared.time.processor > 0;
  return counted ? compared.time.processor / core_share : compared.time.measured.median;
}

// Every other repetition, from the first or from the second.
std::vector<RankRecord> half_of(const std::vector<RankRecord>& ranks, std::size_t first) {
  std::vector<RankRecord> half;
  for (const RankRecord& rank : ranks) {
    RankRecord part;
    part.peak = rank.peak;
    part.scratch = rank.scratch;
    for (const PhaseRecord& phase : rank.phases) {
      PhaseRecord& own = part.phases.emplace_back();
      own.sent = phase.sent;
      for (std::size_t r = first; r < phase.repetitions.size(); r += 2)
        own.repetitions.push_back(phase.repetitions[r]);
    }
    half.push_back(std::move(part));
  }
  return half;
}

class Update {
 public:
  Update(const Scenario& scenario, const Plan& plan, const Schedule& schedule,
         const std::vector<RankRecord>& ranks, double core_share)
      : scenario_(scenario),
        plan_(plan),
        schedule_(schedule),
        core_share_(core_share),
        seen_(half_of(ranks, 0)),
        held_back_(half_of(ranks, 1)) {}

  // Prediction of `calibration` against one half.
  Comparison against(const Calibration& calibration, const std::vector<RankRecord>& half) const {
    Scenario scenario = scenario_;
    auto set = std::make_shared<CalibrationSet>(costmodel::calibrations_for(scenario_));
    if (Calibration* own = set->find(calibration.device); own != nullptr)
      *own = calibration;
    else
      set->devices.push_back(calibration);
    scenario.calibrations = set;
    costmodel::Pricer pricer(scenario);
    return compare(pricer, plan_, schedule_, half);
  }

  double error(const Calibration& calibration) const {
    return against(calibration, held_back_).total.error();
  }
  double error_seen(const Calibration& calibration) const {
    return against(calibration, seen_).total.error();
  }

  // Rates of kernels and passes as the first half shows them.
  Calibration with_rates(const Calibration& before) const {
    const std::vector<ComparedClass> classes = against(before, seen_).classes;
    std::array<double, op_class_count> targets{};
    for (const ComparedClass& compared : classes) {
      const double ratio = bounded(undisturbed(compared, core_share_) / compared.time.predicted.value);
      targets[static_cast<std::size_t>(compared.op_class)] =
          compared.time.predicted.value * std::pow(ratio, weight(before, compared));
    }
    Calibration calibration = before;
    // More than once, since a part of a time is not its rate.
    for (int round = 0; round < 4; ++round)
      for (const ComparedClass& compared : against(calibration, seen_).classes) {
        const double factor =
            targets[static_cast<std::size_t>(compared.op_class)] / compared.time.predicted.value;
        switch (compared.op_class) {
          case OpClass::attention_forward: slower(calibration.forward.peak_fraction, factor); break;
          case OpClass::attention_backward: slower(calibration.backward.peak_fraction, factor); break;
          case OpClass::elementwise: slower(calibration.memory_efficiency, factor); break;
          // What they take is for the most part waiting; links are measured by themselves.
          case OpClass::exchange:
          case OpClass::collective: break;
        }
      }
    for (const ComparedClass& compared : against(calibration, seen_).classes)
      know_more(calibration, before, compared);
    return calibration;
  }

  // What is left of the whole is what steps cost beside their operations.
  Calibration with_steps(Calibration calibration) const {
    int steps = 0;
    for (const costmodel::Phase& phase : schedule_.phases)
      for (const costmodel::Op& op : phase.ops)
        steps += op.kind == costmodel::OpKind::attention && op.step > 0 ? 1 : 0;
    if (steps == 0) return calibration;
    const ComparedTime total = against(calibration, seen_).total;
    const double left = (total.measured.median - total.predicted.value) / steps;
    costmodel::Seconds& overhead = calibration.step_overhead.value;
    overhead = costmodel::Seconds(std::max(0.0, overhead.value + left / 2));
    mark(calibration.step_overhead);
    return calibration;
  }

 private:
  static double bounded(double ratio) { return std::clamp(ratio, 1 / most_change, most_change); }

  static double& residual_of(Calibration& c, OpClass op_class) {
    switch (op_class) {
      case OpClass::attention_forward: return c.forward.residual;
      case OpClass::attention_backward: return c.backward.residual;
      case OpClass::elementwise: return c.memory_residual;
      default: return c.link_residual;
    }
  }

  // Standard deviation of a run's median.
  static double sigma_of(const ComparedClass& compared) {
    return std::max(least_residual, 1.4826 * compared.time.measured.deviation);
  }

  // How much of the way a constant goes: all of it when nothing was known, none when all was.
  static double weight(const Calibration& before, const ComparedClass& compared) {
    Calibration copy = before;
    const double old = residual_of(copy, compared.op_class), run = sigma_of(compared);
    return old * old / (old * old + run * run);
  }

  void know_more(Calibration& calibration, const Calibration& before, const ComparedClass& compared) const {
    if (!is_kernel(compared.op_class)) return;
    const double error = compared.time.predicted.value / undisturbed(compared, core_share_) - 1.0;
    Calibration copy = before;
    const double old = residual_of(copy, compared.op_class), run = sigma_of(compared);
    const double both = old * run / std::hypot(old, run);
    residual_of(calibration, compared.op_class) =
        std::max({least_residual, both, std::min(old, std::abs(error))});
  }

  template <class Quantity>
  void mark(costmodel::Sourced<Quantity>& constant) const {
    constant.provenance = Provenance::measured;
    constant.source = fmt::format("a run of ringside validate, {} ranks, {} tokens", plan_.world_size(),
                                  scenario_.workload.sequence);
  }

  void slower(costmodel::Sourced<double>& rate, double factor) const {
    if (!(factor > 0) || factor == 1.0) return;
    rate.value = std::clamp(rate.value / factor, 1e-3, 10.0);
    mark(rate);
  }

  const Scenario& scenario_;
  const Plan& plan_;
  const Schedule& schedule_;
  double core_share_;
  std::vector<RankRecord> seen_, held_back_;
};

}  // namespace

std::string busy_complaint(const Comparison& run, double core_share) {
  const char* const remedy =
      "; expected a machine that does nothing else, or --noisy, which takes the run as it is";
  const auto spreads = [&](std::string_view what, const Measured& time) {
    return fmt::format("the repetitions of {} spread by {:.1f} % of the median, over {:.0f} %{}", what,
                       100 * time.deviation, 100 * largest_spread, remedy);
  };
  for (const ComparedClass& compared : run.classes) {
    if (!is_kernel(compared.op_class) || compared.op_class == OpClass::elementwise) continue;
    const Measured& time = compared.time.measured;
    const double longer = time.median / undisturbed(compared, core_share) - 1.0;
    if (longer > most_waiting)
      return fmt::format("{} took {:.0f} % longer than its threads computed: something else had the cores{}",
                         name_of(compared.op_class), 100 * longer, remedy);
    if (time.deviation > largest_spread) return spreads(name_of(compared.op_class), time);
  }
  return run.total.measured.deviation > largest_spread ? spreads("the whole plan", run.total.measured) : "";
}

CalibrationUpdate update_calibration(const Scenario& scenario, const Plan& plan, const Schedule& schedule,
                                     const std::vector<RankRecord>& ranks, const RunConditions& conditions) {
  const std::size_t repetitions = ranks.front().phases.front().repetitions.size();
  if (repetitions < static_cast<std::size_t>(least_repetitions))
    throw std::logic_error("update_calibration: half of at least 4 repetitions is held back");
  const std::string& device = scenario.cluster.groups.front().node.device.name;
  CalibrationUpdate update;
  update.before = costmodel::calibrations_for(scenario).of(device);
  update.before.device = device;
  const Update run(scenario, plan, schedule, ranks, conditions.core_share);
  if (conditions.noisy == NoisyRun::refused)
    update.why_not = busy_complaint(run.against(update.before, ranks), conditions.core_share);
  if (!update.why_not.empty()) {
    update.after = update.before;
    update.error_before = update.error_after = run.error(update.before);
    return update;
  }
  const Calibration rates = run.with_rates(update.before);
  // Of the two that the first half offers, the one that is nearer to it.
  const Calibration both = run.with_steps(rates);
  update.after = std::abs(run.error_seen(both)) < std::abs(run.error_seen(rates)) ? both : rates;
  update.error_before = run.error(update.before);
  update.error_after = run.error(update.after);
  update.taken = std::abs(update.error_after) <= std::abs(update.error_before);
  if (!update.taken) {
    update.why_not = fmt::format(
        "for the half of its repetitions that was held back the error would be {:+.1f} % instead of {:+.1f} "
        "%",
        100 * update.error_after, 100 * update.error_before);
    update.after = update.before;
    update.error_after = update.error_before;
  }
  return update;
}

}  // namespace validation
