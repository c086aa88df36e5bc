#include "tests/kernels/attention_problem.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "kernels/attention_state.h"
#include "kernels/tensor_copy.h"

namespace kernel_tests {

using namespace kernels;

namespace {

void fill(const TensorView& tensor, std::mt19937& random, double size, double offset, Inputs inputs) {
  std::normal_distribution<float> normal;
  std::vector<float> row(static_cast<std::size_t>(tensor.dim));
  for (std::int64_t b = 0; b < tensor.batch; ++b)
    for (std::int64_t r = 0; r < tensor.rows; ++r)
      for (std::int64_t h = 0; h < tensor.heads; ++h) {
        for (float& x : row) {
          x = static_cast<float>(size) * normal(random) + static_cast<float>(offset);
          if (inputs == Inputs::outliers && random() % 1000 == 0) x *= 10;
        }
        if (inputs == Inputs::constant_rows && r > 0) read_row(tensor, b, 0, h, row.data());
        write_row(row.data(), tensor, b, r, h);
      }
}

template <class Step>
void visit(const std::vector<Run>& query_runs, const std::vector<Run>& key_runs, const Step& step) {
  for (const Run& q : query_runs)
    for (const Run& k : key_runs) step(q, k, PositionRule{q.first, q.stride, k.first, k.stride});
}

template <class View>
View cut(const View& view, const Run& run) {
  return rows_of(view, run.first, run.count, run.stride);
}

}  // namespace

std::string name_of(Inputs inputs) {
  switch (inputs) {
    case Inputs::normal: return "normal";
    case Inputs::outliers: return "outliers";
    case Inputs::large_scores: return "large scores";
    case Inputs::negative_scores: return "negative scores";
    case Inputs::constant_rows: return "constant rows";
  }
  return "?";
}

std::string name_of(Layout layout) {
  return layout == Layout::contiguous ? "contiguous" : layout == Layout::zigzag ? "zigzag" : "striped";
}

OwnedTensor::OwnedTensor(Element type, std::int64_t batch_, std::int64_t rows_, std::int64_t heads_,
                         std::int64_t dim_)
    : element(type),
      batch(batch_),
      rows(rows_),
      heads(heads_),
      dim(dim_),
      bytes(static_cast<std::size_t>(batch_ * rows_ * heads_ * dim_ * bytes_of(type))) {}

TensorView OwnedTensor::view() { return packed_view(bytes.data(), element, batch, rows, heads, dim); }
ConstTensorView OwnedTensor::view() const {
  return packed_view(bytes.data(), element, batch, rows, heads, dim);
}

std::vector<double> OwnedTensor::numbers() const {
  std::vector<double> all;
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t d = 0; d < dim; ++d) all.push_back(number_at(view(), b, r, h, d));
  return all;
}

OwnedRows::OwnedRows(std::int64_t batch_, std::int64_t heads_, std::int64_t rows_, float value)
    : batch(batch_),
      heads(heads_),
      rows(rows_),
      numbers(static_cast<std::size_t>(batch_ * heads_ * rows_), value) {}

RowView OwnedRows::view() { return packed_rows(numbers.data(), batch, heads, rows); }
ConstRowView OwnedRows::view() const { return packed_rows(numbers.data(), batch, heads, rows); }

Problem::Problem(const Shape& shape_, Element element_, const Mask& mask_, Inputs inputs, unsigned seed)
    : shape(shape_),
      element(element_),
      mask(mask_),
      scale(softmax_scale(shape_.dim)),
      q_(element, shape.batch, shape.rows, shape.heads, shape.dim),
      k_(element, shape.batch, shape.rows, shape.kv_heads, shape.dim),
      v_(element, shape.batch, shape.rows, shape.kv_heads, shape.dim),
      d_output_(element, shape.batch, shape.rows, shape.heads, shape.dim) {
  std::mt19937 random(seed);
  // Scores have the size scale x sqrt(dim) x q x k = q x k; an offset c in q and -c in k shifts them by
  // -c^2 sqrt(dim).
  const double size = inputs == Inputs::large_scores ? 5.0 : 1.0;
  const double shift = inputs == Inputs::negative_scores ? std::sqrt(80.0 * scale) : 0.0;
  fill(q_.view(), random, size, shift, inputs == Inputs::constant_rows ? Inputs::normal : inputs);
  fill(k_.view(), random, size, -shift, inputs);
  fill(v_.view(), random, 1, 0, inputs == Inputs::outliers ? inputs : Inputs::normal);
  fill(d_output_.view(), random, 1, 0, Inputs::normal);
}

DenseAttention Problem::dense() const { return dense_attention(q(), k(), v(), {}, mask, scale); }
DenseGradients Problem::gradients() const {
  return dense_gradients(q(), k(), v(), d_output(), {}, mask, scale);
}

std::vector<Run> runs_of(Layout layout, std::int64_t rows, int parts, int part) {
  const std::int64_t share = rows / parts;
  switch (layout) {
    case Layout::contiguous: return {{part * share, 1, share}};
    case Layout::striped: return {{part, parts, share}};
    case Layout::zigzag: {
      const std::int64_t half = share / 2;
      return {{part * half, 1, half}, {(2 * parts - 1 - part) * half, 1, half}};
    }
  }
  return {};
}

Result run_ring(const Problem& problem, Layout layout, int parts, const Backend& backend,
                const StepOptions& options) {
  const Shape& s = problem.shape;
  OwnedTensor carried(Element::fp32, s.batch, s.rows, s.heads, s.dim);
  OwnedRows max(s.batch, s.heads, s.rows), sum = max, lse = max, delta = max;
  const ForwardState state = {carried.view(), max.view(), sum.view()};
  reset(state);
  const auto for_steps = [&](const auto& step) {
    for (int rank = 0; rank < parts; ++rank)
      for (int hop = 0; hop < parts; ++hop)
        visit(runs_of(layout, s.rows, parts, rank),
              runs_of(layout, s.rows, parts, (rank + parts - hop) % parts), step);
  };
  for_steps([&](const Run& q, const Run& k, const PositionRule& position) {
    backend.forward_step({cut(problem.q(), q), cut(problem.k(), k), cut(problem.v(), k), position,
                          problem.mask, problem.scale},
                         {cut(state.output, q), cut(state.running_max, q), cut(state.running_sum, q)},
                         options);
  });
  OwnedTensor output(problem.element, s.batch, s.rows, s.heads, s.dim);
  finish(state, output.view(), lse.view());
  delta_of(problem.d_output(), output.view(), delta.view());

  OwnedTensor dq(Element::fp32, s.batch, s.rows, s.heads, s.dim);
  OwnedTensor dk(Element::fp32, s.batch, s.rows, s.kv_heads, s.dim), dv = dk;
  const GradientState gradients = {dq.view(), dk.view(), dv.view()};
  for_steps([&](const Run& q, const Run& k, const PositionRule& position) {
    backend.backward_step({cut(problem.q(), q), cut(problem.k(), k), cut(problem.v(), k),
                           cut(problem.d_output(), q), cut(ConstRowView(lse.view()), q),
                           cut(ConstRowView(delta.view()), q), position, problem.mask, problem.scale},
                          {cut(gradients.dq, q), cut(gradients.dk, k), cut(gradients.dv, k)}, options);
  });
  const auto rounded = [&](OwnedTensor& gradient) {
    OwnedTensor result(problem.element, gradient.batch, gradient.rows, gradient.heads, gradient.dim);
    convert(gradient.view(), result.view());
    return result.numbers();
  };
  return {output.numbers(), rounded(dq), rounded(dk), rounded(dv), lse.numbers};
}

double relative_error(const std::vector<double>& x, const std::vector<double>& truth) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    error += (x.at(i) - truth[i]) * (x.at(i) - truth[i]);
    size += truth[i] * truth[i];
  }
  return std::sqrt(error / size);
}

double worst_error(const std::vector<double>& x, const std::vector<double>& truth) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double difference = std::fabs(x.at(i) - truth[i]);
    if (std::isnan(difference)) return difference;
    error = std::max(error, difference);
    size = std::max(size, std::fabs(truth[i]));
  }
  return error / size;
}

double lse_error(const std::vector<float>& lse, const std::vector<double>& truth) {
  double error = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto x = static_cast<double>(lse.at(i));
    if (x == truth[i]) continue;  // both -infinity as well
    const double difference = std::fabs(x - truth[i]);
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    error = std::max(error, difference);
  }
  return error;
}

std::vector<Runner> runners() {
  std::vector<Runner> all;
  all.push_back({"reference", &backend_named("reference"), {}});
  for (const CpuLevel level : available_cpu_levels()) {
    StepOptions options;
    options.cpu_level = level;
    all.push_back({"cpu, " + std::string(kernels::name_of(level)), &backend_named("cpu"), options});
  }
  return all;
}

}  // namespace kernel_tests
