#include "validation/expected_ops.h"

#include <fmt/format.h>

#include <algorithm>

#include "costmodel/base/error.h"
#include "costmodel/schedule/lower_step.h"
#include "costmodel/schedule/lowering.h"

namespace validation {

using costmodel::Cadence;
using costmodel::Op;
using costmodel::OpKind;
using costmodel::OpTime;
using costmodel::Phase;
using costmodel::Rank;
using costmodel::Schedule;

namespace {

constexpr std::size_t most_ops = 4'000'000;

KernelKind kind_of(const Op& op) {
  switch (op.kind) {
    case OpKind::attention:
      return op.direction == costmodel::Direction::forward ? KernelKind::attention_forward
                                                           : KernelKind::attention_backward;
    case OpKind::elementwise: return KernelKind::elementwise;
    case OpKind::gemm: return KernelKind::gemm;
    case OpKind::exchange: return KernelKind::exchange;
    case OpKind::collective: return KernelKind::collective;
    case OpKind::host: return KernelKind::host;
  }
  return KernelKind::unknown;
}

// One repetition of a phase on one rank.
struct PricedPhase {
  double time = 0;
  std::vector<OpTime> ops;
  std::vector<bool> skipped;  // nothing of the block is left
};

class Lister {
 public:
  Lister(const costmodel::Pricer& pricer, const Schedule& schedule, Rank rank)
      : pricer_(pricer), schedule_(schedule), rank_(rank), scratch_(pricer.map()) {
    for (const Phase& phase : schedule.phases) phases_.push_back(priced(phase));
  }

  ExpectedStep list() {
    for (int batch = 0; batch < schedule_.micro_batches; ++batch) {
      const bool last = batch + 1 == schedule_.micro_batches;
      for (std::size_t p = 0; p < phases_.size(); ++p) {
        const Cadence cadence = schedule_.phases[p].cadence;
        if (cadence == Cadence::every_micro_batch || (cadence == Cadence::last_micro_batch && last) ||
            (cadence == Cadence::all_but_last && !last))
          add(p);
      }
    }
    for (std::size_t p = 0; p < phases_.size(); ++p)
      if (schedule_.phases[p].cadence == Cadence::step) add(p);
    return std::move(step_);
  }

 private:
  PricedPhase priced(const Phase& phase) {
    std::vector<OpTime> times;
    std::vector<Rank> walkers;
    costmodel::WalkOptions options;
    options.timeline = &times;
    options.ranks = &walkers;
    const costmodel::PhaseTime time =
        walk(schedule_, phase, static_cast<double>(bytes_per_element(pricer_.scenario().workload.dtype)),
             pricer_.map(), pricer_.calibrations(), scratch_, options);
    const costmodel::RankCoordinates at = schedule_.grid.coordinates(rank_);
    const std::size_t walker = costmodel::walker_of(time.scope, schedule_.grid, at);
    const auto begin = times.begin() + static_cast<std::ptrdiff_t>(walker * phase.ops.size());
    PricedPhase result{time.time.value, {begin, begin + static_cast<std::ptrdiff_t>(phase.ops.size())}, {}};
    for (const Op& op : phase.ops)
      result.skipped.push_back(op.kind == OpKind::attention && schedule_.geometry(op, at).kept_pairs == 0);
    return result;
  }

  void add(std::size_t p) {
    const Phase& phase = schedule_.phases[p];
    if (step_.ops.size() + phase.ops.size() * static_cast<std::size_t>(phase.repeat) > most_ops)
      throw costmodel::Error(fmt::format(
          "a step of this plan has more than {} operations on a rank, too many to be laid over a trace; "
          "expected fewer micro-batches, or phase = \"forward_backward\" for the attention of one layer",
          most_ops));
    for (int repetition = 0; repetition < phase.repeat; ++repetition) {
      for (std::size_t i = 0; i < phase.ops.size(); ++i) add(p, i, repetition);
      step_.time += phases_[p].time;
    }
  }

  void add(std::size_t p, std::size_t i, int repetition) {
    const Phase& phase = schedule_.phases[p];
    const Op& op = phase.ops[i];
    if (phases_[p].skipped[i]) return;
    if (op.repetitions == costmodel::Repetitions::all_but_first && repetition == 0) return;
    if (op.repetitions == costmodel::Repetitions::all_but_last && repetition + 1 == phase.repeat) return;
    if (op.kind == OpKind::host &&
        phase.host_works[static_cast<std::size_t>(op.work)].kind == costmodel::HostKind::update) {
      const std::string name = op_name(phase, op);
      if (std::find(step_.beside.begin(), step_.beside.end(), name) == step_.beside.end())
        step_.beside.push_back(name);
      return;
    }
    const OpTime& time = phases_[p].ops[i];
    const KernelKind kind = kind_of(op);
    ExpectedOp expected{
        p,    &op, kind, step_.time + (is_message(kind) ? time.ready : time.start), step_.time + time.end,
        rank_};
    if (op.kind == OpKind::exchange) {
      const costmodel::RingShift shift = phase.transfers[static_cast<std::size_t>(op.work)].shift;
      expected.from = schedule_.peer(rank_, {-shift.outer, -shift.inner});
    }
    step_.ops.push_back(expected);
  }

  const costmodel::Pricer& pricer_;
  const Schedule& schedule_;
  Rank rank_;
  costmodel::WalkScratch scratch_;
  std::vector<PricedPhase> phases_;
  ExpectedStep step_;
};

}  // namespace

Schedule schedule_of(const costmodel::Scenario& scenario, const costmodel::Plan& plan) {
  return costmodel::is_whole_model(scenario.workload.phase) ? costmodel::lower_step(scenario, plan)
                                                            : costmodel::lower(scenario, plan);
}

ExpectedStep expected_step(const costmodel::Pricer& pricer, const Schedule& schedule, Rank rank) {
  return Lister(pricer, schedule, rank).list();
}

}  // namespace validation
