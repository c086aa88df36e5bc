#include "kernels/reference_attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/tensor_copy.h"

namespace kernels {

namespace {

using Row = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();

Row row_of(const ConstTensorView& view, std::int64_t batch, std::int64_t row, std::int64_t head) {
  Row numbers(static_cast<std::size_t>(view.dim));
  for (std::int64_t d = 0; d < view.dim; ++d)
    numbers[static_cast<std::size_t>(d)] = number_at(view, batch, row, head, d);
  return numbers;
}

// All rows of one head.
std::vector<Row> rows_of_head(const ConstTensorView& view, std::int64_t batch, std::int64_t head) {
  std::vector<Row> rows;
  for (std::int64_t row = 0; row < view.rows; ++row) rows.push_back(row_of(view, batch, row, head));
  return rows;
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void add_scaled(Row& sum, double factor, const Row& x) {
  for (std::size_t i = 0; i < x.size(); ++i) sum[i] += factor * x[i];
}

// m, l and o of one query row (attention_step.h).
struct RowState {
  double max = -infinity;
  double sum = 0;
  Row output;
};

void visit_keys(const Row& q, const std::vector<Row>& k, const std::vector<Row>& v, const KeyRange& seen,
                double scale, RowState& state) {
  if (seen.empty()) return;
  Row scores;
  double max = state.max;
  for (std::int64_t j = seen.first; j < seen.last; ++j) {
    scores.push_back(scale * dot(q, k[static_cast<std::size_t>(j)]));
    if (!(scores.back() <= max)) max = scores.back();  // so that NaN is not lost
  }
  if (max == -infinity) return;  // every score was -infinity
  const double factor = std::exp(state.max - max);
  state.max = max;
  state.sum *= factor;
  for (double& o : state.output) o *= factor;
  for (std::size_t j = 0; j < scores.size(); ++j) {
    const double p = std::exp(scores[j] - max);
    state.sum += p;
    add_scaled(state.output, p, v[static_cast<std::size_t>(seen.first) + j]);
  }
}

struct RowGradient {
  const Row& q;
  const Row& d_output;
  double lse, delta;
};

// Adds to dq, and to the rows of dk and dv.
void visit_keys_backward(const RowGradient& row, const std::vector<Row>& k, const std::vector<Row>& v,
                         const KeyRange& seen, double scale, Row& dq, std::vector<Row>& dk,
                         std::vector<Row>& dv) {
  if (row.lse == -infinity) return;
  for (std::int64_t key = seen.first; key < seen.last; ++key) {
    const auto j = static_cast<std::size_t>(key);
    const double p = std::exp(scale * dot(row.q, k[j]) - row.lse);
    const double ds = p * (dot(row.d_output, v[j]) - row.delta);
    add_scaled(dv[j], p, row.d_output);
    add_scaled(dk[j], scale * ds, row.q);
    add_scaled(dq, scale * ds, k[j]);
  }
}

std::size_t place(const ConstTensorView& view, std::int64_t batch, std::int64_t row, std::int64_t head) {
  return static_cast<std::size_t>(((batch * view.rows + row) * view.heads + head) * view.dim);
}

void add_to(std::vector<double>& sum, std::size_t first, const Row& row) {
  for (std::size_t d = 0; d < row.size(); ++d) sum[first + d] += row[d];
}

void add_to(const TensorView& sum, std::int64_t batch, std::int64_t row, std::int64_t head, const Row& part) {
  auto* numbers = reinterpret_cast<float*>(sum.at(batch, row, head));
  for (std::size_t d = 0; d < part.size(); ++d) numbers[d] = static_cast<float>(numbers[d] + part[d]);
}

std::vector<Row> zeros(const ConstTensorView& view) {
  return std::vector<Row>(static_cast<std::size_t>(view.rows), Row(static_cast<std::size_t>(view.dim)));
}

// Calls body(batch, query head, key head).
template <class Body>
void for_heads(const ConstTensorView& q, const ConstTensorView& k, Body body) {
  for (std::int64_t batch = 0; batch < q.batch; ++batch)
    for (std::int64_t head = 0; head < q.heads; ++head) body(batch, head, head / (q.heads / k.heads));
}

}  // namespace

DenseAttention dense_attention(const ConstTensorView& q, const ConstTensorView& k, const ConstTensorView& v,
                               const PositionRule& position, const Mask& mask, double scale) {
  DenseAttention result;
  result.output.resize(static_cast<std::size_t>(q.batch * q.rows * q.heads * q.dim));
  result.lse.resize(static_cast<std::size_t>(q.batch * q.heads * q.rows));
  for_heads(q, k, [&](std::int64_t batch, std::int64_t head, std::int64_t key_head) {
    const std::vector<Row> keys = rows_of_head(k, batch, key_head);
    const std::vector<Row> values = rows_of_head(v, batch, key_head);
    for (std::int64_t row = 0; row < q.rows; ++row) {
      RowState state;
      state.output.resize(static_cast<std::size_t>(q.dim));
      visit_keys(row_of(q, batch, row, head), keys, values, keys_seen(position, mask, row, k.rows), scale,
                 state);
      if (state.sum != 0)
        for (double& o : state.output) o /= state.sum;
      add_to(result.output, place(q, batch, row, head), state.output);
      result.lse[static_cast<std::size_t>((batch * q.heads + head) * q.rows + row)] =
          state.sum != 0 ? state.max + std::log(state.sum) : -infinity;
    }
  });
  return result;
}

DenseGradients dense_gradients(const ConstTensorView& q, const ConstTensorView& k, const ConstTensorView& v,
                               const ConstTensorView& d_output, const PositionRule& position,
                               const Mask& mask, double scale) {
  const DenseAttention forward = dense_attention(q, k, v, position, mask, scale);
  DenseGradients result;
  result.dq.resize(static_cast<std::size_t>(q.batch * q.rows * q.heads * q.dim));
  result.dk.resize(static_cast<std::size_t>(k.batch * k.rows * k.heads * k.dim));
  result.dv.resize(result.dk.size());
  for_heads(q, k, [&](std::int64_t batch, std::int64_t head, std::int64_t key_head) {
    const std::vector<Row> keys = rows_of_head(k, batch, key_head);
    const std::vector<Row> values = rows_of_head(v, batch, key_head);
    std::vector<Row> dk = zeros(k), dv = zeros(k);
    for (std::int64_t row = 0; row < q.rows; ++row) {
      const std::size_t first = place(q, batch, row, head);
      const Row query = row_of(q, batch, row, head);
      const Row gradient = row_of(d_output, batch, row, head);
      const Row output(forward.output.begin() + static_cast<std::ptrdiff_t>(first),
                       forward.output.begin() + static_cast<std::ptrdiff_t>(first) + q.dim);
      const double lse = forward.lse[static_cast<std::size_t>((batch * q.heads + head) * q.rows + row)];
      Row dq(static_cast<std::size_t>(q.dim));
      visit_keys_backward({query, gradient, lse, dot(gradient, output)}, keys, values,
                          keys_seen(position, mask, row, k.rows), scale, dq, dk, dv);
      add_to(result.dq, first, dq);
    }
    for (std::int64_t row = 0; row < k.rows; ++row) {
      add_to(result.dk, place(k, batch, row, key_head), dk[static_cast<std::size_t>(row)]);
      add_to(result.dv, place(k, batch, row, key_head), dv[static_cast<std::size_t>(row)]);
    }
  });
  return result;
}

void reference_forward_step(const ForwardStep& step, const ForwardState& state) {
  check("forward step (reference)", step, state);
  for_heads(step.q, step.k, [&](std::int64_t batch, std::int64_t head, std::int64_t key_head) {
    const std::vector<Row> keys = rows_of_head(step.k, batch, key_head);
    const std::vector<Row> values = rows_of_head(step.v, batch, key_head);
    for (std::int64_t row = 0; row < step.q.rows; ++row) {
      float& max = state.running_max.at(batch, head, row);
      float& sum = state.running_sum.at(batch, head, row);
      RowState carried{max, sum, row_of(state.output, batch, row, head)};
      visit_keys(row_of(step.q, batch, row, head), keys, values,
                 keys_seen(step.position, step.mask, row, step.k.rows), step.scale, carried);
      max = static_cast<float>(carried.max);
      if (carried.sum == 0) continue;
      // Sum and output must belong to the maximum that is carried, which was just rounded to fp32.
      const double correction = std::exp(carried.max - static_cast<double>(max));
      sum = static_cast<float>(carried.sum * correction);
      auto* output = reinterpret_cast<float*>(state.output.at(batch, row, head));
      for (std::size_t d = 0; d < carried.output.size(); ++d)
        output[d] = static_cast<float>(carried.output[d] * correction);
    }
  });
}

void reference_backward_step(const BackwardStep& step, const GradientState& state) {
  check("backward step (reference)", step, state);
  for_heads(step.q, step.k, [&](std::int64_t batch, std::int64_t head, std::int64_t key_head) {
    const std::vector<Row> keys = rows_of_head(step.k, batch, key_head);
    const std::vector<Row> values = rows_of_head(step.v, batch, key_head);
    std::vector<Row> dk = zeros(step.k), dv = zeros(step.k);
    for (std::int64_t row = 0; row < step.q.rows; ++row) {
      const Row query = row_of(step.q, batch, row, head);
      const Row gradient = row_of(step.d_output, batch, row, head);
      Row dq(static_cast<std::size_t>(step.q.dim));
      visit_keys_backward({query, gradient, step.lse.at(batch, head, row), step.delta.at(batch, head, row)},
                          keys, values, keys_seen(step.position, step.mask, row, step.k.rows), step.scale, dq,
                          dk, dv);
      add_to(state.dq, batch, row, head, dq);
    }
    for (std::int64_t row = 0; row < step.k.rows; ++row) {
      add_to(state.dk, batch, row, key_head, dk[static_cast<std::size_t>(row)]);
      add_to(state.dv, batch, row, key_head, dv[static_cast<std::size_t>(row)]);
    }
  });
}

}  // namespace kernels
