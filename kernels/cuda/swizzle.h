// Where a chunk of 16 bytes of a tile lies in shared memory, so that no eight rows of a column of chunks meet
// in one bank.
//
// Shared memory has 32 banks of 4 bytes, so 128 bytes wide; ldmatrix reads 8 rows of 16 bytes at once.  Rows
// of a multiple of 128 bytes would all start in bank 0; chunk c of row r therefore lies at c xor (r mod 8).
#pragma once

#include <cstdint>

#include "kernels/cuda/host_device.h"

namespace kernels {

constexpr int chunk_numbers = 8;  // 16-bit numbers in a chunk
constexpr int chunk_bytes = 16;

// A tile of rows of `dim` 16-bit numbers, row after row.  Bytes from its start.
template <int dim>
RINGSIDE_DEVICE constexpr int swizzled_offset(int row, int chunk) {
  static_assert(dim % 64 == 0, "rows must be multiples of 128 bytes");
  return (row * (dim / chunk_numbers) + (chunk ^ (row % 8))) * chunk_bytes;
}

// The 128-byte swizzle of TMA and wgmma: bits 4-6 of a byte offset xor bits 7-9.  The tile must start at a
// multiple of 1024 bytes; its rows are 128 bytes.  For dim 64 this is swizzled_offset.
RINGSIDE_DEVICE constexpr int swizzled_128(int offset) { return offset ^ ((offset >> 3) & 0x70); }

}  // namespace kernels
