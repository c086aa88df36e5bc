// The sum of a reduce-scatter once all parts are there: in fp32, in the order of the parts, so that it does
// not depend on who was faster.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/element.h"

namespace kernels {

inline float widened(float value) { return value; }
inline float widened(Bf16 value) { return to_float(value); }
inline float widened(Fp16 value) { return to_float(value); }
inline void narrow(float value, float& to) { to = value; }
inline void narrow(float value, Bf16& to) { to = to_bf16(value); }
inline void narrow(float value, Fp16& to) { to = to_fp16(value); }

// sum[i] = parts[i] + parts[i + n] + ..., n = sum.size().
template <class Number>
void sum_of_parts(std::span<const Number> parts, std::span<Number> sum) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    float total = 0;
    for (std::size_t at = i; at < parts.size(); at += sum.size()) total += widened(parts[at]);
    narrow(total, sum[i]);
  }
}

}  // namespace kernels
