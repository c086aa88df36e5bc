// Backend `reference`: attention in fp64, one pair at a time, written to be read and believed.
//
// The dense functions hold the whole problem and are the truth that tests compare with; they return fp64. The
// steps do the same arithmetic, but what they carry is fp32 like that of every backend.
#pragma once

#include <vector>

#include "kernels/attention_step.h"

namespace kernels {

// O in the order batch, row, head, dim; LSE in the order batch, head, row.
struct DenseAttention {
  std::vector<double> output, lse;
};
// In the order batch, row, head, dim.
struct DenseGradients {
  std::vector<double> dq, dk, dv;
};

DenseAttention dense_attention(const ConstTensorView& q, const ConstTensorView& k, const ConstTensorView& v,
                               const PositionRule& position, const Mask& mask, double scale);
DenseGradients dense_gradients(const ConstTensorView& q, const ConstTensorView& k, const ConstTensorView& v,
                               const ConstTensorView& d_output, const PositionRule& position,
                               const Mask& mask, double scale);

void reference_forward_step(const ForwardStep& step, const ForwardState& state);
void reference_backward_step(const BackwardStep& step, const GradientState& state);

}  // namespace kernels
