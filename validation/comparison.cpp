#include "validation/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "costmodel/price/memory.h"
#include "costmodel/price/traffic.h"

namespace validation {

using costmodel::Op;
using costmodel::OpKind;
using costmodel::Phase;
using costmodel::Rank;
using costmodel::Schedule;
using costmodel::Seconds;

namespace {

using ByClass = std::array<double, op_class_count>;

// Sums over the operations of one rank, and of messages the part beside its compute lane.
struct RankSums {
  ByClass time{}, hidden{}, processor{};
};

RankSums sums_of(const Phase& phase, const std::vector<OpSpan>& spans) {
  RankSums sums;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::size_t c = static_cast<std::size_t>(class_of(phase.ops[i]));
    sums.time[c] += spans[i].end - spans[i].start;
    sums.processor[c] += spans[i].processor;
    if (phase.ops[i].kind != OpKind::exchange && phase.ops[i].kind != OpKind::collective) continue;
    for (std::size_t j = 0; j < spans.size(); ++j)
      if (phase.ops[j].lane == costmodel::Lane::compute)
        sums.hidden[c] +=
            std::max(0.0, std::min(spans[i].end, spans[j].end) - std::max(spans[i].start, spans[j].start));
  }
  return sums;
}

void add(ByClass& to, const ByClass& other) {
  for (std::size_t c = 0; c < to.size(); ++c) to[c] += other[c];
}

// The prediction of one phase, by class, on the rank where that is longest.
ByClass predicted_of(costmodel::Pricer& pricer, const costmodel::Plan& plan, const Schedule& schedule,
                     std::size_t phase_number, bool only_phase) {
  const Phase& phase = schedule.phases[phase_number];
  std::vector<Rank> ranks;
  const std::vector<costmodel::OpTime> times = pricer.timeline(plan, only_phase ? 0 : phase_number, ranks);
  ByClass longest{};
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    ByClass sums{};
    for (std::size_t i = 0; i < phase.ops.size(); ++i) {
      const costmodel::OpTime& time = times[r * phase.ops.size() + i];
      sums[static_cast<std::size_t>(class_of(phase.ops[i]))] += time.end - time.ready;
    }
    for (std::size_t c = 0; c < sums.size(); ++c) longest[c] = std::max(longest[c], sums[c]);
  }
  return longest;
}

double residual_of(const costmodel::Calibration& calibration, OpClass op_class) {
  switch (op_class) {
    case OpClass::attention_forward: return calibration.forward.residual;
    case OpClass::attention_backward: return calibration.backward.residual;
    case OpClass::elementwise: return calibration.memory_residual;
    case OpClass::exchange:
    case OpClass::collective: return calibration.link_residual;
  }
  return 0;
}

void compare_bytes(Comparison& result, costmodel::Pricer& pricer, const Schedule& schedule,
                   std::size_t first_phase, const std::vector<RankRecord>& ranks) {
  costmodel::Traffic traffic;
  costmodel::ShiftTable shifts(pricer.map());
  for (std::size_t p = first_phase; p < schedule.phases.size(); ++p)
    traffic.add(phase_traffic(schedule, schedule.phases[p], pricer.map(), shifts), 1.0);
  result.bytes_predicted = traffic.per_gpu.value;
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    std::int64_t sum = 0;
    for (std::size_t p = first_phase; p < schedule.phases.size(); ++p) {
      const Phase& phase = schedule.phases[p];
      const std::vector<std::int64_t>& sent = ranks[r].phases[p].sent;
      for (std::size_t i = 0; i < phase.ops.size(); ++i) {
        const costmodel::ResolvedOp op = schedule.resolve(
            phase, costmodel::OpId(static_cast<std::int64_t>(i)), Rank(static_cast<std::int64_t>(r)));
        if (static_cast<double>(sent[i]) != op.bytes.value) result.every_operation_sent_its_bytes = false;
        sum += sent[i];
      }
    }
    result.bytes_sent = std::max(result.bytes_sent, sum);
  }
}

}  // namespace

std::string_view name_of(OpClass op_class) {
  constexpr std::array<std::string_view, op_class_count> names{"attention forward", "attention backward",
                                                               "elementwise", "exchange", "collective"};
  return names.at(static_cast<std::size_t>(op_class));
}

OpClass class_of(const Op& op) {
  switch (op.kind) {
    case OpKind::attention:
      return op.direction == costmodel::Direction::forward ? OpClass::attention_forward
                                                           : OpClass::attention_backward;
    case OpKind::exchange: return OpClass::exchange;
    case OpKind::collective: return OpClass::collective;
    default: return OpClass::elementwise;
  }
}

double ComparedTime::error() const {
  return measured.median > 0 ? (predicted.value - measured.median) / measured.median : 0.0;
}

Comparison compare(costmodel::Pricer& pricer, const costmodel::Plan& plan, const Schedule& schedule,
                   const std::vector<RankRecord>& ranks) {
  const bool backward_only = pricer.scenario().workload.phase == costmodel::WorkPhase::backward;
  const std::size_t first_phase = backward_only ? schedule.phases.size() - 1 : 0;
  Comparison result;
  result.repetitions = static_cast<int>(ranks.front().phases.front().repetitions.size());
  std::array<std::vector<double>, op_class_count> samples, hidden, processor;
  std::vector<double> totals;
  for (std::size_t repetition = 0; repetition < static_cast<std::size_t>(result.repetitions); ++repetition) {
    ByClass longest{}, longest_hidden{}, longest_processor{};
    double total = 0;
    for (std::size_t p = first_phase; p < schedule.phases.size(); ++p) {
      double phase_time = 0;
      ByClass most{}, hidden_of_most{}, processor_of_most{};
      for (const RankRecord& rank : ranks) {
        const LaneRun& run = rank.phases[p].repetitions[repetition];
        phase_time = std::max(phase_time, run.time);
        const RankSums sums = sums_of(schedule.phases[p], run.spans);
        for (std::size_t c = 0; c < most.size(); ++c)
          if (sums.time[c] > most[c]) {
            most[c] = sums.time[c];
            hidden_of_most[c] = sums.hidden[c];
          }
        // Of the rank that computes most, whichever others held up.
        for (std::size_t c = 0; c < most.size(); ++c)
          processor_of_most[c] = std::max(processor_of_most[c], sums.processor[c]);
      }
      total += phase_time;
      add(longest, most);
      add(longest_hidden, hidden_of_most);
      add(longest_processor, processor_of_most);
    }
    totals.push_back(total);
    for (std::size_t c = 0; c < longest.size(); ++c) {
      samples[c].push_back(longest[c]);
      hidden[c].push_back(longest_hidden[c]);
      processor[c].push_back(longest_processor[c]);
    }
  }
  ByClass predicted{};
  std::array<bool, op_class_count> occurs{};
  for (std::size_t p = first_phase; p < schedule.phases.size(); ++p) {
    add(predicted, predicted_of(pricer, plan, schedule, p, backward_only));
    for (const Op& op : schedule.phases[p].ops) occurs[static_cast<std::size_t>(class_of(op))] = true;
  }
  for (std::size_t c = 0; c < occurs.size(); ++c) {
    if (!occurs[c]) continue;
    ComparedClass compared;
    compared.op_class = static_cast<OpClass>(c);
    compared.time.predicted = Seconds(predicted[c]);
    const double half = std::min(1.0, costmodel::z90 * residual_of(pricer.calibration(), compared.op_class));
    compared.time.low = compared.time.predicted * (1.0 - half);
    compared.time.high = compared.time.predicted * (1.0 + half);
    compared.time.measured = measured(samples[c]);
    compared.time.hidden = median_of(hidden[c]);
    compared.time.processor = median_of(processor[c]);
    result.classes.push_back(compared);
  }
  const costmodel::PlanPrice price = pricer.price(plan);
  result.total.predicted = price.time;
  result.total.low = price.low();
  result.total.high = price.high();
  result.total.measured = measured(totals);
  compare_bytes(result, pricer, schedule, first_phase, ranks);
  result.memory_predicted = peak_bytes(schedule, costmodel::Bytes(0));
  for (const RankRecord& rank : ranks) {
    result.memory_measured = std::max(result.memory_measured, rank.peak);
    result.scratch = std::max(result.scratch, rank.scratch);
  }
  return result;
}

}  // namespace validation
