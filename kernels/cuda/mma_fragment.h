// Which lane of a warp holds which numbers of a matrix product, and where a lane points ldmatrix to.
//
// mma.sync.m16n8k16 multiplies A (16 x 16, 16-bit) by B (16 x 8, 16-bit) and adds to C (16 x 8, fp32).  With
// g = lane / 4 and t = lane % 4 a lane holds
//     A: 4 registers of two neighbours along k:  r even: row g, r odd: row g + 8;  k = 2 t (+8 for r >= 2),
//     +1 B: 2 registers of two neighbours along k:  column g;  k = 2 t (+8 for r = 1), +1 C: 4 numbers:  row
//     g (+8 for i >= 2), column 2 t + i % 2.
// So two neighbouring C tiles, rounded and packed, are the A of the next product: probabilities never leave
// the registers.  wgmma gives warp w of four the rows 16 w ... of the same C and A, for every 8 columns.
//
// ldmatrix.x4 fills four registers from four 8 x 8 tiles; lane i names the address of row i % 8 of tile
// i / 8, and gets the numbers 2 t, 2 t + 1 of row g of every tile (of column g when transposed).
#pragma once

#include <cstdint>

#include "kernels/cuda/host_device.h"

namespace kernels {

constexpr int warp_lanes = 32;

// A number's place in a tile: row and column of C or A, or depth and column of B.
struct TilePlace {
  int row = 0;
  int column = 0;
};

// Of the lower of the two neighbours in register r.
RINGSIDE_DEVICE constexpr TilePlace a_place(int lane, int r) {
  return {lane / 4 + (r % 2) * 8, (lane % 4) * 2 + (r / 2) * 8};
}
// row is the depth k.
RINGSIDE_DEVICE constexpr TilePlace b_place(int lane, int r) { return {(lane % 4) * 2 + r * 8, lane / 4}; }
RINGSIDE_DEVICE constexpr TilePlace c_place(int lane, int i) {
  return {lane / 4 + (i / 2) * 8, (lane % 4) * 2 + i % 2};
}

// A place in a tile in shared memory, in rows and in chunks of 8 numbers (16 bytes) along a row.
struct ChunkPlace {
  int row = 0;
  int chunk = 0;
};

// Where a lane points ldmatrix for the A (16 rows x 16) at (0, 0) of a tile stored row by row.
RINGSIDE_DEVICE constexpr ChunkPlace a_address(int lane) {
  return {lane % 8 + (lane / 8 % 2) * 8, lane / 16};
}
// For the B of two neighbouring products (16 columns x 16 deep) of a tile that stores one column of B per
// row, such as keys for Q K^T.  Registers 0, 1 are the B of columns 0-7, registers 2, 3 of columns 8-15.
RINGSIDE_DEVICE constexpr ChunkPlace b_address(int lane) {
  return {lane % 8 + (lane / 16) * 8, lane / 8 % 2};
}
// The same from a tile that stores one depth of B per row, such as values for P V; for ldmatrix.trans.
RINGSIDE_DEVICE constexpr ChunkPlace b_address_transposed(int lane) {
  return {lane % 8 + (lane / 8 % 2) * 8, lane / 16};
}

}  // namespace kernels
