// What Hopper adds to the emulated GPU: barriers in shared memory, TMA, wgmma.  Products happen when they are
// waited for, and read shared memory then.
#include <algorithm>

#include "tests/kernels/emulated_block.h"

namespace kernel_tests {

namespace {

// The 128-byte swizzle acts on addresses: bits 4-6 xor bits 7-9.
std::uint32_t swizzled(std::uint32_t address) { return address ^ ((address >> 3U) & 0x70U); }

struct Descriptor {
  std::uint32_t start, leading, stride;
};

Descriptor decoded(std::uint64_t bits) {
  if (bits >> 62U != 1 || (bits >> 49U & 7U) != 0)
    throw std::logic_error("a descriptor that is not of the 128-byte swizzle, aligned to 1024 bytes");
  const auto field = [&](unsigned first) {
    return static_cast<std::uint32_t>(bits >> first & 0x3fffU) << 4U;
  };
  return {field(0), field(16), field(32)};
}

std::uint32_t number_at(EmulatedBlock& block, std::uint32_t address) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, block.at(swizzled(address), 2), 2);
  return bits;
}

// Canonical layouts of the 128-byte swizzle: depth contiguous, and depth along the rows of 128 bytes.
std::uint32_t along_rows_number(EmulatedBlock& block, const Descriptor& d, int row, int depth) {
  return number_at(block, d.start + static_cast<std::uint32_t>(row / 8) * d.stride +
                              static_cast<std::uint32_t>(row % 8 * 128 + depth * 2));
}
std::uint32_t along_columns_number(EmulatedBlock& block, const Descriptor& d, int depth, int column) {
  return number_at(block, d.start + static_cast<std::uint32_t>(column / 64) * d.leading +
                              static_cast<std::uint32_t>(depth / 8) * d.stride +
                              static_cast<std::uint32_t>(depth % 8 * 128 + column % 64 * 2));
}

// wgmma.m64nNk16, PTX manual: warp w of the four holds rows 16 w ... of D and A; inside, the layouts of
// mma.m16n8k16 for every 8 columns of D.
void perform(EmulatedBlock& block, const GroupProduct& product) {
  const GroupOperands& of = product.operands;
  const Descriptor b = decoded(of.b);
  std::vector<std::array<float, 16>> left(64), right(static_cast<std::size_t>(of.columns));
  if (of.a_in_registers) {
    for (std::size_t lane = 0; lane < 128; ++lane)
      for (std::size_t i = 0; i < 8; ++i) {
        const std::size_t row =
            lane / 32 * 16 + lane % 32 / 4 + (i == 2 || i == 3 || i == 6 || i == 7 ? 8 : 0);
        const std::uint32_t pair = product.lanes[lane].a[i / 2];
        left[row].at(lane % 4 * 2 + i % 2 + (i >= 4 ? 8 : 0)) =
            of.number(i % 2 == 0 ? pair & 0xffffU : pair >> 16U);
      }
  } else {
    const Descriptor a = decoded(of.a);
    for (int row = 0; row < 64; ++row)
      for (int depth = 0; depth < 16; ++depth)
        left[static_cast<std::size_t>(row)].at(static_cast<std::size_t>(depth)) =
            of.number(along_rows_number(block, a, row, depth));
  }
  for (int column = 0; column < of.columns; ++column)
    for (int depth = 0; depth < 16; ++depth)
      right[static_cast<std::size_t>(column)].at(static_cast<std::size_t>(depth)) =
          of.number(of.a_in_registers ? along_columns_number(block, b, depth, column)
                                      : along_rows_number(block, b, column, depth));
  for (std::size_t lane = 0; lane < 128; ++lane)
    for (std::size_t j = 0; j < static_cast<std::size_t>(of.columns) / 8; ++j)
      for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t row = lane / 32 * 16 + lane % 32 / 4 + (i < 2 ? 0 : 8);
        const std::size_t column = j * 8 + lane % 4 * 2 + i % 2;
        double sum = 0;
        for (std::size_t k = 0; k < 16; ++k) sum += static_cast<double>(left[row][k]) * right[column][k];
        float& to = product.lanes[lane].c[j * 4 + i];
        to = static_cast<float>((of.add ? to : 0.0F) + sum);
      }
  ++block.counts.products;
}

void complete_if_due(EmulatedBarrier& barrier) {
  if (barrier.arrived < barrier.arrivals || barrier.bytes != 0) return;
  barrier.arrived = 0;
  ++barrier.phase;
}

EmulatedBarrier& started(EmulatedBlock& block, std::uint32_t address) {
  const auto found = block.barriers.find(address);
  if (found == block.barriers.end()) throw std::logic_error("a barrier that was not started");
  return found->second;
}

}  // namespace

void EmulatedThread::barrier_start(std::uint32_t barrier, int arrivals) {
  block_.at(barrier, 8);
  block_.barriers[barrier].arrivals = arrivals;
}
void EmulatedThread::barrier_expect(std::uint32_t barrier, int bytes) {
  EmulatedBarrier& it = started(block_, barrier);
  it.bytes += bytes;
  ++it.arrived;
  complete_if_due(it);
}
void EmulatedThread::barrier_arrive(std::uint32_t barrier) {
  EmulatedBarrier& it = started(block_, barrier);
  if (++it.arrived > it.arrivals) throw std::logic_error("more threads arrive at a barrier than it expects");
  complete_if_due(it);
}
void EmulatedThread::barrier_wait(std::uint32_t barrier, int parity) {
  const EmulatedBarrier& it = started(block_, barrier);
  while (it.phase % 2 == static_cast<std::uint64_t>(parity)) block_.wait(it.phase);
}

void EmulatedThread::fetch_box(std::uint32_t to, const kernels::TensorBox& map, std::uint32_t barrier,
                               int column, int row, int head, int batch) {
  if (to % 1024 != 0) throw std::logic_error("a panel that is not aligned to 1024 bytes");
  for (int r = 0; r < map.box_rows; ++r)
    for (int chunk = 0; chunk < 8; ++chunk) {
      std::byte* place = block_.at(swizzled(to + static_cast<std::uint32_t>(r * 128 + chunk * 16)), 16);
      std::memset(place, 0, 16);
      if (row + r >= map.extents[1]) continue;
      const std::byte* from = static_cast<const std::byte*>(map.data) + (column + chunk * 8) * 2 +
                              (row + r) * map.strides[0] + head * map.strides[1] + batch * map.strides[2];
      std::memcpy(place, from, 16);
    }
  EmulatedBarrier& it = started(block_, barrier);
  it.bytes -= map.box_rows * 128;
  complete_if_due(it);
}

void EmulatedThread::issue(float* c, const std::uint32_t* a, const GroupOperands& operands) {
  EmulatedWarpgroup& group = block_.warpgroups[static_cast<std::size_t>(thread_ / 128)];
  LaneSlot& mine = group.lanes[static_cast<std::size_t>(thread_ % 128)];
  mine.numbers = c;
  if (a != nullptr) std::copy(a, a + 4, std::begin(mine.r));
  block_.meet(group, "wgmma", [&](EmulatedWarpgroup& g) {
    GroupProduct product;
    product.operands = operands;
    for (std::size_t lane = 0; lane < 128; ++lane) {
      product.lanes[lane].c = g.lanes[lane].numbers;
      std::copy(std::begin(g.lanes[lane].r), std::end(g.lanes[lane].r), std::begin(product.lanes[lane].a));
    }
    g.products.push_back(product);
  });
}

void EmulatedThread::products_commit() {
  block_.meet(block_.warpgroups[static_cast<std::size_t>(thread_ / 128)], "wgmma.commit_group",
              [](EmulatedWarpgroup& g) {
                for (GroupProduct& product : g.products) product.is_committed = true;
              });
}

void EmulatedThread::wait_for_products() {
  block_.meet(block_.warpgroups[static_cast<std::size_t>(thread_ / 128)], "wgmma.wait_group",
              [&](EmulatedWarpgroup& g) {
                for (const GroupProduct& product : g.products)
                  if (product.is_committed) perform(block_, product);
                std::erase_if(g.products, [](const GroupProduct& product) { return product.is_committed; });
              });
}

}  // namespace kernel_tests
