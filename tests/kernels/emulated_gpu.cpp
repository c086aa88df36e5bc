#include "tests/kernels/emulated_gpu.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "tests/kernels/emulated_block.h"

namespace kernel_tests {

namespace {

std::uint16_t half_of(std::uint32_t pair, int which) {
  return static_cast<std::uint16_t>(pair >> (which * 16));
}

}  // namespace

float bf16_number(std::uint32_t bits) { return to_float(kernels::Bf16{static_cast<std::uint16_t>(bits)}); }
float fp16_number(std::uint32_t bits) { return to_float(kernels::Fp16{static_cast<std::uint16_t>(bits)}); }

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

void EmulatedThread::sync_warp() {
  block_.meet(block_.warps[static_cast<std::size_t>(warp())], "warp barrier", [](EmulatedWarp&) {});
}

bool EmulatedThread::any(bool x) {
  LaneSlot& mine = block_.warps[static_cast<std::size_t>(warp())].lanes[static_cast<std::size_t>(lane())];
  mine.mask = x ? 1 : 0;
  block_.meet(block_.warps[static_cast<std::size_t>(warp())], "vote", [](EmulatedWarp& w) {
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
  block_.meet(block_.warps[static_cast<std::size_t>(warp())], "shuffle", [](EmulatedWarp& w) {
    for (std::size_t i = 0; i < 32; ++i)
      w.lanes[i].value = w.lanes[i ^ static_cast<std::size_t>(w.lanes[i].mask)].c[0];
  });
  return mine.value;
}

float EmulatedThread::exp2(float x) { return std::exp2(x); }
float EmulatedThread::log(float x) { return std::log(x); }

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
  const Copy copy = {to, from, is_there};
  if (block_.grid.order == WarpOrder::descending)
    copy_now(copy);
  else
    open_copies_.push_back(copy);
}
void EmulatedThread::copy_commit() {
  copy_groups_.push_back(std::move(open_copies_));
  open_copies_.clear();
}
void EmulatedThread::copy_now(const Copy& copy) {
  std::byte* to = block_.at(copy.to, 16);
  if (copy.is_there)
    std::memcpy(to, copy.from, 16);
  else
    std::memset(to, 0, 16);
}
void EmulatedThread::wait_for_copies(int pending) {
  while (copy_groups_.size() > static_cast<std::size_t>(pending)) {
    for (const Copy& copy : copy_groups_.front()) copy_now(copy);
    copy_groups_.erase(copy_groups_.begin());
  }
}

// ldmatrix.x4, PTX manual: "Thread i, i < 8, provides the address of row i of the first matrix, ..."; each
// row of 8 numbers is spread over 4 threads, two numbers each.  With .trans rows and columns change places.
void EmulatedThread::load_matrices(std::uint32_t (&r)[4], std::uint32_t at, bool transposed) {
  LaneSlot& mine = block_.warps[static_cast<std::size_t>(warp())].lanes[static_cast<std::size_t>(lane())];
  mine.address = at;
  block_.meet(block_.warps[static_cast<std::size_t>(warp())], transposed ? "ldmatrix.trans" : "ldmatrix",
              [&](EmulatedWarp& w) {
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
void EmulatedThread::unpack<kernels::Bf16>(std::uint32_t pair, float& first, float& second) const {
  first = bf16_number(half_of(pair, 0)), second = bf16_number(half_of(pair, 1));
}
template <>
void EmulatedThread::unpack<kernels::Fp16>(std::uint32_t pair, float& first, float& second) const {
  first = fp16_number(half_of(pair, 0)), second = fp16_number(half_of(pair, 1));
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
  block_.meet(block_.warps[static_cast<std::size_t>(warp())], "mma", [&](EmulatedWarp& w) {
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
