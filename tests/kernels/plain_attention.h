// Attention as one writes it first: the whole score matrix, a softmax per row, sums from left to right, all
// in fp32.  The yardstick of "at most twice the error of a plain implementation of the same precision".
#pragma once

#include <vector>

#include "tests/kernels/attention_problem.h"

namespace kernel_tests {

struct PlainAttention {
  std::vector<double> output, dq, dk, dv;
  std::vector<float> lse;  // in the order batch, head, row
};

PlainAttention plain_attention(const Problem& problem);

}  // namespace kernel_tests
