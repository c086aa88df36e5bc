#include "kernels/element.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/cpu_level.h"
#include "tests/catch.h"

using namespace kernels;

TEST_CASE("every fp16 number survives the way to fp32 and back") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Fp16 number{static_cast<std::uint16_t>(bits)};
    const float wide = to_float(number);
    if (std::isnan(wide))
      REQUIRE(std::isnan(to_float(to_fp16(wide))));
    else
      REQUIRE(to_fp16(wide).bits == bits);
  }
}

TEST_CASE("every bf16 number survives the way to fp32 and back") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float wide = to_float(Bf16{static_cast<std::uint16_t>(bits)});
    if (std::isnan(wide))
      REQUIRE(std::isnan(to_float(to_bf16(wide))));
    else
      REQUIRE(to_bf16(wide).bits == bits);
  }
}

TEST_CASE("known numbers have the bits of the standard") {
  CHECK(to_float(Fp16{0x3c00}) == 1.0F);
  CHECK(to_float(Fp16{0x7bff}) == 65504.0F);
  CHECK(to_float(Fp16{0x0001}) == 0x1p-24F);
  CHECK(to_float(Fp16{0x8400}) == -0x1p-14F);
  CHECK(to_float(Bf16{0x3f80}) == 1.0F);
  CHECK(to_float(Bf16{0xc040}) == -3.0F);
}

TEST_CASE("rounding is to nearest, ties to even, and overflows to infinity") {
  CHECK(to_fp16(1.0F + 0x1p-11F).bits == 0x3c00);  // half way between 1 and 1 + 2^-10: to even
  CHECK(to_fp16(1.0F + 0x3p-11F).bits == 0x3c02);
  CHECK(to_fp16(1.0F + 0x1.1p-11F).bits == 0x3c01);
  CHECK(to_fp16(0x1p-25F).bits == 0);  // half of the smallest
  CHECK(to_fp16(0x3p-25F).bits == 2);
  CHECK(to_fp16(0x1.ffcp-15F).bits == 0x03ff + 1);  // the largest subnormal rounds up to the smallest normal
  CHECK(to_fp16(65519.0F).bits == 0x7bff);
  CHECK(to_fp16(65520.0F).bits == 0x7c00);
  CHECK(to_fp16(-1e30F).bits == 0xfc00);
  CHECK(to_bf16(1.0F + 0x1p-8F).bits == 0x3f80);
  CHECK(to_bf16(1.0F + 0x3p-8F).bits == 0x3f82);
  CHECK(to_bf16(std::numeric_limits<float>::max()).bits == 0x7f80);
  // A NaN whose set bits are all cut off must not become infinity.
  CHECK(std::isnan(to_float(to_bf16(std::bit_cast<float>(0x7f800001U)))));
  CHECK(std::isnan(to_float(to_fp16(std::bit_cast<float>(0x7f800001U)))));
}

TEST_CASE("the loops of every instruction set read fp16 and bf16 as to_float does") {
  for (const CpuLevel level : available_cpu_levels()) {
    const TileKernels& tile = tile_kernels_of(level);
    INFO(tile.name);
    for (std::uint32_t first = 0; first < 0x10000; first += 16) {
      std::array<std::uint16_t, 16> bits{};
      for (std::uint32_t i = 0; i < 16; ++i) bits.at(i) = static_cast<std::uint16_t>(first + i);
      std::array<float, 16> fp16{}, bf16{};
      tile.load_fp16(bits.data(), 16, fp16.data());
      tile.load_bf16(bits.data(), 16, bf16.data());
      for (std::size_t i = 0; i < 16; ++i) {
        const float a = to_float(Fp16{bits.at(i)}), b = to_float(Bf16{bits.at(i)});
        REQUIRE((fp16.at(i) == a || (std::isnan(a) && std::isnan(fp16.at(i)))));
        REQUIRE((bf16.at(i) == b || (std::isnan(b) && std::isnan(bf16.at(i)))));
      }
    }
  }
}
