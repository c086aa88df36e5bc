// The loops of the recurrence over many ranks at once: maxima, sums and the slowing of kernels.
//
// Nothing here knows a schedule.  Numbers are finite, and results are the same bits on every machine,
// whatever its vectors are: nothing is contracted or reordered.  Rows may not overlap unless a function says
// so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace simulator {

// to = max(a, b); `to` may be a or b.
void rows_maximum(const double* a, const double* b, double* to, std::size_t count);

// Ranks whose peers stand at the same distances, so that no index is needed for each.
struct PeerRun {
  std::size_t first = 0, count = 0;
  std::ptrdiff_t to = 0, from = 0;  // rank w sends to w + to and receives from w + from
};
std::vector<PeerRun> peer_runs(std::span<const std::int32_t> to, std::span<const std::int32_t> from);

// end[w] = max(max(ready[w], ready[to]) + alone[w], max(ready[from], ready[w]) + alone[from]), since who
// receives from a rank is whom it sends to.   Formula 4.2.
void rows_exchange(std::span<const PeerRun> runs, const double* ready, const double* alone, double* end);

// When a transfer was in flight on each rank.
struct FlightRows {
  const double* begin = nullptr;
  const double* end = nullptr;
};

// A kernel on each rank.
struct KernelRows {
  const double* ready = nullptr;  // when it begins
  const double* cost = nullptr;   // seconds when nothing is in flight
  double factor = 1;              // so many times slower beside a flight, at least 1
  double* end = nullptr;          // written
  double* busy = nullptr;         // cost is added
  double* slow = nullptr;         // what the flights added is added
};

// No flight slows anything.
void rows_of_kernel(const KernelRows& kernel, std::size_t count);

// Formula 4.4 where flights go on without a gap from when the kernel begins.  False, with nothing written but
// `covered` and `met`, when there is a gap on some rank.  `covered`: room for a row.  met[f] is set when
// flight f had not ended on some rank.
bool rows_of_slowed_kernel(const KernelRows& kernel, std::span<const FlightRows> flights, double* covered,
                           std::span<char> met, std::size_t count);

}  // namespace simulator
