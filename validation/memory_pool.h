// Memory of one rank: blocks that are used again once they are free, with the count that matters, bytes in
// use.
//
// A block that is given back serves the next request of its size, so that a repetition takes nothing from the
// system.  Used by all lanes of a rank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>

#include "kernels/tensor_memory.h"

namespace validation {

// A rank has no room for a buffer.  what() names the buffer, its size and what to change.
class OutOfMemory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A block that goes back to its memory.
struct FreeBlock {
  kernels::TensorMemory* memory = nullptr;
  void operator()(std::byte* block) const { memory->free(block); }
};
using MemoryBlock = std::unique_ptr<std::byte[], FreeBlock>;

class MemoryPool {
 public:
  // More than `limit` bytes at once are refused.
  MemoryPool(kernels::TensorMemory& memory, std::int64_t limit) : memory_(memory), limit_(limit) {}
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // `what` is for the error.  Throws OutOfMemory.
  std::span<std::byte> take(std::int64_t bytes, const std::string& what);
  void give_back(std::span<std::byte> block);

  std::int64_t peak() const;

 private:
  mutable std::mutex mutex_;
  kernels::TensorMemory& memory_;
  std::int64_t limit_;
  std::int64_t used_ = 0, peak_ = 0;
  std::multimap<std::size_t, MemoryBlock> free_;    // by size
  std::map<const std::byte*, MemoryBlock> in_use_;  // by address
};

// Scratch of the kernels: grows to the largest request and stays.  Used by one lane.
class Scratch {
 public:
  explicit Scratch(kernels::TensorMemory& memory) : memory_(memory) {}

  // What it holds is not kept when it grows.
  std::span<float> floats(std::size_t count);
  std::int64_t bytes() const { return static_cast<std::int64_t>(size_ * sizeof(float)); }

 private:
  kernels::TensorMemory& memory_;
  MemoryBlock block_;
  std::size_t size_ = 0;
};

}  // namespace validation
