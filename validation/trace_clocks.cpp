#include "validation/trace_clocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "costmodel/base/error.h"

namespace validation {

using costmodel::GroupKind;
using costmodel::OpKind;
using costmodel::Rank;

namespace {

// GPU times of one host agree to about a microsecond.
constexpr double tolerance = 20e-6;
constexpr double never = std::numeric_limits<double>::infinity();

struct Message {
  const GpuEvent* event = nullptr;
  const ExpectedOp* op = nullptr;
  double start = 0, end = 0;  // on the first rank's clock
};

// The messages of a rank: by step of the trace and number of the message in it.
std::vector<std::vector<Message>> messages_of(const RankOverlay& rank, std::int64_t origin) {
  const double shift = static_cast<double>(rank.trace.origin - origin) * 1e-9;
  std::vector<std::vector<Message>> result;
  for (std::size_t s = 0; s < rank.steps.steps.size(); ++s) {
    std::map<std::int32_t, const GpuEvent*> by_op;
    for (std::size_t i = 0; i < rank.matched[s].size(); ++i)
      if (rank.matched[s][i] != no_op)
        by_op[rank.matched[s][i]] = &rank.trace.events[rank.steps.steps[s].events[i]];
    std::vector<Message>& list = result.emplace_back();
    for (const auto& [op, event] : by_op) {
      const ExpectedOp& expected = rank.expected.ops[static_cast<std::size_t>(op)];
      if (is_message(expected.kind))
        list.push_back({event, &expected, event->start + shift, event->end + shift});
    }
  }
  return result;
}

bool same_group(const costmodel::RankGrid& grid, GroupKind kind, Rank a, Rank b) {
  costmodel::RankCoordinates x = grid.coordinates(a);
  const costmodel::RankCoordinates y = grid.coordinates(b);
  if (kind == GroupKind::tensor) x.tensor = y.tensor;
  if (kind == GroupKind::ulysses || kind == GroupKind::context || kind == GroupKind::replicas)
    x.ulysses = y.ulysses;
  if (kind == GroupKind::ring || kind == GroupKind::context || kind == GroupKind::replicas)
    x.inner = y.inner, x.outer = y.outer;
  if (kind == GroupKind::replicas) x.data = y.data;
  return grid.rank(x) == b;
}

// Whether `to` cannot end before `from` has begun.
bool needs(const costmodel::Schedule& schedule, const ExpectedOp& to, int to_rank, int from_rank) {
  if (to.kind == KernelKind::exchange) return to.from == Rank(from_rank);
  const costmodel::Phase& phase = schedule.phases[to.phase];
  return same_group(schedule.grid, phase.collectives[static_cast<std::size_t>(to.op->work)].group,
                    Rank(to_rank), Rank(from_rank));
}

[[noreturn]] void fail(const costmodel::Schedule& schedule, const RankOverlay& to, const RankOverlay& from,
                       const ExpectedOp& op, double gap) {
  throw costmodel::Error(
      fmt::format(
          "its clock is not that of {}: \"{}\" ends on rank {} {:.4g} us before rank {}, which sends, has "
          "begun it; expected ranks of one host, or of hosts whose clocks are set by PTP; without that, "
          "import one rank at a time",
          from.trace.file, op_name(schedule.phases[op.phase], *op.op), to.trace.rank, gap * 1e6,
          from.trace.rank),
      costmodel::InputLocation{to.trace.file, 0, 0, ""});
}

}  // namespace

std::vector<std::string> check_clocks(const costmodel::Schedule& schedule,
                                      const std::vector<RankOverlay>& ranks) {
  std::vector<std::string> remarks;
  bool checked = false;
  std::vector<std::vector<std::vector<Message>>> messages;
  for (const RankOverlay& rank : ranks) messages.push_back(messages_of(rank, ranks.front().trace.origin));
  for (std::size_t to = 0; to < ranks.size(); ++to)
    for (std::size_t from = 0; from < ranks.size(); ++from) {
      if (to == from) continue;
      double least_early = never;  // by how much the sends end before the receiver begins, all of them
      for (std::size_t s = 0; s < std::min(messages[to].size(), messages[from].size()); ++s) {
        const std::vector<Message>&a = messages[to][s], &b = messages[from][s];
        if (a.size() != b.size()) continue;
        for (std::size_t i = 0; i < a.size(); ++i) {
          if (!needs(schedule, *a[i].op, ranks[to].trace.rank, ranks[from].trace.rank)) continue;
          checked = true;
          const double gap = b[i].start - a[i].end;
          if (gap > tolerance) fail(schedule, ranks[to], ranks[from], *a[i].op, gap);
          least_early = std::min(least_early, a[i].start - b[i].end);
        }
      }
      if (least_early > tolerance && least_early < never)
        remarks.push_back(
            fmt::format("Every message that rank {} sends ends there {:.3g} us or more before rank {} begins "
                        "to receive it. "
                        "NCCL's buffers allow that, but clocks that differ look the same.",
                        ranks[from].trace.rank, least_early * 1e6, ranks[to].trace.rank));
    }
  if (!checked)
    remarks.emplace_back(
        "These ranks send nothing to each other that the trace shows one by one: whether their clocks agree "
        "was not "
        "checked.");
  return remarks;
}

}  // namespace validation
