// What happens to the carried state between and after the steps: start, merge, finish, delta.
#pragma once

#include "kernels/attention_step.h"

namespace kernels {

// o = 0, l = 0, m = -inf: no key seen.
void reset(const ForwardState& state);
// All gradients 0.
void reset(const GradientState& state);

// Moves `into` on by what `part` saw, as if one state had seen the keys of both:
//     m' = max(m_a, m_b),   l' = l_a exp(m_a - m') + l_b exp(m_b - m'),   o' likewise.
void merge(const ForwardState& into, const ForwardState& part);

// O = o / l, rounded to the type of `output`, and LSE = m + ln l.  Rows that saw no key: O = 0, LSE = -inf.
void finish(const ForwardState& state, const TensorView& output, const RowView& lse);

// delta = rowsum(dO x O), with O of the whole row.
void delta_of(const ConstTensorView& d_output, const ConstTensorView& output, const RowView& delta);

}  // namespace kernels
