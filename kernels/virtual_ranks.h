// Communicator `virtual`: R ranks as threads on one GPU, messages as copies inside its memory.
//
// For checking numbers, order, and memory of a plan without R GPUs.  Matching, deadlines and failures are
// those of `threads` (thread_ranks.h).  Buffers are device memory.  A message is read when the work that its
// sender had queued on the rank's stream before has finished; receiving runs on a stream of its own, beside
// what the rank computes, and is done when the operation returns.  Wall time is that of R ranks sharing one
// GPU: it says nothing about a ring of R GPUs.
#pragma once

#include <functional>

#include "kernels/communicator.h"
#include "kernels/cuda_device.h"
#include "kernels/thread_ranks.h"

namespace kernels {

struct VirtualRanksOptions {
  std::chrono::milliseconds deadline{30'000};  // of every operation, and of the copies in it
  int device = 0;
};

// One rank's end, and the stream that it queues its work on.
struct VirtualRank {
  Communicator& ranks;
  const CudaStream& stream;
};

// As run_ranks.  Throws CudaError at once when there is no GPU.
void run_virtual_ranks(int size, const VirtualRanksOptions& options,
                       const std::function<void(const VirtualRank&)>& body);

}  // namespace kernels
