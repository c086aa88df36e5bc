// The number formats of tensors, and how single numbers change between them.
//
// All arithmetic of the kernels is fp32 (fp64 in the reference); fp16 and bf16 are storage.  Rounding is to
// nearest, ties to even; too large becomes infinity; NaN stays NaN.
#pragma once

#include <cstdint>
#include <string_view>

namespace kernels {

enum class Element { fp32, fp16, bf16 };

constexpr std::int64_t bytes_of(Element element) { return element == Element::fp32 ? 4 : 2; }
std::string_view name_of(Element element);

struct Fp16 {
  std::uint16_t bits = 0;
};
struct Bf16 {
  std::uint16_t bits = 0;
};

float to_float(Fp16 value);
float to_float(Bf16 value);
Fp16 to_fp16(float value);
Bf16 to_bf16(float value);

}  // namespace kernels
