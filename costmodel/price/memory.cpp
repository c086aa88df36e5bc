#include "costmodel/price/memory.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "costmodel/plan/reject.h"
#include "costmodel/price/buffer_spans.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

struct Moment {
  Bytes bytes;
  std::int32_t instant = 0;
};

Moment phase_peak(const Phase& phase, const BufferSpans& spans, std::vector<double>& change) {
  change.assign(static_cast<std::size_t>(spans.instants) + 1, 0.0);
  for (std::size_t b = 0; b < spans.buffers.size(); ++b) {
    const InstantSpan& span = spans.buffers[b];
    if (span.empty()) continue;
    change[static_cast<std::size_t>(span.first)] += phase.buffers[b].bytes.value;
    change[static_cast<std::size_t>(span.last) + 1] -= phase.buffers[b].bytes.value;
  }
  Moment peak;
  double alive = 0;
  for (std::int32_t i = 0; i < spans.instants; ++i) {
    alive += change[static_cast<std::size_t>(i)];
    // Of equals rather while something computes than between.
    if (alive > peak.bytes.value || (alive == peak.bytes.value && i == peak.instant + 1 && i % 2 == 1))
      peak = {Bytes(alive), i};
  }
  return peak;
}

Bytes resident_bytes(const Schedule& schedule) {
  Bytes sum;
  for (const Buffer& buffer : schedule.resident) sum += buffer.bytes;
  return sum;
}

std::vector<HeldMemory> held_by(const Schedule& schedule) {
  std::vector<HeldMemory> list;
  list.reserve(schedule.phases.size());
  for (const Phase& phase : schedule.phases)
    list.push_back({phase.repeat, phase.kept_until, phase_memory(phase)});
  return list;
}

// Scratch of a recomputation has the name of the same scratch in the pass that it repeats.
void merge_by_name(std::vector<MemoryItem>& items) {
  std::vector<MemoryItem> merged;
  for (const MemoryItem& item : items) {
    const auto same = std::find_if(merged.begin(), merged.end(),
                                   [&](const MemoryItem& other) { return other.name == item.name; });
    if (same == merged.end())
      merged.push_back(item);
    else
      same->bytes += item.bytes;
  }
  items = std::move(merged);
}

bool holds_during(int from, int until, std::size_t phase) {
  return from <= static_cast<int>(phase) && static_cast<int>(phase) <= until;
}

}  // namespace

PhaseMemory phase_memory(const Phase& phase) {
  BufferSpans spans;
  std::vector<double> change;
  find_buffer_spans(phase, SpanOrder::lanes, spans);
  return {phase_peak(phase, spans, change).bytes, phase.kept_bytes()};
}

Bytes held_bytes(const std::vector<HeldMemory>& phases, std::size_t i) {
  Bytes held;
  for (std::size_t p = 0; p < phases.size(); ++p)
    if (holds_during(static_cast<int>(p), phases[p].kept_until, i))
      held += static_cast<double>(phases[p].repeat) * phases[p].memory.kept;
  return held;
}

Bytes peak_of(Bytes resident, const std::vector<HeldMemory>& phases) {
  Bytes peak;
  for (std::size_t i = 0; i < phases.size(); ++i)
    peak = std::max(peak, held_bytes(phases, i) + phases[i].memory.peak);
  return resident + peak;
}

MemoryPeak memory_peak(const Schedule& schedule, Bytes reserve) {
  MemoryPeak peak;
  peak.reserve = reserve;
  const std::vector<HeldMemory> held = held_by(schedule);
  std::size_t fullest = 0;
  for (std::size_t i = 1; i < held.size(); ++i)
    if (held_bytes(held, i) + held[i].memory.peak > held_bytes(held, fullest) + held[fullest].memory.peak)
      fullest = i;
  const Phase& phase = schedule.phases.at(fullest);
  BufferSpans spans;
  std::vector<double> change;
  find_buffer_spans(phase, SpanOrder::lanes, spans);
  const Moment moment = phase_peak(phase, spans, change);
  peak.phase = phase.name;
  peak.op = op_at(spans, moment.instant);
  peak.op_name = op_name(phase, phase.ops.at(peak.op.at()));
  for (const Buffer& buffer : schedule.resident)
    peak.items.push_back({buffer.payload, std::string(buffer.name), buffer.bytes});
  for (std::size_t p = 0; p < held.size(); ++p) {
    if (!holds_during(static_cast<int>(p), held[p].kept_until, fullest)) continue;
    for (const Buffer& buffer : schedule.phases[p].buffers)
      if (buffer.lifetime == Lifetime::kept)
        peak.items.push_back({buffer.payload, std::string(buffer.name) + " kept",
                              static_cast<double>(held[p].repeat) * buffer.bytes});
  }
  for (std::size_t b = 0; b < spans.buffers.size(); ++b)
    if (spans.buffers[b].contains(moment.instant))
      peak.items.push_back(
          {phase.buffers[b].payload, std::string(phase.buffers[b].name), phase.buffers[b].bytes});
  for (const MemoryItem& item : peak.items) peak.buffers += item.bytes;
  merge_by_name(peak.items);
  return peak;
}

Bytes moving_bytes(const Schedule& schedule, Bytes peak) {
  return std::max(Bytes(0), peak - resident_bytes(schedule));
}

Bytes peak_bytes(const Schedule& schedule, Bytes reserve) {
  return peak_of(resident_bytes(schedule), held_by(schedule)) + reserve;
}

std::vector<MemoryMoment> memory_over_time(const Schedule& schedule, Bytes reserve) {
  const std::vector<HeldMemory> held = held_by(schedule);
  const Bytes always = resident_bytes(schedule) + reserve;
  std::vector<MemoryMoment> moments;
  Bytes present;  // held when the phase begins
  for (std::size_t i = 0; i < held.size(); ++i) {
    const Phase& phase = schedule.phases[i];
    MemoryMoment moment{phase.name, phase.repeat, always + present, {}, {}};
    // Fullest in the last repetition of a phase that keeps, in the first of one that consumes.
    moment.peak = always + held_bytes(held, i) + held[i].memory.peak;
    present = Bytes(0);
    for (std::size_t p = 0; p <= i; ++p)
      if (held[p].kept_until > static_cast<int>(i))
        present += static_cast<double>(held[p].repeat) * held[p].memory.kept;
    moment.after = always + present;
    moments.push_back(moment);
  }
  return moments;
}

Bytes cached_bytes(const Schedule& schedule, Bytes limit) {
  const std::vector<HeldMemory> held = held_by(schedule);
  Bytes most_held;
  std::map<double, double> most;  // of each block size, what is alive at once
  BufferSpans spans;
  for (std::size_t i = 0; i < held.size(); ++i) {
    most_held = std::max(most_held, held_bytes(held, i));
    const Phase& phase = schedule.phases[i];
    find_buffer_spans(phase, SpanOrder::listed, spans);
    std::map<double, std::vector<int>> changes;
    for (std::size_t b = 0; b < spans.buffers.size(); ++b) {
      const InstantSpan& span = spans.buffers[b];
      if (span.empty()) continue;
      std::vector<int>& change = changes[phase.buffers[b].bytes.value];
      change.resize(static_cast<std::size_t>(spans.instants) + 1);
      ++change[static_cast<std::size_t>(span.first)];
      --change[static_cast<std::size_t>(span.last) + 1];
    }
    for (const auto& [size, change] : changes) {
      int alive = 0, highest = 0;
      for (const int step : change) highest = std::max(highest, alive += step);
      most[size] = std::max(most[size], size * highest);
    }
  }
  Bytes cached = resident_bytes(schedule) + most_held;
  for (const auto& [size, bytes] : most) cached += Bytes(bytes);
  // Short of memory, an allocator gives free blocks back.
  return std::max(peak_bytes(schedule, Bytes(0)), std::min(cached, limit));
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
  // What is missing (positive) or free (negative) with so many units; nothing where the plan cannot run at
  // all.
  const auto missing = [&](std::int64_t units) -> std::optional<double> {
    probe.workload.sequence = units * unit;
    if (reject(probe, plan)) return std::nullopt;
    return (peak_bytes(lower(probe, plan), scenario.search.memory_reserve) - limit).value;
  };
  // Memory grows nearly linearly with the tokens: the line through two probes says where to look next.
  struct Probe {
    std::int64_t units;
    std::optional<double> missing;
    bool fits() const { return missing && *missing <= 0; }
  };
  constexpr std::int64_t most = std::int64_t{1} << 34;  // units; beyond any machine
  const auto estimate = [](const Probe& a, const Probe& b) {
    if (!a.missing || !b.missing || *b.missing <= *a.missing) return static_cast<double>(most);
    return static_cast<double>(a.units) +
           static_cast<double>(b.units - a.units) * (-*a.missing / (*b.missing - *a.missing));
  };
  Probe low{1, missing(1)};
  if (!low.fits()) return 0;
  Probe high{2, missing(2)};
  // Up to where it does not fit: a little past the estimate, and at least twice as far.
  while (high.fits() && high.units < most) {
    const double beyond = std::max(2.0 * static_cast<double>(high.units), estimate(low, high) + 1);
    low = high;
    high.units = static_cast<std::int64_t>(std::min(static_cast<double>(most), beyond));
    high.missing = missing(high.units);
  }
  // Every other probe halves, so that a bend in the line costs no more than twice a bisection.
  for (bool halve = false; high.units - low.units > 1; halve = !halve) {
    const double middle = halve ? 0.5 * static_cast<double>(low.units + high.units) : estimate(low, high);
    Probe next{std::clamp(static_cast<std::int64_t>(middle), low.units + 1, high.units - 1), {}};
    next.missing = missing(next.units);
    (next.fits() ? low : high) = next;
  }
  return low.units * unit;
}

}  // namespace costmodel
