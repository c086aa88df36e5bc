#include "validation/trace_overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "validation/intervals.h"
#include "validation/left_over.h"
#include "validation/trace_clocks.h"

namespace validation {

using costmodel::Error;
using costmodel::InputLocation;
using costmodel::Rank;

namespace {

using ByKind = std::array<KindTimes, kernel_kind_count>;

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Median absolute deviation, relative to the median.
double deviation_of(const std::vector<double>& values) {
  const double median = median_of(values);
  std::vector<double> off;
  for (const double value : values) off.push_back(std::abs(value - median));
  return median > 0 ? median_of(off) / median : 0;
}

// One step, measured or predicted, as spans of kinds.
struct Span {
  KernelClass what;
  double start = 0, end = 0;
};

struct StepSums {
  ByKind kinds;
  double idle = 0;  // of the step's time no kernel computes
};

StepSums sums_of(const std::vector<Span>& spans, double time) {
  StepSums sums;
  Intervals computing;
  std::array<Intervals, kernel_kind_count> of_kind;
  for (const Span& span : spans) {
    const std::size_t k = static_cast<std::size_t>(span.what.kind);
    sums.kinds[k].calls += span.what.role == KernelRole::main ? 1 : 0;
    sums.kinds[k].total += span.end - span.start;
    of_kind[k].emplace_back(span.start, span.end);
    if (is_compute(span.what.kind) || span.what.kind == KernelKind::unknown)
      computing.emplace_back(span.start, span.end);
  }
  const Intervals busy = merged(std::move(computing));
  for (std::size_t k = 0; k < of_kind.size(); ++k) {
    const KernelKind kind = static_cast<KernelKind>(k);
    if (is_message(kind) || kind == KernelKind::host)
      sums.kinds[k].exposed = length_outside(merged(std::move(of_kind[k])), busy);
  }
  sums.idle = std::max(0.0, time - length_of(busy));
  return sums;
}

StepSums measured_sums(const GpuTrace& trace, const TraceStep& step) {
  std::vector<Span> spans;
  for (const std::size_t i : step.events) {
    const GpuEvent& event = trace.events[i];
    spans.push_back({event.what, event.start, event.end});
  }
  return sums_of(spans, step.time());
}

StepSums predicted_sums(const ExpectedStep& expected) {
  std::vector<Span> spans;
  for (const ExpectedOp& op : expected.ops) spans.push_back({{op.kind, KernelRole::main}, op.start, op.end});
  return sums_of(spans, expected.time);
}

double residual_of(const costmodel::Calibration& calibration, KernelKind kind) {
  switch (kind) {
    case KernelKind::attention_forward: return calibration.forward.residual;
    case KernelKind::attention_backward: return calibration.backward.residual;
    case KernelKind::gemm: return calibration.gemm.residual;
    case KernelKind::elementwise: return calibration.memory_residual;
    case KernelKind::exchange:
    case KernelKind::collective: return calibration.link_residual;
    case KernelKind::host: return calibration.host_residual;
    case KernelKind::unknown: return 0;
  }
  return 0;
}

void compare(const costmodel::Pricer& pricer, RankOverlay& rank) {
  const costmodel::Calibration& calibration =
      pricer.calibration(static_cast<std::size_t>(pricer.map().place(Rank(rank.trace.rank)).group));
  std::vector<StepSums> steps;
  std::vector<double> times, idle;
  for (const TraceStep& step : rank.steps.steps) {
    steps.push_back(measured_sums(rank.trace, step));
    times.push_back(step.time());
    idle.push_back(steps.back().idle);
  }
  rank.measured = median_of(times);
  rank.deviation = deviation_of(times);
  rank.idle_measured = median_of(idle);
  for (std::size_t s = 1; s < times.size(); ++s)
    if (std::abs(times[s] - rank.measured) < std::abs(times[rank.typical] - rank.measured)) rank.typical = s;
  const StepSums predicted = predicted_sums(rank.expected);
  rank.idle_predicted = predicted.idle;
  for (std::size_t k = 0; k < kernel_kind_count; ++k) {
    OverlaidKind compared;
    compared.kind = static_cast<KernelKind>(k);
    compared.predicted = predicted.kinds[k];
    std::vector<double> calls, totals, exposed;
    for (const StepSums& step : steps) {
      calls.push_back(step.kinds[k].calls);
      totals.push_back(step.kinds[k].total);
      exposed.push_back(step.kinds[k].exposed);
    }
    compared.measured = {median_of(calls), median_of(totals), median_of(exposed)};
    compared.deviation = deviation_of(totals);
    const double half = std::min(1.0, costmodel::z90 * residual_of(calibration, compared.kind));
    compared.low = compared.predicted.total * (1 - half);
    compared.high = compared.predicted.total * (1 + half);
    if (compared.predicted.calls > 0 || compared.measured.total > 0 || compared.measured.calls > 0)
      rank.kinds.push_back(compared);
  }
}

void check_ranks(const costmodel::Plan& plan, std::vector<GpuTrace>& traces) {
  const auto fail = [](const GpuTrace& trace, const std::string& what) {
    throw Error(what, InputLocation{trace.file, 0, 0, ""});
  };
  for (const GpuTrace& trace : traces) {
    if (trace.world > 0 && trace.world != plan.world_size())
      fail(trace, fmt::format(
                      "is the profile of one of {} ranks, and the plan has {}; expected a trace of this plan",
                      trace.world, plan.world_size()));
    if (trace.rank < 0)
      fail(trace, "does not say which rank it is (there is no \"distributedInfo\" in it); expected --rank");
    if (trace.rank >= plan.world_size())
      fail(trace, fmt::format("is of rank {}, and the plan has {} ranks, which count from 0", trace.rank,
                              plan.world_size()));
  }
  std::stable_sort(traces.begin(), traces.end(),
                   [](const GpuTrace& a, const GpuTrace& b) { return a.rank < b.rank; });
  for (std::size_t i = 1; i < traces.size(); ++i)
    if (traces[i].rank == traces[i - 1].rank)
      fail(traces[i], fmt::format("is of rank {}, as {} is; expected every rank once", traces[i].rank,
                                  traces[i - 1].file));
}

std::vector<KernelKind> attention_order(const ExpectedStep& expected) {
  std::vector<KernelKind> order;
  for (const ExpectedOp& op : expected.ops)
    if (op.kind == KernelKind::attention_forward || op.kind == KernelKind::attention_backward)
      order.push_back(op.kind);
  return order;
}

// A factor that no calibration is wrong by: another scenario, another GPU, another unit of time.
void remark_on_scale(const RankOverlay& rank, std::vector<std::string>& remarks) {
  constexpr double most = 5;
  for (const OverlaidKind& kind : rank.kinds) {
    if (kind.kind != KernelKind::attention_forward && kind.kind != KernelKind::attention_backward) continue;
    if (kind.measured.total <= 0 || kind.predicted.total <= 0) continue;
    const double factor = kind.measured.total / kind.predicted.total;
    if (factor < most && factor > 1 / most) continue;
    remarks.push_back(
        fmt::format("{} takes {:.3g} times as long as predicted: are sequence, heads, GPU and the unit of "
                    "time those of the "
                    "trace?",
                    name_of(kind.kind), factor));
  }
}

}  // namespace

const RankOverlay& TraceOverlay::slowest() const {
  return *std::max_element(ranks.begin(), ranks.end(), [](const RankOverlay& a, const RankOverlay& b) {
    return a.measured < b.measured;
  });
}

TraceOverlay overlay(costmodel::Pricer& pricer, const costmodel::Plan& plan, std::vector<GpuTrace> traces,
                     const std::string& marker) {
  check_ranks(plan, traces);
  TraceOverlay result;
  result.schedule = schedule_of(pricer.scenario(), plan);
  const costmodel::PlanPrice price = pricer.price(plan);
  result.predicted = price.time.value;
  result.low = price.low().value;
  result.high = price.high().value;
  for (GpuTrace& trace : traces) {
    RankOverlay& rank = result.ranks.emplace_back();
    rank.trace = std::move(trace);
    rank.expected = expected_step(pricer, result.schedule, Rank(rank.trace.rank));
    rank.steps = find_steps(rank.trace, attention_order(rank.expected), marker);
    for (const TraceStep& step : rank.steps.steps)
      rank.matched.push_back(match_step(rank.trace, step, rank.expected.ops));
    compare(pricer, rank);
    rank.left_over = left_over_of(result.schedule, rank);
  }
  if (result.ranks.size() > 1) result.remarks = check_clocks(result.schedule, result.ranks);
  remark_on_scale(result.slowest(), result.remarks);
  return result;
}

}  // namespace validation
