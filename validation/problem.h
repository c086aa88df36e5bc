// A whole attention problem, known number by number: every rank makes its own shard of the inputs, and the
// truth makes all of them, without anybody sending anything.
#pragma once

#include <cstdint>
#include <string_view>

#include "costmodel/spec/scenario.h"
#include "kernels/element.h"
#include "kernels/position_rule.h"

namespace validation {

// What is put in and what comes out.  The last four exist where tensor parallelism gathers the layer's input
// and scatters its output: as the projections between are no part of the operator, columns of the layer are
// handed to heads as they are (see Problem::column).
enum class Tensor : std::uint8_t {
  q,
  k,
  v,
  d_output,
  output,
  lse,
  dq,
  dk,
  dv,
  layer_input,     // Q, by columns
  layer_d_output,  // dO, by columns
  layer_output,    // O, summed into columns
  layer_d_input,   // dQ, summed into columns
};
constexpr int tensor_count = 13;
std::string_view name_of(Tensor tensor);

struct Problem {
  std::int64_t batch = 1;
  std::int64_t sequence = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;   // copies counted
  std::int64_t kv_copies = 1;  // of each head of the model, side by side: one per tensor rank that reads it
  std::int64_t head_dim = 0;
  std::int64_t hidden = 0;  // columns of the layer; used by tensor parallelism alone
  kernels::Element element = kernels::Element::fp32;
  kernels::Mask mask;
  double scale = 0;
  std::uint64_t seed = 1;
  bool by_columns = false;  // numbers of Q and dO depend on their column, which several heads may share

  // Column of the layer that dimension d of query head h reads and adds to: as many as there are, then again.
  std::int64_t column(std::int64_t head, std::int64_t d) const { return (head * head_dim + d) % hidden; }
  // Normally distributed, before rounding to the element type.  `head` and d of a layer tensor: 0, the
  // column.
  float number(Tensor input, std::int64_t batch_index, std::int64_t token, std::int64_t head,
               std::int64_t d) const;
};

// The attention operator of a scenario, under a plan of which only the tensor degree matters here.  Where
// that is larger than the number of kv heads, the operator's K and V hold copies, and each copy gets the
// gradient of the query heads that read it.
Problem problem_of(const costmodel::Scenario& scenario, const costmodel::Plan& plan);

kernels::Element element_of(costmodel::Dtype dtype);

}  // namespace validation
