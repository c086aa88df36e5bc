// The inner loops of the cpu backend, once per instruction set, behind one table of functions.
//
// cpu_tile_portable.cpp, cpu_tile_avx2.cpp and cpu_tile_avx512.cpp each compile cpu_tile_body.h with flags of
// their own.  These files, and this header, include nothing of the standard library but <cstdint>: an inline
// function that was compiled with AVX-512 in one of them could be the copy that the linker keeps for the
// whole program.  All columns and dims are multiples of tile_columns, which the caller pads to.
#pragma once

#include <cstdint>

namespace kernels {

constexpr std::int64_t tile_columns = 16;

// c (rows x columns) = or += a (rows x depth) b (depth x columns).  a has two strides, so that it may be read
// transposed; b and c are contiguous along columns.
struct TileProduct {
  const float* a = nullptr;
  std::int64_t a_row_stride = 0, a_depth_stride = 1;
  const float* b = nullptr;
  std::int64_t b_stride = 0;
  float* c = nullptr;
  std::int64_t c_stride = 0;
  std::int64_t rows = 0, columns = 0, depth = 0;
  bool add = false;
};

// The forward formulas of attention_step.h for one tile of scores q . k (before the scale; -infinity where
// the mask hides a key): scores become exp(s - m'), the state moves on to m', l' and o exp(m - m').
struct TileSoftmax {
  float* scores = nullptr;
  std::int64_t scores_stride = 0;
  std::int64_t rows = 0, columns = 0;
  float scale = 1;
  float* running_max = nullptr;
  float* running_sum = nullptr;
  float* output = nullptr;
  std::int64_t dim = 0;  // and stride of output
};

// The backward formulas: scores q . k become p, products dO . v become scale ds.
struct TileGradient {
  float* scores = nullptr;
  float* products = nullptr;
  std::int64_t stride = 0;  // of both
  std::int64_t rows = 0, columns = 0;
  float scale = 1;
  const float* lse = nullptr;
  const float* delta = nullptr;
};

struct TileKernels {
  const char* name = "";
  std::int64_t lanes = 0;  // floats in a register
  void (*multiply)(const TileProduct&) = nullptr;
  void (*softmax)(const TileSoftmax&) = nullptr;
  void (*gradient)(const TileGradient&) = nullptr;
  // count numbers, a multiple of tile_columns, to fp32.
  void (*load_fp32)(const void* from, std::int64_t count, float* to) = nullptr;
  void (*load_fp16)(const void* from, std::int64_t count, float* to) = nullptr;
  void (*load_bf16)(const void* from, std::int64_t count, float* to) = nullptr;
  // to[d x to_stride + r] = from[r x dim + d].
  void (*transpose)(const float* from, std::int64_t rows, std::int64_t dim, float* to,
                    std::int64_t to_stride) = nullptr;
  // A loop of nothing but independent multiply-adds in registers, and the flop it does: what the core can do.
  float (*fma_loop)(std::int64_t rounds) = nullptr;
  double fma_loop_flop_per_round = 0;
};

extern const TileKernels portable_tile_kernels;
#ifdef RINGSIDE_X86_TILES
extern const TileKernels avx2_tile_kernels;
extern const TileKernels avx512_tile_kernels;
#endif

}  // namespace kernels
