#include "kernels/element.h"

#include <bit>
#include <cmath>

namespace kernels {

std::string_view name_of(Element element) {
  switch (element) {
    case Element::fp32: return "fp32";
    case Element::fp16: return "fp16";
    case Element::bf16: return "bf16";
  }
  return "?";
}

float to_float(Bf16 value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16U); }

Bf16 to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return {static_cast<std::uint16_t>((bits >> 16U) | 0x40U)};
  return {static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U)};
}

float to_float(Fp16 value) {
  const std::uint32_t sign = (value.bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (value.bits >> 10U) & 0x1fU;
  const std::uint32_t fraction = value.bits & 0x3ffU;
  if (exponent == 0) {  // zero and subnormal numbers: fraction x 2^-24, exact in fp32
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign == 0 ? magnitude : -magnitude;
  }
  if (exponent == 0x1fU) return std::bit_cast<float>(sign | 0x7f800000U | (fraction << 13U));
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (fraction << 13U));
}

Fp16 to_fp16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return {static_cast<std::uint16_t>(sign | 0x7e00U | ((bits >> 13U) & 0x3ffU))};
  if (magnitude >= 65520.0F) return {static_cast<std::uint16_t>(sign | 0x7c00U)};
  if (magnitude < 0x1p-14F) {  // subnormal: count units of 2^-24; nearbyint rounds to even
    const auto units = static_cast<std::uint32_t>(std::nearbyint(magnitude * 0x1p24F));
    return {static_cast<std::uint16_t>(sign | units)};
  }
  const std::uint32_t rounded = (bits & 0x7fffffffU) + 0xfffU + ((bits >> 13U) & 1U);
  return {static_cast<std::uint16_t>(sign | ((rounded - (112U << 23U)) >> 13U))};
}

}  // namespace kernels
