#include "tests/kernels/emulated_gpu.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

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

namespace {

constexpr std::size_t stack_bytes = 256 * 1024;
constexpr std::uint32_t shared_start = 1024;  // not 0, so that a forgotten base is seen

std::uint16_t half_of(std::uint32_t pair, int which) {
  return static_cast<std::uint16_t>(pair >> (which * 16));
}
float bf16_number(std::uint32_t bits) { return to_float(kernels::Bf16{static_cast<std::uint16_t>(bits)}); }
float fp16_number(std::uint32_t bits) { return to_float(kernels::Fp16{static_cast<std::uint16_t>(bits)}); }

}  // namespace

// What a lane brings to an instruction of its warp, and what it gets.
struct LaneSlot {
  std::uint32_t address = 0, r[4] = {}, b[2] = {};
  float c[4] = {}, value = 0;
  int mask = 0;
};

struct EmulatedWarp {
  std::array<LaneSlot, 32> lanes;
  std::string operation;
  int arrived = 0;
  std::uint64_t generation = 0;
};

enum class Leaving { for_now, for_ever };

// A stack and where on it a thread has come to.
struct Fiber {
  ucontext_t context{};
  std::unique_ptr<std::byte[]> stack{new std::byte[stack_bytes]};
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
        fibers_(static_cast<std::size_t>(shape.threads)),
        body_(body) {
    if (grid.threads % 32 != 0) throw std::logic_error("a block has whole warps");
  }

  void run(int block_x, int block_y, int block_z) {
    x = block_x, y = block_y, z = block_z;
    shared.assign(static_cast<std::size_t>(grid.shared_bytes), std::byte{0xff});
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
  }

  // Called by the running fiber: lets others run until `number` has changed.
  void wait(const std::uint64_t& number) {
    Fiber& me = fibers_[static_cast<std::size_t>(running_)];
    me.waits_for = &number;
    me.seen = number;
    leave(me, Leaving::for_now);
  }

  // An instruction of a whole warp; the last lane to come performs it for all.
  template <class Perform>
  void warp_instruction(int warp, const char* operation, Perform perform) {
    EmulatedWarp& w = warps[static_cast<std::size_t>(warp)];
    if (w.arrived > 0 && w.operation != operation)
      throw std::logic_error("lanes of one warp are in " + w.operation + " and in " + operation);
    w.operation = operation;
    if (++w.arrived < 32) return wait(w.generation);
    w.arrived = 0;
    perform(w);
    ++w.generation;
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
  EmulationCounts counts;

 private:
  void prepare(int thread) {
    Fiber& fiber = fibers_[static_cast<std::size_t>(thread)];
    fiber.waits_for = nullptr;
    fiber.done = fiber.has_started = false;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stack_bytes;
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
    __sanitizer_start_switch_fiber(&fake, fiber.stack.get(), stack_bytes);
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

EmulationCounts run_emulated(const EmulatedGrid& grid, const std::function<void(EmulatedThread&)>& body) {
  EmulatedBlock block(grid, body);
  for (int z = 0; z < grid.z; ++z)
    for (int y = 0; y < grid.y; ++y)
      for (int x = 0; x < grid.x; ++x) block.run(x, y, z);
  return block.counts;
}

std::uint32_t EmulatedThread::shared() const { return shared_start; }
int EmulatedThread::block_x() const { return block_.x; }
int EmulatedThread::block_y() const { return block_.y; }
int EmulatedThread::block_z() const { return block_.z; }
int EmulatedThread::blocks_x() const { return block_.grid.x; }

void EmulatedThread::sync() {
  if (++block_.at_barrier < block_.grid.threads) return block_.wait(block_.barrier);
  block_.at_barrier = 0;
  ++block_.barrier;
}

bool EmulatedThread::any(bool x) {
  LaneSlot& mine = block_.warps[static_cast<std::size_t>(warp())].lanes[static_cast<std::size_t>(lane())];
  mine.mask = x ? 1 : 0;
  block_.warp_instruction(warp(), "vote", [](EmulatedWarp& w) {
    const bool one =
        std::any_of(w.lanes.begin(), w.lanes.end(), [](const LaneSlot& s) { return s.mask != 0; });
    for (LaneSlot& slot : w.lanes) slot.value = one ? 1.0F : 0.0F;
  });
  return mine.value != 0;
}

float EmulatedThread::shuffle_xor(float x, int mask) {
  LaneSlot& mine = block_.warps[static_cast<std::size_t>(warp())].lanes[static_cast<std::size_t>(lane())];
  mine.c[0] = x;
  mine.mask = mask;
  block_.warp_instruction(warp(), "shuffle", [](EmulatedWarp& w) {
    for (std::size_t i = 0; i < 32; ++i)
      w.lanes[i].value = w.lanes[i ^ static_cast<std::size_t>(w.lanes[i].mask)].c[0];
  });
  return mine.value;
}

float EmulatedThread::exp2(float x) { return std::exp2(x); }

int EmulatedThread::load_int(std::uint32_t at) const {
  int x = 0;
  std::memcpy(&x, block_.at(at, 4), 4);
  return x;
}
float EmulatedThread::load_float(std::uint32_t at) const { return std::bit_cast<float>(load_int(at)); }
void EmulatedThread::store_int(std::uint32_t at, int x) { std::memcpy(block_.at(at, 4), &x, 4); }
void EmulatedThread::store_float(std::uint32_t at, float x) { store_int(at, std::bit_cast<int>(x)); }

void EmulatedThread::copy_async(std::uint32_t to, const void* from, bool is_there) {
  if (reinterpret_cast<std::uintptr_t>(from) % 16 != 0)
    throw std::logic_error("cp.async from an odd address");
  open_copies_.push_back({to, from, is_there});
}
void EmulatedThread::copy_commit() {
  copy_groups_.push_back(std::move(open_copies_));
  open_copies_.clear();
}
void EmulatedThread::wait_for_copies(int pending) {
  while (copy_groups_.size() > static_cast<std::size_t>(pending)) {
    for (const Copy& copy : copy_groups_.front()) {
      std::byte* to = block_.at(copy.to, 16);
      if (copy.is_there)
        std::memcpy(to, copy.from, 16);
      else
        std::memset(to, 0, 16);
    }
    copy_groups_.erase(copy_groups_.begin());
  }
}

// ldmatrix.x4, PTX manual: "Thread i, i < 8, provides the address of row i of the first matrix, ..."; each
// row of 8 numbers is spread over 4 threads, two numbers each.  With .trans rows and columns change places.
void EmulatedThread::load_matrices(std::uint32_t (&r)[4], std::uint32_t at, bool transposed) {
  LaneSlot& mine = block_.warps[static_cast<std::size_t>(warp())].lanes[static_cast<std::size_t>(lane())];
  mine.address = at;
  block_.warp_instruction(warp(), transposed ? "ldmatrix.trans" : "ldmatrix", [&](EmulatedWarp& w) {
    for (std::size_t matrix = 0; matrix < 4; ++matrix) {
      std::uint16_t numbers[8][8];
      std::array<bool, 8> taken{};
      ++block_.counts.matrix_loads;
      for (std::size_t row = 0; row < 8; ++row) {
        const std::uint32_t address = w.lanes[matrix * 8 + row].address;
        std::memcpy(numbers[row], block_.at(address, 16), 16);
        bool& bank = taken.at(address / 16 % 8);
        if (bank) ++block_.counts.bank_conflicts;
        bank = true;
      }
      for (std::size_t lane = 0; lane < 32; ++lane) {
        const std::size_t i = lane / 4, j = lane % 4 * 2;
        const std::uint32_t first = transposed ? numbers[j][i] : numbers[i][j];
        const std::uint32_t second = transposed ? numbers[j + 1][i] : numbers[i][j + 1];
        w.lanes[lane].r[matrix] = first | (second << 16U);
      }
    }
  });
  std::copy(std::begin(mine.r), std::end(mine.r), std::begin(r));
}

template <>
std::uint32_t EmulatedThread::pack<kernels::Bf16>(float first, float second) const {
  return kernels::to_bf16(first).bits | static_cast<std::uint32_t>(kernels::to_bf16(second).bits) << 16U;
}
template <>
std::uint32_t EmulatedThread::pack<kernels::Fp16>(float first, float second) const {
  return kernels::to_fp16(first).bits | static_cast<std::uint32_t>(kernels::to_fp16(second).bits) << 16U;
}
template <>
void EmulatedThread::multiply_add<kernels::Bf16>(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                                 std::uint32_t b1) {
  multiply(c, a, b0, b1, bf16_number);
}
template <>
void EmulatedThread::multiply_add<kernels::Fp16>(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                                 std::uint32_t b1) {
  multiply(c, a, b0, b1, fp16_number);
}

// mma.m16n8k16, PTX manual, "Matrix Fragments for mma.m16n8k16 with floating point type":
//   A, number i of 8: row = groupID for i in {0, 1, 4, 5}, else groupID + 8;
//                     col = threadID_in_group * 2 + (i & 1), + 8 for i >= 4.
//   B, number i of 4: row = threadID_in_group * 2 + (i & 1), + 8 for i >= 2;  col = groupID.
//   C, number i of 4: row = groupID for i < 2, else groupID + 8;  col = threadID_in_group * 2 + (i & 1).
void EmulatedThread::multiply(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                              float (*number)(std::uint32_t)) {
  LaneSlot& mine = block_.warps[static_cast<std::size_t>(warp())].lanes[static_cast<std::size_t>(lane())];
  std::copy(std::begin(a), std::end(a), std::begin(mine.r));
  std::copy(std::begin(c), std::end(c), std::begin(mine.c));
  mine.b[0] = b0, mine.b[1] = b1;
  block_.warp_instruction(warp(), "mma", [&](EmulatedWarp& w) {
    float left[16][16], right[16][8];
    for (int lane = 0; lane < 32; ++lane) {
      const LaneSlot& slot = w.lanes[static_cast<std::size_t>(lane)];
      const int group = lane / 4, in_group = lane % 4;
      for (int i = 0; i < 8; ++i) {
        const int row = i == 0 || i == 1 || i == 4 || i == 5 ? group : group + 8;
        left[row][in_group * 2 + (i & 1) + (i >= 4 ? 8 : 0)] = number(half_of(slot.r[i / 2], i & 1));
      }
      for (int i = 0; i < 4; ++i)
        right[in_group * 2 + (i & 1) + (i >= 2 ? 8 : 0)][group] = number(half_of(slot.b[i / 2], i & 1));
    }
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i) {
        const int row = i < 2 ? lane / 4 : lane / 4 + 8, column = lane % 4 * 2 + (i & 1);
        double sum = 0;
        for (int k = 0; k < 16; ++k) sum += static_cast<double>(left[row][k]) * right[k][column];
        float& to = w.lanes[static_cast<std::size_t>(lane)].c[i];
        to = static_cast<float>(to + sum);
      }
    ++block_.counts.products;
  });
  std::copy(std::begin(mine.c), std::end(mine.c), std::begin(c));
}

}  // namespace kernel_tests
