#include "validation/memory_pool.h"

#include <algorithm>

#include "costmodel/base/unit_text.h"

namespace validation {

namespace {

std::string in_words(std::int64_t bytes) {
  return costmodel::format_bytes(costmodel::Bytes(static_cast<double>(bytes)));
}

}  // namespace

std::span<std::byte> MemoryPool::take(std::int64_t bytes, const std::string& what) {
  const std::lock_guard lock(mutex_);
  const auto refuse = [&](const std::string& why) {
    throw OutOfMemory("no memory for " + what + " of " + in_words(bytes) + ": " + in_words(used_) +
                      " are in use" + why + "; use a shorter sequence, or more machines");
  };
  if (used_ + bytes > limit_) refuse(" and a rank may have " + in_words(limit_));
  const std::size_t size = static_cast<std::size_t>(bytes);
  MemoryBlock block;
  if (const auto found = free_.find(size); found != free_.end()) {
    block = std::move(found->second);
    free_.erase(found);
  } else {
    block = MemoryBlock(memory_.allocate(bytes), FreeBlock{&memory_});
    if (!block) refuse(" and the system has no more");
  }
  std::byte* address = block.get();
  in_use_.emplace(address, std::move(block));
  used_ += bytes;
  peak_ = std::max(peak_, used_);
  return {address, size};
}

void MemoryPool::give_back(std::span<std::byte> block) {
  const std::lock_guard lock(mutex_);
  const auto found = in_use_.find(block.data());
  if (found == in_use_.end()) throw std::logic_error("MemoryPool: a block that is not in use came back");
  used_ -= static_cast<std::int64_t>(block.size());
  free_.emplace(block.size(), std::move(found->second));
  in_use_.erase(found);
}

std::int64_t MemoryPool::peak() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

std::span<float> Scratch::floats(std::size_t count) {
  float* numbers = reinterpret_cast<float*>(block_.get());
  if (size_ < count) {
    block_.reset(), size_ = 0;
    block_ =
        MemoryBlock(memory_.allocate(static_cast<std::int64_t>(count * sizeof(float))), FreeBlock{&memory_});
    if (!block_)
      throw OutOfMemory("no memory for scratch of " + in_words(static_cast<std::int64_t>(4 * count)) +
                        ": the system has no more; use a shorter sequence, or more machines");
    size_ = count;
    numbers = reinterpret_cast<float*>(block_.get());
  }
  return {numbers, count};
}

}  // namespace validation
