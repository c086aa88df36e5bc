#include "validation/left_over.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace validation {

namespace {

constexpr const char* only_in_sum = "in the sum of its kind";

std::string why_measured(const GpuEvent& event, bool predicted_kind) {
  if (event.what.kind == KernelKind::unknown) return "its name is not known";
  if (event.what.role == KernelRole::helper)
    return fmt::format("in the time of {}", name_of(event.what.kind));
  if (!predicted_kind) return "the plan has nothing of this kind";
  if (event.what.kind == KernelKind::elementwise) return only_in_sum;
  return "the plan has another number of calls";
}

std::string why_predicted(KernelKind kind, bool measured_kind) {
  if (!measured_kind) return "the trace has nothing of this kind";
  if (kind == KernelKind::elementwise) return only_in_sum;
  return "the trace has another number of calls";
}

// "attention forward, step 3" -> "attention forward": one line for all steps.
std::string without_step(const std::string& name) {
  const std::size_t at = name.find(", step ");
  return at == std::string::npos ? name : name.substr(0, at);
}

}  // namespace

std::vector<LeftOver> left_over_of(const costmodel::Schedule& schedule, const RankOverlay& rank) {
  std::set<KernelKind> measured_kinds, predicted_kinds;
  for (const TraceStep& step : rank.steps.steps)
    for (const std::size_t event : step.events) measured_kinds.insert(rank.trace.events[event].what.kind);
  for (const ExpectedOp& op : rank.expected.ops) predicted_kinds.insert(op.kind);

  std::map<std::tuple<Side, KernelKind, std::string, std::string>, LeftOver> found;
  const auto add = [&](Side side, KernelKind kind, const std::string& name, const std::string& why,
                       double time) {
    LeftOver& entry =
        found.try_emplace({side, kind, name, why}, LeftOver{side, kind, name, 0, 0, why}).first->second;
    entry.calls += 1;
    entry.total += time;
  };
  std::set<std::int32_t> met;
  for (std::size_t s = 0; s < rank.steps.steps.size(); ++s)
    for (std::size_t i = 0; i < rank.matched[s].size(); ++i) {
      if (rank.matched[s][i] != no_op) {
        met.insert(rank.matched[s][i]);
        continue;
      }
      const GpuEvent& event = rank.trace.events[rank.steps.steps[s].events[i]];
      add(Side::measured, event.what.kind, short_kernel_name(rank.trace.name(event)),
          why_measured(event, predicted_kinds.contains(event.what.kind)), event.end - event.start);
    }
  const double steps = static_cast<double>(rank.steps.steps.size());
  for (auto& [key, entry] : found) entry.calls /= steps, entry.total /= steps;
  for (std::size_t i = 0; i < rank.expected.ops.size(); ++i) {
    const ExpectedOp& op = rank.expected.ops[i];
    if (met.contains(static_cast<std::int32_t>(i))) continue;
    add(Side::predicted, op.kind, without_step(op_name(schedule.phases[op.phase], *op.op)),
        why_predicted(op.kind, measured_kinds.contains(op.kind)), op.end - op.start);
  }
  std::vector<LeftOver> list;
  for (auto& [key, entry] : found) list.push_back(std::move(entry));
  for (const std::string& name : rank.expected.beside)
    list.push_back(
        {Side::predicted, KernelKind::host, name, 0, 0, "work of the host is in no trace of a GPU"});
  std::stable_sort(list.begin(), list.end(), [](const LeftOver& a, const LeftOver& b) {
    return std::tuple(a.side, -a.total) < std::tuple(b.side, -b.total);
  });
  return list;
}

}  // namespace validation
