// Compiled with AVX-512 (F, DQ) and run only where cpuid and the operating system allow it: see
// cpu_level.cpp.
#include <immintrin.h>

#include "kernels/cpu_tile_body.h"

namespace kernels {

namespace {

struct Avx512 {
  using Vec = __m512;
  static constexpr int lanes = 16;
  static constexpr int row_block = 6;  // 6 x 4 sums, 4 of b, 1 of a: 29 of 32 registers
  static constexpr int column_vectors = 4;

  static Vec zero() { return _mm512_setzero_ps(); }
  static Vec set(float x) { return _mm512_set1_ps(x); }
  static Vec load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Vec x) { _mm512_storeu_ps(p, x); }
  static Vec load_fp16(const std::uint16_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static Vec load_bf16(const std::uint16_t* p) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
  }
  static Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
  static Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
  static Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
  static float first(Vec x) { return _mm512_cvtss_f32(x); }
  static float reduce_add(Vec x) { return _mm512_reduce_add_ps(x); }
  static float reduce_max(Vec x) { return _mm512_reduce_max_ps(x); }
  static Vec scale_by_power(Vec p, Vec t) {
    const __m512i power = _mm512_slli_epi32(_mm512_castps_si512(t), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), power));
  }
  static Vec zero_below(Vec x, float limit, Vec value) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, set(limit), _CMP_NLT_UQ), value);
  }
  static void hide(Vec& x) { __asm__ volatile("" : "+v"(x)); }
};

}  // namespace

constinit const TileKernels avx512_tile_kernels = tile_kernels<Avx512>("AVX-512");

}  // namespace kernels
