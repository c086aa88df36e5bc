// Where the parts of the problem's tensors lie in the buffers of one rank: what it is given when a phase
// begins, and what it holds when the phase ends.
//
// Buffers have fixed orders inside: Q, O and their gradients are (batch, row, head, dim); "K,V" is K, then V;
// the query bundle is Q, dO, LSE, delta; "Q,K,V by tokens" is Q, K, V; gathered keys are the blocks of all
// ring positions one after the other.  Rows are the tokens of the rank's ring position in their order.
#pragma once

#include <string_view>
#include <vector>

#include "costmodel/schedule/schedule.h"
#include "kernels/tensor_view.h"
#include "validation/problem.h"

namespace validation {

// Rows x heads x dim of one tensor inside a buffer.
struct TensorPlace {
  Tensor tensor = Tensor::q;
  costmodel::BufferId buffer;
  std::int64_t offset = 0;  // bytes into the buffer
  kernels::Element element = kernels::Element::fp32;
  std::int64_t batch = 0, rows = 0, heads = 0, dim = 0;
  std::int64_t first_head = 0;  // of the whole model
  std::int64_t first_row = 0;   // among `tokens`
  costmodel::TokenSet tokens;   // of the ring position

  std::int64_t bytes() const { return batch * rows * heads * dim * kernels::bytes_of(element); }
};

// The token in row `row` of a set.
std::int64_t token_of(const costmodel::TokenSet& set, std::int64_t row);

// The element type of a buffer that holds so many numbers: fp32, or the type of the inputs.
kernels::Element element_of(const costmodel::Buffer& buffer, std::int64_t numbers, kernels::Element inputs);

// -1 when the phase has none of that name.
costmodel::BufferId find_buffer(const costmodel::Phase& phase, std::string_view name);

// Filled before the phase; in a backward phase the tensors that the forward phase has left are not among
// them.
std::vector<TensorPlace> input_places(const costmodel::Schedule& schedule, const costmodel::Phase& phase,
                                      costmodel::Rank rank, const Problem& problem);
// Compared after the phase.
std::vector<TensorPlace> result_places(const costmodel::Schedule& schedule, const costmodel::Phase& phase,
                                       costmodel::Rank rank, const Problem& problem);

// Names of the buffers that a forward phase leaves for the backward phase.
inline constexpr std::string_view left_for_backward[] = {"Q", "K,V", "O", "LSE"};

}  // namespace validation
