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
#include <vector>

namespace validation {

// A rank has no room for a buffer.  what() names the buffer, its size and what to change.
class OutOfMemory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class MemoryPool {
 public:
  // More than `limit` bytes at once are refused.
  explicit MemoryPool(std::int64_t limit) : limit_(limit) {}
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // `what` is for the error.  Throws OutOfMemory.
  std::span<std::byte> take(std::int64_t bytes, const std::string& what);
  void give_back(std::span<std::byte> block);

  std::int64_t peak() const;

 private:
  struct Free {
    void operator()(std::byte* block) const;
  };
  using Block = std::unique_ptr<std::byte[], Free>;

  mutable std::mutex mutex_;
  std::int64_t limit_;
  std::int64_t used_ = 0, peak_ = 0;
  std::multimap<std::size_t, Block> free_;    // by size
  std::map<const std::byte*, Block> in_use_;  // by address
};

// Scratch of the kernels: grows to the largest request and stays.  Used by one lane.
class Scratch {
 public:
  std::span<float> floats(std::size_t count);
  std::int64_t bytes() const { return static_cast<std::int64_t>(floats_.size() * sizeof(float)); }

 private:
  std::vector<float> floats_;
};

}  // namespace validation
