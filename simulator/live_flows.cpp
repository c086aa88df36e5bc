#include "simulator/live_flows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace simulator {

LiveFlows::LiveFlows(SimGridNetwork& network, double base, Recorder* recorder)
    : network_(network), base_(base), recorder_(recorder) {}

void LiveFlows::start(const LiveFlow& flow) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(entries_.size()));
    entries_.emplace_back();
  }
  const std::uint32_t token = free_.back();
  free_.pop_back();
  entries_[token] = {flow, network_.start(*flow.flow, token), 0.0, flow.start + flow.flow->alpha};
  if (recorder_ != nullptr && slice_end_ == 0) await_slice_end();
}

LiveFlow LiveFlows::end(std::uint32_t token) {
  Entry& entry = entries_[token];
  if (recorder_ != nullptr) tell(entry, entry.live.flow->bytes - entry.told, time());
  const LiveFlow ended = std::exchange(entry.live, {});
  free_.push_back(token);
  // The network would wait for the timer.
  if (slice_end_ != 0 && free_.size() == entries_.size()) network_.cancel(std::exchange(slice_end_, 0));
  return ended;
}

void LiveFlows::end_slice() {
  slice_end_ = 0;
  const double now = time();
  for (Entry& entry : entries_)
    if (entry.live.flow != nullptr && entry.since < now)
      tell(entry, network_.moved(entry.id) - entry.told, now);
  await_slice_end();
}

void LiveFlows::await_slice_end() {
  const double slice = recorder_->slice();
  if (slice <= 0) return;
  // A timer that rounding fires too early must not be set for the same moment again.
  const double next = (std::floor(time() / slice * (1 + 1e-12)) + 1) * slice;
  slice_end_ = network_.set_timer(base_ + next, slice_token);
}

void LiveFlows::tell(Entry& entry, double bytes, double now) {
  recorder_->flow(*entry.live.flow, bytes, entry.since, now);
  entry.told += bytes;
  entry.since = now;
}

}  // namespace simulator
