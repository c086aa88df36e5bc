#include "validation/trace_match.h"

#include <algorithm>
#include <map>

namespace validation {

namespace {

using Places = std::vector<std::size_t>;  // in the step, or in the expected operations

// Streams or lanes with what happens on them, in the order in which they begin.
std::vector<Places> by_queue(const Places& all, const std::vector<int>& queue) {
  std::vector<Places> result;
  std::map<int, std::size_t> known;
  for (const std::size_t i : all) {
    const auto [at, is_new] = known.try_emplace(queue[i], result.size());
    if (is_new) result.emplace_back();
    result[at->second].push_back(i);
  }
  return result;
}

bool same_sizes(const std::vector<Places>& a, const std::vector<Places>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Places& x, const Places& y) { return x.size() == y.size(); });
}

class Matcher {
 public:
  Matcher(const GpuTrace& trace, const TraceStep& step, const std::vector<ExpectedOp>& expected)
      : result_(step.events.size(), no_op) {
    for (const std::size_t event : step.events) stream_.push_back(trace.events[event].stream);
    for (const ExpectedOp& op : expected) lane_.push_back(static_cast<int>(op.op->lane));
    for (int k = 0; k < kernel_kind_count; ++k) {
      const KernelKind kind = static_cast<KernelKind>(k);
      if (kind == KernelKind::elementwise || kind == KernelKind::unknown) continue;
      Places measured, predicted;
      for (std::size_t i = 0; i < step.events.size(); ++i)
        if (trace.events[step.events[i]].what == KernelClass{kind, KernelRole::main}) measured.push_back(i);
      for (std::size_t i = 0; i < expected.size(); ++i)
        if (expected[i].kind == kind) predicted.push_back(i);
      if (measured.size() != predicted.size()) continue;
      if (is_message(kind)) {
        messages(measured, predicted);
      } else {
        in_order(measured, predicted);
      }
    }
  }

  std::vector<std::int32_t> result() && { return std::move(result_); }

 private:
  void in_order(const Places& measured, const Places& predicted) {
    for (std::size_t i = 0; i < measured.size(); ++i)
      result_[measured[i]] = static_cast<std::int32_t>(predicted[i]);
  }

  void messages(const Places& measured, const Places& predicted) {
    std::vector<Places> streams = by_queue(measured, stream_), lanes = by_queue(predicted, lane_);
    if (streams.size() > 1 && !same_sizes(streams, lanes)) {
      const auto shorter = [](const Places& a, const Places& b) { return a.size() < b.size(); };
      std::stable_sort(streams.begin(), streams.end(), shorter);
      std::stable_sort(lanes.begin(), lanes.end(), shorter);
    }
    if (streams.size() == 1 || !same_sizes(streams, lanes)) return in_order(measured, predicted);
    for (std::size_t s = 0; s < streams.size(); ++s) in_order(streams[s], lanes[s]);
  }

  std::vector<int> stream_, lane_;
  std::vector<std::int32_t> result_;
};

}  // namespace

std::vector<std::int32_t> match_step(const GpuTrace& trace, const TraceStep& step,
                                     const std::vector<ExpectedOp>& expected) {
  return Matcher(trace, step, expected).result();
}

}  // namespace validation
