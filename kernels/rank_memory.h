// How the messages of ranks in one process are copied and summed, and when they are ready.
//
// run_ranks and its rules of matching, deadlines and failures are the same whether buffers lie in host memory
// or in that of a GPU; this is what differs.  One object per rank, used by the threads of all its
// lanes at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "kernels/element.h"

namespace kernels {

class RankMemory {
 public:
  RankMemory() = default;
  RankMemory(const RankMemory&) = delete;
  RankMemory& operator=(const RankMemory&) = delete;
  virtual ~RankMemory() = default;

  // Returns when what this rank has written so far may be read by others.  Called before each message.
  virtual void settle() = 0;
  // Both return when it is done.  Sizes are equal; sums are in fp32, in the order of the parts.
  virtual void copy(std::span<const std::byte> from, std::span<std::byte> to) = 0;
  virtual void sum(const std::vector<std::span<const std::byte>>& parts, Element element,
                   std::span<std::byte> to) = 0;
};

// Buffers in host memory.
std::unique_ptr<RankMemory> host_rank_memory();

}  // namespace kernels
