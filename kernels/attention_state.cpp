#include "kernels/attention_state.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/tensor_copy.h"

namespace kernels {

namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

template <class Body>
void for_rows(const ConstTensorView& view, Body body) {
  for (std::int64_t batch = 0; batch < view.batch; ++batch)
    for (std::int64_t row = 0; row < view.rows; ++row)
      for (std::int64_t head = 0; head < view.heads; ++head) body(batch, row, head);
}

float* numbers_of(const TensorView& view, std::int64_t batch, std::int64_t row, std::int64_t head) {
  return reinterpret_cast<float*>(view.at(batch, row, head));
}

void check_state(const char* operation, const char* name, const ForwardState& state,
                 const ConstTensorView& shape) {
  check_same_shape(operation, name, state.output, "the output", shape);
  if (state.output.element != Element::fp32)
    throw ArgumentError(std::string(operation) + ": the state's output is " +
                        std::string(name_of(state.output.element)) + "; it must be fp32");
  check_per_row(operation, "running_max", state.running_max, shape);
  check_per_row(operation, "running_sum", state.running_sum, shape);
}

void fill_zero(const char* name, const TensorView& view) {
  if (view.element != Element::fp32)
    throw ArgumentError("reset: " + std::string(name) + " is " + std::string(name_of(view.element)) +
                        "; gradients are carried in fp32");
  for_rows(view, [&](std::int64_t batch, std::int64_t row, std::int64_t head) {
    std::fill_n(numbers_of(view, batch, row, head), view.dim, 0.0F);
  });
}

}  // namespace

void reset(const ForwardState& state) {
  check_state("reset", "the state", state, state.output);
  for_rows(state.output, [&](std::int64_t batch, std::int64_t row, std::int64_t head) {
    std::fill_n(numbers_of(state.output, batch, row, head), state.output.dim, 0.0F);
    state.running_max.at(batch, head, row) = minus_infinity;
    state.running_sum.at(batch, head, row) = 0;
  });
}

void reset(const GradientState& state) {
  fill_zero("dq", state.dq);
  fill_zero("dk", state.dk);
  fill_zero("dv", state.dv);
}

void merge(const ForwardState& into, const ForwardState& part) {
  check_state("merge", "into", into, into.output);
  check_state("merge", "part", part, into.output);
  for_rows(into.output, [&](std::int64_t batch, std::int64_t row, std::int64_t head) {
    float& max = into.running_max.at(batch, head, row);
    const float other_max = part.running_max.at(batch, head, row);
    const float after = std::max(max, other_max);
    if (after == minus_infinity) return;  // both are empty: -inf - -inf would be NaN
    const float mine = std::exp(max - after);
    const float other = std::exp(other_max - after);
    float& sum = into.running_sum.at(batch, head, row);
    sum = sum * mine + part.running_sum.at(batch, head, row) * other;
    max = after;
    float* output = numbers_of(into.output, batch, row, head);
    const float* added = numbers_of(part.output, batch, row, head);
    for (std::int64_t d = 0; d < into.output.dim; ++d) output[d] = output[d] * mine + added[d] * other;
  });
}

void finish(const ForwardState& state, const TensorView& output, const RowView& lse) {
  check_state("finish", "the state", state, output);
  check_per_row("finish", "lse", lse, output);
  std::vector<float> numbers(static_cast<std::size_t>(output.dim));
  for_rows(output, [&](std::int64_t batch, std::int64_t row, std::int64_t head) {
    const float sum = state.running_sum.at(batch, head, row);
    const bool empty = sum == 0;
    const float factor = empty ? 0.0F : 1.0F / sum;
    const float* carried = numbers_of(state.output, batch, row, head);
    for (std::int64_t d = 0; d < output.dim; ++d) numbers[static_cast<std::size_t>(d)] = carried[d] * factor;
    write_row(numbers.data(), output, batch, row, head);
    lse.at(batch, head, row) =
        empty ? minus_infinity : state.running_max.at(batch, head, row) + std::log(sum);
  });
}

void delta_of(const ConstTensorView& d_output, const ConstTensorView& output, const RowView& delta) {
  check_same_shape("delta_of", "d_output", d_output, "output", output);
  check_per_row("delta_of", "delta", delta, output);
  std::vector<float> gradient(static_cast<std::size_t>(output.dim)), out(gradient.size());
  for_rows(output, [&](std::int64_t batch, std::int64_t row, std::int64_t head) {
    read_row(d_output, batch, row, head, gradient.data());
    read_row(output, batch, row, head, out.data());
    double sum = 0;
    for (std::size_t d = 0; d < out.size(); ++d)
      sum += static_cast<double>(gradient[d]) * static_cast<double>(out[d]);
    delta.at(batch, head, row) = static_cast<float>(sum);
  });
}

}  // namespace kernels
