#include "validation/problem.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "kernels/attention_step.h"

namespace validation {

namespace {

// One step of the generator splitmix64: every index gets bits of its own.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Box and Muller: two uniform numbers make a normal one.
float normal(std::uint64_t bits) {
  constexpr float unit = 1.0F / 4294967296.0F;
  const float u = (static_cast<float>(bits >> 32) + 0.5F) * unit;
  const float angle = static_cast<float>(bits & 0xffffffffU) * unit;
  return std::sqrt(-2.0F * std::log(u)) * std::cos(2.0F * std::numbers::pi_v<float> * angle);
}

kernels::Mask mask_of(const costmodel::Mask& mask) {
  switch (mask.kind) {
    case costmodel::MaskKind::causal: return {kernels::MaskKind::causal, 0};
    case costmodel::MaskKind::full: return {kernels::MaskKind::full, 0};
    case costmodel::MaskKind::sliding: return {kernels::MaskKind::sliding, mask.window};
    case costmodel::MaskKind::documents: break;
  }
  throw std::logic_error("mask_of: packed documents are not run");
}

}  // namespace

std::string_view name_of(Tensor tensor) {
  constexpr std::array<std::string_view, tensor_count> names{
      "q",  "k",  "v",           "d_output",       "output",       "lse",          "dq",
      "dk", "dv", "layer input", "layer d_output", "layer output", "layer d_input"};
  return names.at(static_cast<std::size_t>(tensor));
}

kernels::Element element_of(costmodel::Dtype dtype) {
  switch (dtype) {
    case costmodel::Dtype::bf16: return kernels::Element::bf16;
    case costmodel::Dtype::fp16: return kernels::Element::fp16;
    case costmodel::Dtype::fp32: return kernels::Element::fp32;
  }
  return kernels::Element::fp32;
}

float Problem::number(Tensor input, std::int64_t batch_index, std::int64_t token, std::int64_t head,
                      std::int64_t d) const {
  // A layer tensor is its operator tensor by columns.
  const bool layer = input == Tensor::layer_input || input == Tensor::layer_d_output;
  const bool columns = layer || (by_columns && (input == Tensor::q || input == Tensor::d_output));
  const Tensor source = input == Tensor::layer_input      ? Tensor::q
                        : input == Tensor::layer_d_output ? Tensor::d_output
                                                          : input;
  if (input == Tensor::k || input == Tensor::v) head /= kv_copies;
  const std::int64_t place = layer ? d : columns ? column(head, d) : head * head_dim + d;
  const std::uint64_t index =
      (static_cast<std::uint64_t>(batch_index) * static_cast<std::uint64_t>(sequence) +
       static_cast<std::uint64_t>(token)) *
          (std::uint64_t{1} << 24) +
      static_cast<std::uint64_t>(place);
  return normal(mixed(mixed(seed * 16 + static_cast<std::uint64_t>(source)) ^ index));
}

Problem problem_of(const costmodel::Scenario& scenario, const costmodel::Plan& plan) {
  Problem problem;
  problem.batch = scenario.workload.batch;
  problem.sequence = scenario.workload.sequence;
  problem.heads = scenario.model.heads;
  problem.kv_copies = std::max<std::int64_t>(1, plan.tensor / scenario.model.kv_heads);
  problem.kv_heads = scenario.model.kv_heads * problem.kv_copies;
  problem.head_dim = scenario.model.head_dim;
  problem.hidden = scenario.model.hidden;
  problem.element = element_of(scenario.workload.dtype);
  problem.mask = mask_of(scenario.workload.mask);
  problem.scale = kernels::softmax_scale(problem.head_dim);
  problem.by_columns = plan.tensor > 1;
  return problem;
}

}  // namespace validation
