#include "tests/kernels/plain_attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/tensor_copy.h"

namespace kernel_tests {

namespace {

// Rows of one head, in fp32.
struct Matrix {
  std::int64_t rows, dim;
  std::vector<float> numbers;

  float* row(std::int64_t r) { return numbers.data() + r * dim; }
  const float* row(std::int64_t r) const { return numbers.data() + r * dim; }
};

Matrix zeros(std::int64_t rows, std::int64_t dim) {
  return {rows, dim, std::vector<float>(static_cast<std::size_t>(rows * dim))};
}

Matrix head_of(const kernels::ConstTensorView& view, std::int64_t batch, std::int64_t head) {
  Matrix matrix = zeros(view.rows, view.dim);
  for (std::int64_t r = 0; r < view.rows; ++r)
    for (std::int64_t d = 0; d < view.dim; ++d)
      matrix.row(r)[d] = static_cast<float>(number_at(view, batch, r, head, d));
  return matrix;
}

void put_head(const Matrix& matrix, std::int64_t batch, std::int64_t head, std::int64_t heads,
              std::vector<double>& tensor) {
  for (std::int64_t r = 0; r < matrix.rows; ++r)
    for (std::int64_t d = 0; d < matrix.dim; ++d)
      tensor[static_cast<std::size_t>(((batch * matrix.rows + r) * heads + head) * matrix.dim + d)] +=
          static_cast<double>(matrix.row(r)[d]);
}

float dot(const float* a, const float* b, std::int64_t count) {
  float sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

void add(float* to, float factor, const float* x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += factor * x[i];
}

}  // namespace

PlainAttention plain_attention(const Problem& problem) {
  const Shape& s = problem.shape;
  const auto scale = static_cast<float>(problem.scale);
  PlainAttention result;
  result.output.resize(static_cast<std::size_t>(s.batch * s.rows * s.heads * s.dim));
  result.dq = result.output;
  result.dk.resize(static_cast<std::size_t>(s.batch * s.rows * s.kv_heads * s.dim));
  result.dv = result.dk;
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t h = 0; h < s.heads; ++h) {
      const std::int64_t kv = h / (s.heads / s.kv_heads);
      const Matrix q = head_of(problem.q(), b, h), k = head_of(problem.k(), b, kv),
                   v = head_of(problem.v(), b, kv);
      const Matrix gradient = head_of(problem.d_output(), b, h);
      Matrix output = zeros(s.rows, s.dim), dq = output, dk = output, dv = output;
      for (std::int64_t i = 0; i < s.rows; ++i) {
        const kernels::KeyRange seen = keys_seen({}, problem.mask, i, s.rows);
        std::vector<float> p;
        for (std::int64_t j = seen.first; j < seen.last; ++j)
          p.push_back(scale * dot(q.row(i), k.row(j), s.dim));
        const float max = *std::max_element(p.begin(), p.end());
        float sum = 0;
        for (float& x : p) sum += x = std::exp(x - max);
        for (float& x : p) x /= sum;
        result.lse.push_back(max + std::log(sum));
        for (std::int64_t j = seen.first; j < seen.last; ++j)
          add(output.row(i), p[static_cast<std::size_t>(j - seen.first)], v.row(j), s.dim);
        const float delta = dot(gradient.row(i), output.row(i), s.dim);
        for (std::int64_t j = seen.first; j < seen.last; ++j) {
          const float weight = p[static_cast<std::size_t>(j - seen.first)];
          const float ds = scale * weight * (dot(gradient.row(i), v.row(j), s.dim) - delta);
          add(dv.row(j), weight, gradient.row(i), s.dim);
          add(dk.row(j), ds, q.row(i), s.dim);
          add(dq.row(i), ds, k.row(j), s.dim);
        }
      }
      put_head(output, b, h, s.heads, result.output);
      put_head(dq, b, h, s.heads, result.dq);
      put_head(dk, b, kv, s.kv_heads, result.dk);
      put_head(dv, b, kv, s.kv_heads, result.dv);
    }
  return result;
}

}  // namespace kernel_tests
