// For any processor: vectors of four floats that the compiler maps to what is there.
#include "kernels/cpu_tile_body.h"
#include "kernels/element.h"

namespace kernels {

namespace {

struct Portable {
  typedef float Vec __attribute__((vector_size(16)));  // NOLINT: as in cpu_tile_body.h
  typedef float Unaligned __attribute__((vector_size(16), aligned(4), may_alias));  // NOLINT
  typedef std::int32_t Bits __attribute__((vector_size(16)));                       // NOLINT
  static constexpr int lanes = 4;
  static constexpr int row_block = 6;
  static constexpr int column_vectors = 2;

  static Vec zero() { return Vec{0, 0, 0, 0}; }
  static Vec set(float x) { return Vec{x, x, x, x}; }
  static Vec load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
  static void store(float* p, Vec x) { *reinterpret_cast<Unaligned*>(p) = x; }
  static Vec load_fp16(const std::uint16_t* p) {
    return Vec{to_float(Fp16{p[0]}), to_float(Fp16{p[1]}), to_float(Fp16{p[2]}), to_float(Fp16{p[3]})};
  }
  static Vec load_bf16(const std::uint16_t* p) {
    return Vec{to_float(Bf16{p[0]}), to_float(Bf16{p[1]}), to_float(Bf16{p[2]}), to_float(Bf16{p[3]})};
  }
  static Vec add(Vec a, Vec b) { return a + b; }
  static Vec mul(Vec a, Vec b) { return a * b; }
  static Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
  static Vec max(Vec a, Vec b) { return a > b ? a : b; }
  static float first(Vec x) { return x[0]; }
  static float reduce_add(Vec x) { return (x[0] + x[2]) + (x[1] + x[3]); }
  static float reduce_max(Vec x) {
    float largest = x[0];
    for (int i = 1; i < lanes; ++i) largest = largest > x[i] ? largest : x[i];
    return largest;
  }
  static Vec scale_by_power(Vec p, Vec t) {
    const Bits power = reinterpret_cast<Bits>(t) << 23;
    return reinterpret_cast<Vec>(reinterpret_cast<Bits>(p) + power);
  }
  static Vec zero_below(Vec x, float limit, Vec value) { return x < set(limit) ? zero() : value; }
#if defined(__x86_64__)
  static void hide(Vec& x) { __asm__ volatile("" : "+x"(x)); }
#elif defined(__aarch64__)
  static void hide(Vec& x) { __asm__ volatile("" : "+w"(x)); }
#else
  static void hide(Vec& x) { __asm__ volatile("" : "+m"(x)); }
#endif
};

}  // namespace

constinit const TileKernels portable_tile_kernels = tile_kernels<Portable>("portable");

}  // namespace kernels
