#include "simulator/row_loops.h"

#include <algorithm>

// The loops once more for wider vectors, chosen when the program starts.  Sanitizers cannot watch such
// functions.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define RINGSIDE_VECTOR_LOOP __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RINGSIDE_VECTOR_LOOP
#endif

namespace simulator {

namespace {

double larger(double a, double b) { return a > b ? a : b; }
double smaller(double a, double b) { return a < b ? a : b; }

// Of one run; the rows begin at its first rank and at that rank's peers.
RINGSIDE_VECTOR_LOOP
void meet(const double* ready, const double* ready_to, const double* ready_from, const double* alone,
          const double* alone_from, double* __restrict end, std::size_t count) {
  for (std::size_t w = 0; w < count; ++w) {
    const double sent = larger(ready[w], ready_to[w]) + alone[w];
    const double received = larger(ready_from[w], ready[w]) + alone_from[w];
    end[w] = larger(sent, received);
  }
}

// How long a flight goes on after the kernel has begun, and how long after all before it have ended it
// begins while it does: the largest of all ranks.
struct Reach {
  double after = 0, gap = 0;
};

RINGSIDE_VECTOR_LOOP
Reach cover(const double* ready, const FlightRows& flight, const double* before, double* covered,
            std::size_t count) {
  const double *begin = flight.begin, *end = flight.end;
  double after = -1, gap = -1;
  for (std::size_t w = 0; w < count; ++w) {
    const double left = end[w] - ready[w];
    after = larger(after, left);
    gap = larger(gap, smaller(left, begin[w] - before[w]));
    covered[w] = larger(before[w], end[w]);
  }
  return {after, gap};
}

RINGSIDE_VECTOR_LOOP
void slow_down(const KernelRows& kernel, const double* covered, std::size_t count) {
  const double *ready = kernel.ready, *cost = kernel.cost;
  const double factor = kernel.factor, inverse = 1.0 / kernel.factor;
  double* __restrict end = kernel.end, * __restrict busy = kernel.busy, * __restrict slow = kernel.slow;
  for (std::size_t w = 0; w < count; ++w) {
    const double longest = cost[w] * factor, under_way = covered[w] - ready[w];
    // What of the work the flights leave for afterwards runs undisturbed.
    const double rest = larger(0.0, longest - under_way) * inverse;
    const double took = smaller(longest, under_way + rest);
    end[w] = ready[w] + took;
    busy[w] += cost[w];
    slow[w] += took - cost[w];
  }
}

}  // namespace

RINGSIDE_VECTOR_LOOP
void rows_maximum(const double* a, const double* b, double* to, std::size_t count) {
  for (std::size_t w = 0; w < count; ++w) to[w] = larger(a[w], b[w]);
}

std::vector<PeerRun> peer_runs(std::span<const std::int32_t> to, std::span<const std::int32_t> from) {
  std::vector<PeerRun> runs;
  for (std::size_t w = 0; w < to.size(); ++w) {
    const std::ptrdiff_t here = static_cast<std::ptrdiff_t>(w);
    const PeerRun own{w, 0, to[w] - here, from[w] - here};
    if (runs.empty() || runs.back().to != own.to || runs.back().from != own.from) runs.push_back(own);
    ++runs.back().count;
  }
  return runs;
}

void rows_exchange(std::span<const PeerRun> runs, const double* ready, const double* alone, double* end) {
  for (const PeerRun& run : runs) {
    const double *own = ready + run.first, *own_alone = alone + run.first;
    meet(own, own + run.to, own + run.from, own_alone, own_alone + run.from, end + run.first, run.count);
  }
}

RINGSIDE_VECTOR_LOOP
void rows_of_kernel(const KernelRows& kernel, std::size_t count) {
  const double *ready = kernel.ready, *cost = kernel.cost;
  double* __restrict end = kernel.end, * __restrict busy = kernel.busy;
  for (std::size_t w = 0; w < count; ++w) end[w] = ready[w] + cost[w], busy[w] += cost[w];
}

bool rows_of_slowed_kernel(const KernelRows& kernel, std::span<const FlightRows> flights, double* covered,
                           std::span<char> met, std::size_t count) {
  const double* before = kernel.ready;
  bool gap = false;
  for (std::size_t f = 0; f < flights.size(); ++f) {
    const Reach reach = cover(kernel.ready, flights[f], before, covered, count);
    if (reach.after > 0) met[f] = 1;
    gap |= reach.gap > 0;
    before = covered;
  }
  if (gap) return false;
  slow_down(kernel, before, count);
  return true;
}

}  // namespace simulator
