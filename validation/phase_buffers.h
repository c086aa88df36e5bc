// The buffers of one phase on one rank, alive as the schedule says: the whole phase, or from the first
// operation that touches them to the last.
//
// Tensors that lie side by side in a message lie side by side in memory: where a phase sends the query
// bundle, its Q, dO, LSE and delta are one block, so that the own bundle is sent from where it is.  Used by
// all lanes of a rank.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "costmodel/schedule/schedule.h"
#include "validation/memory_pool.h"

namespace validation {

// What a fresh buffer holds: whatever the memory held, or not-a-number in every place, so that a number that
// nobody wrote is seen in the result.
enum class Fresh : std::uint8_t { as_is, not_a_number };

// Contents of buffers between phases, by name.
using Contents = std::map<std::string, std::vector<std::byte>, std::less<>>;

class PhaseBuffers {
 public:
  // `given` fills buffers of its names when they come alive, by way of `loader`.  Both must outlive this
  // object.  `results` stay until it ends.
  PhaseBuffers(const costmodel::Phase& phase, MemoryPool& pool, kernels::TensorWork& loader,
               const Contents& given, std::span<const costmodel::BufferId> results, Fresh fresh);
  ~PhaseBuffers();
  PhaseBuffers(const PhaseBuffers&) = delete;
  PhaseBuffers& operator=(const PhaseBuffers&) = delete;

  // Before and after an operation.
  void begin(const costmodel::Op& op);
  void end(const costmodel::Op& op);

  // The bytes of a living buffer.
  std::span<std::byte> bytes(costmodel::BufferId id) const;
  std::span<std::byte> bytes(std::string_view name) const;
  // Of a buffer that may have to come alive before the operation that first touches it.
  std::span<std::byte> alive(std::string_view name);
  // Q, dO, LSE and delta in one piece.
  std::span<std::byte> own_bundle() const { return bundle_; }

 private:
  struct State {
    std::span<std::byte> block;
    int touches_left = 0;
    bool stays = false;  // until the phase ends: by its lifetime, or because it is a result
    bool in_bundle = false;
  };
  template <class Visit>
  void for_touched(const costmodel::Op& op, Visit visit);
  void make_bundle();
  void come_alive(std::size_t buffer);
  void fill(std::size_t buffer);
  std::span<std::byte> take(std::int64_t bytes, const std::string& what);

  const costmodel::Phase& phase_;
  MemoryPool& pool_;
  kernels::TensorWork& loader_;
  const Contents& given_;
  Fresh fresh_;
  mutable std::mutex mutex_;
  std::vector<State> states_;
  std::span<std::byte> bundle_;
};

}  // namespace validation
