#include "validation/truth.h"

#include <algorithm>
#include <atomic>

#include "costmodel/base/on_threads.h"
#include "kernels/reference_attention.h"
#include "kernels/tensor_copy.h"

namespace validation {

namespace {

// A whole tensor of the problem, some heads of one sequence, in its element type.
class Inputs {
 public:
  Inputs(const Problem& problem, Tensor tensor, std::int64_t batch, std::int64_t first_head,
         std::int64_t heads)
      : bytes_(static_cast<std::size_t>(problem.sequence * heads * problem.head_dim *
                                        bytes_of(problem.element))),
        view_(kernels::packed_view(static_cast<void*>(bytes_.data()), problem.element, 1, problem.sequence,
                                   heads, problem.head_dim)) {
    std::vector<float> numbers(static_cast<std::size_t>(problem.head_dim));
    for (std::int64_t token = 0; token < problem.sequence; ++token)
      for (std::int64_t h = 0; h < heads; ++h) {
        for (std::size_t d = 0; d < numbers.size(); ++d)
          numbers[d] = problem.number(tensor, batch, token, first_head + h, static_cast<std::int64_t>(d));
        write_row(numbers.data(), view_, 0, token, h);
      }
  }
  kernels::ConstTensorView view() const { return view_; }

 private:
  std::vector<std::byte> bytes_;
  kernels::TensorView view_;
};

// Calls item(i) for 0 <= i < count on some threads.
template <class Item>
void for_items(int threads, std::int64_t count, Item item) {
  std::atomic<std::int64_t> next{0};
  costmodel::on_threads(
      threads,
      [&](int) {
        for (std::int64_t i = next++; i < count; i = next++) item(i);
      },
      [&] { next = count; });
}

// The operator's numbers, each in the column of its head and dimension.
std::vector<double> summed_into_columns(const Problem& problem, const std::vector<double>& by_heads) {
  std::vector<double> columns(static_cast<std::size_t>(problem.batch * problem.sequence * problem.hidden));
  std::size_t at = 0;
  for (std::int64_t row = 0; row < problem.batch * problem.sequence; ++row)
    for (std::int64_t h = 0; h < problem.heads; ++h)
      for (std::int64_t d = 0; d < problem.head_dim; ++d)
        columns[static_cast<std::size_t>(row * problem.hidden + problem.column(h, d))] += by_heads[at++];
  return columns;
}

}  // namespace

Truth truth_of(const Problem& problem, Gradients gradients, int threads) {
  const std::int64_t group = problem.heads / problem.kv_heads;
  const std::size_t rows = static_cast<std::size_t>(problem.batch * problem.sequence);
  const std::size_t query_row = static_cast<std::size_t>(problem.heads * problem.head_dim);
  const std::size_t key_row = static_cast<std::size_t>(problem.kv_heads * problem.head_dim);
  Truth truth;
  truth.output.resize(rows * query_row);
  truth.lse.resize(rows * static_cast<std::size_t>(problem.heads));
  if (gradients == Gradients::yes) {
    truth.dq.resize(rows * query_row);
    truth.dk.resize(rows * key_row);
    truth.dv.resize(rows * key_row);
  }
  // One item is a key head of one sequence, with the query heads that read it.
  for_items(threads, problem.batch * problem.kv_heads, [&](std::int64_t item) {
    const std::int64_t batch = item / problem.kv_heads, kv_head = item % problem.kv_heads;
    const Inputs q(problem, Tensor::q, batch, kv_head * group, group);
    const Inputs k(problem, Tensor::k, batch, kv_head, 1), v(problem, Tensor::v, batch, kv_head, 1);
    const auto put = [&](const std::vector<double>& part, std::vector<double>& whole, std::int64_t heads,
                         std::int64_t first_head, std::size_t whole_row) {
      const std::size_t width = static_cast<std::size_t>(heads * problem.head_dim);
      for (std::int64_t row = 0; row < problem.sequence; ++row)
        std::copy_n(part.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * width), width,
                    whole.begin() + static_cast<std::ptrdiff_t>(
                                        static_cast<std::size_t>(batch * problem.sequence + row) * whole_row +
                                        static_cast<std::size_t>(first_head * problem.head_dim)));
    };
    const kernels::DenseAttention forward =
        dense_attention(q.view(), k.view(), v.view(), {}, problem.mask, problem.scale);
    put(forward.output, truth.output, group, kv_head * group, query_row);
    std::copy(forward.lse.begin(), forward.lse.end(),
              truth.lse.begin() + (batch * problem.heads + kv_head * group) * problem.sequence);
    if (gradients == Gradients::no) return;
    const Inputs d_output(problem, Tensor::d_output, batch, kv_head * group, group);
    const kernels::DenseGradients backward =
        dense_gradients(q.view(), k.view(), v.view(), d_output.view(), {}, problem.mask, problem.scale);
    put(backward.dq, truth.dq, group, kv_head * group, query_row);
    put(backward.dk, truth.dk, 1, kv_head, key_row);
    put(backward.dv, truth.dv, 1, kv_head, key_row);
  });
  if (problem.by_columns) {
    truth.layer_output = summed_into_columns(problem, truth.output);
    if (gradients == Gradients::yes) truth.layer_d_input = summed_into_columns(problem, truth.dq);
  }
  return truth;
}

double truth_flops(const Problem& problem, Gradients gradients) {
  const double pairs =
      static_cast<double>(kernels::kept_pairs({}, problem.mask, problem.sequence, problem.sequence));
  // Backward computes the forward pass again.
  const double per_pair = gradients == Gradients::yes ? 4.0 + 4.0 + 10.0 : 4.0;
  return pairs * per_pair * static_cast<double>(problem.batch * problem.heads * problem.head_dim);
}

}  // namespace validation
