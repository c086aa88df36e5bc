#include "costmodel/price/memory.h"

#include <algorithm>
#include <numeric>

#include "costmodel/plan/reject.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

struct Span {
  std::int32_t first = -1;
  std::int32_t last = -1;
};

// From the first operation that touches a buffer to the last; the whole phase when it lives that long.
void buffer_spans(const Phase& phase, std::vector<Span>& spans) {
  spans.assign(phase.buffers.size(), {});
  const auto touch = [&](BufferId id, std::int32_t op) {
    Span& span = spans[id.at()];
    if (span.first < 0) span.first = op;
    span.last = op;
  };
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const Op& op = phase.ops[i];
    for (std::size_t b = 0; b < op.read_count; ++b) touch(op.reads[b], static_cast<std::int32_t>(i));
    for (std::size_t b = 0; b < op.write_count; ++b) touch(op.writes[b], static_cast<std::int32_t>(i));
  }
  for (std::size_t b = 0; b < spans.size(); ++b)
    if (phase.buffers[b].lifetime == Lifetime::phase)
      spans[b] = {0, static_cast<std::int32_t>(phase.ops.size()) - 1};
}

struct Moment {
  Bytes bytes;
  std::int32_t op = 0;
};

Moment phase_peak(const Phase& phase, const std::vector<Span>& spans, std::vector<double>& change) {
  change.assign(phase.ops.size() + 1, 0.0);
  for (std::size_t b = 0; b < spans.size(); ++b) {
    if (spans[b].first < 0) continue;
    change[static_cast<std::size_t>(spans[b].first)] += phase.buffers[b].bytes.value;
    change[static_cast<std::size_t>(spans[b].last) + 1] -= phase.buffers[b].bytes.value;
  }
  Moment peak;
  double alive = 0;
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    alive += change[i];
    if (alive > peak.bytes.value) peak = {Bytes(alive), static_cast<std::int32_t>(i)};
  }
  return peak;
}

}  // namespace

MemoryPeak memory_peak(const Schedule& schedule, Bytes reserve) {
  MemoryPeak peak;
  peak.reserve = reserve;
  std::vector<Span> spans;
  std::vector<double> change;
  for (const Phase& phase : schedule.phases) {
    buffer_spans(phase, spans);
    const Moment moment = phase_peak(phase, spans, change);
    if (moment.bytes <= peak.buffers) continue;
    peak.buffers = moment.bytes;
    peak.phase = phase.name;
    peak.op = OpId(moment.op);
    peak.items.clear();
    for (std::size_t b = 0; b < spans.size(); ++b)
      if (spans[b].first >= 0 && spans[b].first <= moment.op && moment.op <= spans[b].last)
        peak.items.push_back({phase.buffers[b].payload, phase.buffers[b].name, phase.buffers[b].bytes});
  }
  return peak;
}

Bytes peak_bytes(const Schedule& schedule, Bytes reserve) {
  std::vector<Span> spans;
  std::vector<double> change;
  Bytes peak;
  for (const Phase& phase : schedule.phases) {
    buffer_spans(phase, spans);
    peak = std::max(peak, phase_peak(phase, spans, change).bytes);
  }
  return peak + reserve;
}

Bytes device_memory(const ClusterSpec& cluster) {
  Bytes smallest = cluster.groups.front().node.device.memory.value;
  for (const NodeGroup& group : cluster.groups) smallest = std::min(smallest, group.node.device.memory.value);
  return smallest;
}

std::int64_t longest_sequence(const Scenario& scenario, const Plan& plan) {
  // Tokens come in units that every split divides, rounded up to whole kernel tiles.
  const std::int64_t unit =
      std::lcm(std::int64_t{2} * plan.ring * plan.ulysses * plan.tensor, std::int64_t{128});
  const Bytes limit = device_memory(scenario.cluster);
  Scenario probe = scenario;
  const auto fits = [&](std::int64_t units) {
    probe.workload.sequence = units * unit;
    return !reject(probe, plan) && peak_bytes(lower(probe, plan), scenario.search.memory_reserve) <= limit;
  };
  if (!fits(1)) return 0;
  std::int64_t low = 1, high = 2;
  constexpr std::int64_t most = std::int64_t{1} << 34;  // units; beyond any machine
  while (high < most && fits(high)) low = high, high *= 2;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low * unit;
}

}  // namespace costmodel
