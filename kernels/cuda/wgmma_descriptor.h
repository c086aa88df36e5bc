// How wgmma is told where a tile lies in shared memory, for 16-bit numbers in the 128-byte swizzle.
//
// The tile is made of panels 64 numbers wide: rows of 128 bytes, swizzled in groups of 8 rows (1024 bytes, to
// which every panel must be aligned), as TMA writes them.  The descriptor is 64 bits:
//     0-13 start / 16,  16-29 leading byte offset / 16,  32-45 stride byte offset / 16,
//     49-51 base offset (0: aligned),  62-63 swizzle (1: 128 bytes).
// Two ways to read such a tile as a matrix whose depth is 16 per instruction:
//     along rows (depth contiguous, as keys in Q K^T): stride = 1024, from 8 rows to the next 8; a step of 16
//     in depth moves the start by 32 bytes inside the panel.  Leading offset unused. along columns (depth =
//     rows, as values in P V): stride = 1024, from 8 depths to the next 8; leading = from one panel to the
//     next; a step of 16 in depth moves the start by 2048 bytes.
#pragma once

#include <cstdint>

#include "kernels/cuda/host_device.h"

namespace kernels {

constexpr int panel_numbers = 64;
constexpr int panel_row_bytes = 128;
constexpr int swizzle_group_bytes = 1024;

RINGSIDE_DEVICE constexpr std::uint64_t wgmma_descriptor(std::uint32_t start, std::uint32_t leading,
                                                         std::uint32_t stride) {
  const auto field = [](std::uint32_t bytes) { return static_cast<std::uint64_t>((bytes >> 4U) & 0x3fffU); };
  return field(start) | field(leading) << 16U | field(stride) << 32U | std::uint64_t{1} << 62U;
}

// Rows from `row` (a multiple of 8) on, depth from `column` (of 16) on, of a tile of `rows` rows.
RINGSIDE_DEVICE constexpr std::uint64_t along_rows(std::uint32_t tile, int rows, int row, int column) {
  const int offset =
      column / panel_numbers * rows * panel_row_bytes + row * panel_row_bytes + column % panel_numbers * 2;
  return wgmma_descriptor(tile + static_cast<std::uint32_t>(offset), 16, swizzle_group_bytes);
}

// Depth from `row` (a multiple of 16) on, all columns.
RINGSIDE_DEVICE constexpr std::uint64_t along_columns(std::uint32_t tile, int rows, int row) {
  return wgmma_descriptor(tile + static_cast<std::uint32_t>(row * panel_row_bytes),
                          static_cast<std::uint32_t>(rows * panel_row_bytes), swizzle_group_bytes);
}

}  // namespace kernels
