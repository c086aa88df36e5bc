// Results of all ranks against the truth: errors by tensor, their limits, and where the worst number is.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "costmodel/schedule/schedule.h"
#include "validation/truth.h"

namespace validation {

// The number that is furthest from the truth.
struct WorstNumber {
  int rank = 0;
  std::int64_t batch = 0;
  std::int64_t head = 0;    // 0 for tensors of the layer
  std::int64_t row = 0;     // token
  std::int64_t column = 0;  // dimension of the head, or column of the layer
  double expected = 0;
  double got = 0;
};

struct TensorError {
  Tensor tensor = Tensor::output;
  double relative = 0;  // |x - truth| / |truth|, Frobenius; of lse the largest difference
  double worst = 0;     // largest |x - truth| / largest |truth|; of lse the same as `relative`
  double relative_limit = 0;
  double worst_limit = 0;
  WorstNumber place;

  // A NaN is over every limit.
  bool agrees() const { return relative <= relative_limit && worst <= worst_limit; }
};

// What errors may be: docs/kernels.md, Tolerances.  A gradient that travels in 16 bits is rounded at every
// hop: beyond eight hops the limits of gradients grow with the square root of their number.
struct Limits {
  double relative = 0;
  double worst = 0;
};
Limits limits_of(Tensor tensor, kernels::Element element, int roundings);

// How often a gradient is rounded to 16 bits on its way: 1, or once per ring position where it travels so.
int gradient_roundings(const costmodel::Schedule& schedule, kernels::Element element,
                       costmodel::GradDtype travelling);

// `results` of each rank: PhaseRecord::results of one phase.  One entry per tensor that the phase makes.
std::vector<TensorError> check_results(const costmodel::Schedule& schedule, const costmodel::Phase& phase,
                                       const Problem& problem,
                                       std::span<const std::vector<std::byte>> results, const Truth& truth,
                                       int roundings);

// "dq of batch 0, head 3, row 17, column 40 (rank 2): expected 0.125, got 0.25".
std::string text_of(const TensorError& error);

}  // namespace validation
