// One attention step: a block of queries against a block of keys, with what earlier steps left carried along.
//
// Forward, per query row, over the keys j that the row sees, s_j = scale x (q . k_j):
//     m' = max(m, max_j s_j),   l' = l exp(m - m') + sum_j exp(s_j - m'),
//     o' = o exp(m - m') + sum_j exp(s_j - m') v_j.
// After the last step finish() gives O = o / l and LSE = m + ln l, so the order and the number of steps do
// not matter beyond rounding.  Backward uses the LSE and delta = rowsum(dO x O) of the *whole* row, never
// those of one block; then blocks are independent:
//     p_j = exp(s_j - LSE),   ds_j = p_j (dO . v_j - delta),
//     dV_j += p_j dO,   dK_j += scale ds_j q,   dQ += scale sum_j ds_j k_j.
// Query head h reads key head h / (query heads / key heads).  A row that has seen no key has o = 0, l = 0,
// m = -inf, and ends with O = 0 and LSE = -inf; its gradients are 0.  Formulas with numbers: docs/kernels.md.
#pragma once

#include "kernels/position_rule.h"
#include "kernels/tensor_view.h"

namespace kernels {

// 1 / sqrt(dim), the usual scale.
double softmax_scale(std::int64_t dim);

struct ForwardStep {
  ConstTensorView q, k, v;
  PositionRule position;
  Mask mask;
  double scale = 0;  // must be positive: softmax_scale(dim)
};

// Carried from step to step; all fp32.
struct ForwardState {
  TensorView output;    // o: not yet divided by the sum
  RowView running_max;  // m
  RowView running_sum;  // l
};

struct BackwardStep {
  ConstTensorView q, k, v, d_output;
  ConstRowView lse, delta;  // of the whole row
  PositionRule position;
  Mask mask;
  double scale = 0;
};

// All fp32; a step adds to them.
struct GradientState {
  TensorView dq, dk, dv;
};

// Throw ArgumentError unless shapes, strides and values fit together; `operation` begins the message.
void check(const char* operation, const ForwardStep& step, const ForwardState& state);
void check(const char* operation, const BackwardStep& step, const GradientState& state);
// One rule of the above, for other functions on views.
void check_same_shape(const char* operation, const char* name, const ConstTensorView& view,
                      const char* expected_name, const ConstTensorView& expected);
void check_per_row(const char* operation, const char* name, const ConstRowView& view,
                   const ConstTensorView& of);

}  // namespace kernels
