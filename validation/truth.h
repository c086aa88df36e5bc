// Dense attention in fp64 of a whole problem: what every rank's results are compared with.
#pragma once

#include <vector>

#include "validation/problem.h"

namespace validation {

enum class Gradients : std::uint8_t { no, yes };

// In the order batch, row, head, dim; LSE in the order batch, head, row.  The inputs are rounded to the
// element type of the problem before.
struct Truth {
  std::vector<double> output, lse, dq, dk, dv;
  std::vector<double> layer_output,
      layer_d_input;  // batch, row, column; only where the problem is by columns
};

// On so many threads.
Truth truth_of(const Problem& problem, Gradients gradients, int threads);

// Multiply-adds and the like that it takes, to judge whether a problem is small enough.
double truth_flops(const Problem& problem, Gradients gradients);

}  // namespace validation
