// How the emulated GPU runs a block: threads as fibers, and the meetings of the lanes of a warp.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/kernels/emulated_gpu.h"

#if defined(__SANITIZE_ADDRESS__)
#define RINGSIDE_FIBER_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RINGSIDE_FIBER_SANITIZER
#endif
#endif
#if defined(RINGSIDE_FIBER_SANITIZER)
#include <sanitizer/common_interface_defs.h>
#endif

namespace kernel_tests {

constexpr std::size_t fiber_stack_bytes = 256 * 1024;
constexpr std::uint32_t shared_start = 1024;  // not 0, so that a forgotten base is seen

// What a lane brings to an instruction of its warp, and what it gets.
struct LaneSlot {
  std::uint32_t address = 0, r[4] = {}, b[2] = {};
  float c[4] = {}, value = 0;
  float* numbers = nullptr;
  int mask = 0;
};

// The threads of a warp, or of the four warps of a warpgroup, that meet in one instruction.
template <std::size_t size>
struct EmulatedGroup {
  std::array<LaneSlot, size> lanes;
  std::string operation;
  int arrived = 0;
  std::uint64_t generation = 0;
};

enum class Leaving { for_now, for_ever };

using EmulatedWarp = EmulatedGroup<32>;

// A product of a warpgroup that was issued and not yet waited for.
struct GroupProduct {
  struct Lane {
    float* c = nullptr;
    std::uint32_t a[4] = {};
  };
  std::array<Lane, 128> lanes;
  GroupOperands operands;
  bool is_committed = false;
};

struct EmulatedWarpgroup : EmulatedGroup<128> {
  std::vector<GroupProduct> products;
};

struct EmulatedBarrier {
  int arrivals = 0, arrived = 0;
  std::int64_t bytes = 0;  // expected and not yet here
  std::uint64_t phase = 0;
};

// A stack and where on it a thread has come to.
struct Fiber {
  ucontext_t context{};
  std::unique_ptr<std::byte[]> stack{new std::byte[fiber_stack_bytes]};
  const std::uint64_t* waits_for = nullptr;  // goes on when this number is no longer `seen`
  std::uint64_t seen = 0;
  bool done = false;
  jmp_buf place{};
  bool has_started = false;
};

class EmulatedBlock {
 public:
  EmulatedBlock(const EmulatedGrid& shape, const std::function<void(EmulatedThread&)>& body)
      : grid(shape),
        warps(static_cast<std::size_t>(shape.threads / 32)),
        warpgroups(static_cast<std::size_t>(shape.threads / 128)),
        fibers_(static_cast<std::size_t>(shape.threads)),
        body_(body) {
    if (grid.threads % 32 != 0) throw std::logic_error("a block has whole warps");
  }

  void run(int block_x, int block_y, int block_z) {
    x = block_x, y = block_y, z = block_z;
    shared.assign(static_cast<std::size_t>(grid.shared_bytes), std::byte{0xff});
    barriers.clear();
    threads_.clear();
    for (int i = 0; i < grid.threads; ++i) threads_.emplace_back(*this, i);
    for (int i = 0; i < grid.threads; ++i) prepare(i);
    while (go_on()) {
    }
    for (int i = 0; i < grid.threads; ++i)
      if (!fibers_[static_cast<std::size_t>(i)].done && !error_)
        throw std::logic_error("thread " + std::to_string(i) + " waits for ever");
    if (error_) std::rethrow_exception(error_);
    for (const EmulatedThread& thread : threads_)
      for (const auto& group : thread.copy_groups_)
        if (!group.empty()) throw std::logic_error("a copy that nobody waited for");
    for (const EmulatedWarpgroup& group : warpgroups)
      if (!group.products.empty()) throw std::logic_error("a product that nobody waited for");
  }

  // Called by the running fiber: lets others run until `number` has changed.
  void wait(const std::uint64_t& number) {
    Fiber& me = fibers_[static_cast<std::size_t>(running_)];
    me.waits_for = &number;
    me.seen = number;
    leave(me, Leaving::for_now);
  }

  // An instruction of a whole warp or warpgroup; the last lane to come performs it for all.
  template <class Group, class Perform>
  void meet(Group& group, const char* operation, Perform perform) {
    if (group.arrived > 0 && group.operation != operation)
      throw std::logic_error("lanes of one warp are in " + group.operation + " and in " + operation);
    group.operation = operation;
    if (++group.arrived < static_cast<int>(group.lanes.size())) return wait(group.generation);
    group.arrived = 0;
    perform(group);
    ++group.generation;
  }

  std::byte* at(std::uint32_t address, std::uint32_t bytes) {
    if (address < shared_start || address - shared_start + bytes > shared.size() || address % bytes != 0)
      throw std::logic_error("address " + std::to_string(address) + " for " + std::to_string(bytes) +
                             " bytes is outside of shared memory or not aligned");
    return shared.data() + (address - shared_start);
  }

  EmulatedGrid grid;
  int x = 0, y = 0, z = 0;
  std::vector<std::byte> shared;
  int at_barrier = 0;
  std::uint64_t barrier = 0;
  std::vector<EmulatedWarp> warps;
  std::vector<EmulatedWarpgroup> warpgroups;
  std::map<std::uint32_t, EmulatedBarrier> barriers;  // by address
  EmulationCounts counts;

 private:
  void prepare(int thread) {
    Fiber& fiber = fibers_[static_cast<std::size_t>(thread)];
    fiber.waits_for = nullptr;
    fiber.done = fiber.has_started = false;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = fiber_stack_bytes;
    fiber.context.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(&EmulatedBlock::enter), 2,
                static_cast<unsigned>(self >> 32U), static_cast<unsigned>(self));
  }

  static void enter(unsigned high, unsigned low) {
    auto* block = reinterpret_cast<EmulatedBlock*>((static_cast<std::uintptr_t>(high) << 32U) | low);
    block->run_thread();
  }

  void run_thread() {
    came_back(nullptr);
    const auto me = static_cast<std::size_t>(running_);
    try {
      body_(threads_[me]);
    } catch (...) {
      if (!error_) error_ = std::current_exception();
    }
    fibers_[me].done = true;
    leave(fibers_[me], Leaving::for_ever);
  }

  // Every warp once, as far as it can go; false when none could.
  bool go_on() {
    bool moved = false;
    for (std::size_t i = 0; i < warps.size() && !error_; ++i) {
      const std::size_t warp = grid.order == WarpOrder::ascending ? i : warps.size() - 1 - i;
      for (bool again = true; again && !error_;) {
        again = false;
        for (std::size_t lane = 0; lane < 32 && !error_; ++lane) {
          Fiber& fiber = fibers_[warp * 32 + lane];
          if (fiber.done || (fiber.waits_for != nullptr && *fiber.waits_for == fiber.seen)) continue;
          fiber.waits_for = nullptr;
          running_ = static_cast<int>(warp * 32 + lane);
          resume(fiber);
          again = moved = true;
        }
      }
    }
    return moved && !error_;
  }

  // A switch by _setjmp and _longjmp needs no system call, unlike swapcontext, which enters a fiber the first
  // time and, since it is understood there, always where AddressSanitizer watches.
#if defined(RINGSIDE_FIBER_SANITIZER)
  void resume(Fiber& fiber) {
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, fiber.stack.get(), fiber_stack_bytes);
    swapcontext(&scheduler_, &fiber.context);
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
  }
  void leave(Fiber& fiber, Leaving leaving) {
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(leaving == Leaving::for_ever ? nullptr : &fake, scheduler_stack_,
                                   scheduler_stack_bytes_);
    swapcontext(&fiber.context, &scheduler_);
    came_back(fake);
  }
  void came_back(void* fake) {
    __sanitizer_finish_switch_fiber(fake, &scheduler_stack_, &scheduler_stack_bytes_);
  }
#else
  void resume(Fiber& fiber) {
    if (_setjmp(scheduler_) != 0) return;
    if (fiber.has_started) _longjmp(fiber.place, 1);
    fiber.has_started = true;
    setcontext(&fiber.context);
  }
  void leave(Fiber& fiber, Leaving) {
    if (_setjmp(fiber.place) == 0) _longjmp(scheduler_, 1);
  }
  void came_back(void*) {}
#endif

  std::vector<Fiber> fibers_;
  const std::function<void(EmulatedThread&)>& body_;
  std::vector<EmulatedThread> threads_;
  int running_ = 0;
  std::exception_ptr error_;
#if !defined(RINGSIDE_FIBER_SANITIZER)
  jmp_buf scheduler_{};
#else
  ucontext_t scheduler_{};
  const void* scheduler_stack_ = nullptr;
  std::size_t scheduler_stack_bytes_ = 0;
#endif
};

}  // namespace kernel_tests
