// One rank that does what probes say, with the memory, kernels and communicators that plans run with.
#pragma once

#include "kernels/backend.h"
#include "validation/executor.h"
#include "validation/memory_pool.h"
#include "validation/probe.h"

namespace validation {

class ProbeRank {
 public:
  // Memory for the largest of `probes` is taken here.  Keeps references.
  ProbeRank(const RankEnds& ends, const kernels::Backend& backend, kernels::Element element,
            const std::vector<Probe>& probes);

  // One call, the mean of probe.calls; all ranks call it for the same probes in the same order.
  struct Times {
    double wall = 0;       // seconds
    double processor = 0;  // seconds of this thread
  };
  Times times_of(const Probe& probe);

 private:
  std::span<std::byte> block(std::int64_t bytes);
  void need(const Probe& probe);
  void fill_with_numbers(std::span<std::byte> bytes);
  void once(const Probe& probe);
  void forward(const Probe& probe);
  void backward(const Probe& probe);
  void send(const Probe& probe, kernels::Communicator& lane);
  double under_messages(const Probe& probe);
  kernels::ConstTensorView input(std::span<std::byte> bytes, std::int64_t rows, std::int64_t heads,
                                 const Probe& probe) const;

  const RankEnds& ends_;
  const kernels::Backend& backend_;
  kernels::Element element_;
  std::unique_ptr<kernels::TensorWork> work_;
  std::vector<MemoryBlock> owned_;
  // Sizes in numbers, until the memory is taken.
  std::int64_t queries_ = 0, keys_ = 0, rows_ = 0, message_ = 0;
  std::span<std::byte> q_, k_, v_, d_output_, output_, state_, maximum_, sum_, lse_, delta_, dq_, dk_, dv_,
      send_, receive_;
};

}  // namespace validation
