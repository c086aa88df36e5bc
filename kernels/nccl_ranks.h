// Communicator `nccl`: one rank per GPU, as threads of one process or as one process each.
//
// Buffers are device memory.  The NCCL library is opened when the first communicator is made, so a program
// that makes none runs without it.  NCCL is used without blocking: every operation, the first connection
// included, ends within the deadline, and a rank that gives up aborts its communicator.  Ranks of one process
// learn of a failure at once, ranks of other processes by their own deadline.  Two things are weaker than
// with `threads`: NCCL has no tags and no sizes, so exchanges between two ranks must be started in the same
// order on both sides, and a wrong size shows as a deadline.  Sums are in the order of the ranks, as
// everywhere (docs/kernels.md).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/communicator.h"
#include "kernels/cuda_device.h"

namespace kernels {

// "" when NCCL can be used, else why not and what to do.  RINGSIDE_NCCL_LIBRARY names a file to open instead
// of libnccl.so.2.
std::string why_no_nccl();
// "2.28.9"; throws CudaError when there is none.
std::string nccl_version();

// What ranks of one communicator agree on; rank 0 makes it and gives it to the others.
using NcclId = std::array<std::byte, 128>;
NcclId new_nccl_id();

struct NcclOptions {
  std::chrono::milliseconds deadline{30'000};  // of every operation, until a rank sets its own
  int most_blocks = 0;                         // of one operation on the GPU; 0: NCCL decides
  int communicators = 1;  // of the same ranks, for operations that run at once: NCCL has no tags
};

struct NcclPlace {
  int rank = 0;
  int size = 1;
  int device = 0;
  NcclId id{};
};

// This process's ends of options.communicators communicators, each for a thread of its own; when one fails,
// so do all.  `ids`: one for each, the same on all ranks (place.id is not used).  `work` is the stream on
// which the caller computes; an operation starts after what is queued there.  It must live longer than the
// communicators.
std::vector<std::unique_ptr<Communicator>> nccl_ranks(const NcclPlace& place, std::span<const NcclId> ids,
                                                      const CudaStream& work,
                                                      const NcclOptions& options = {});

struct NcclRank {
  Communicator& ranks;             // the first
  std::vector<Communicator*> all;  // as many as options.communicators
  const CudaStream& stream;
};

// Calls body once per device, each in a thread of its own, and waits for all.  Throws RanksFailed as
// run_ranks.
void run_nccl_ranks(const std::vector<int>& devices, const NcclOptions& options,
                    const std::function<void(const NcclRank&)>& body);

}  // namespace kernels
