#include "validation/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/tensor_copy.h"
#include "validation/tensor_place.h"

namespace validation {

using kernels::Element;

namespace {

// Sums over all places of one tensor.
struct Sums {
  bool seen = false;
  std::int64_t count = 0;
  double difference = 0, truth = 0;  // squares
  double largest_difference = -1, largest_truth = 0;
  WorstNumber worst;

  void add(double got, double expected, const WorstNumber& where) {
    seen = true;
    ++count;
    // Two infinities of one sign agree: the LSE of a row that saw no key.
    double gap = got == expected ? 0.0 : std::abs(got - expected);
    if (std::isnan(gap)) gap = std::numeric_limits<double>::infinity();
    if (std::isfinite(expected)) {
      truth += expected * expected;
      largest_truth = std::max(largest_truth, std::abs(expected));
    }
    difference += gap * gap;
    if (gap <= largest_difference) return;
    largest_difference = gap;
    worst = where;
    worst.expected = expected;
    worst.got = got;
  }
};

const std::vector<double>& numbers_of(const Truth& truth, Tensor tensor) {
  switch (tensor) {
    case Tensor::lse: return truth.lse;
    case Tensor::dq: return truth.dq;
    case Tensor::dk: return truth.dk;
    case Tensor::dv: return truth.dv;
    case Tensor::layer_output: return truth.layer_output;
    case Tensor::layer_d_input: return truth.layer_d_input;
    default: return truth.output;
  }
}

std::int64_t heads_of(const Problem& problem, Tensor tensor) {
  if (tensor == Tensor::dk || tensor == Tensor::dv) return problem.kv_heads;
  return tensor == Tensor::layer_output || tensor == Tensor::layer_d_input ? 1 : problem.heads;
}

void add_lse(const Problem& problem, const TensorPlace& place, const std::byte* bytes, int rank,
             const Truth& truth, Sums& sums) {
  const kernels::ConstRowView lse =
      kernels::packed_rows(reinterpret_cast<const float*>(bytes), place.batch, place.heads, place.rows);
  for (std::int64_t b = 0; b < place.batch; ++b)
    for (std::int64_t h = 0; h < place.heads; ++h)
      for (std::int64_t row = 0; row < place.rows; ++row) {
        const std::int64_t token = token_of(place.tokens, place.first_row + row);
        const std::int64_t head = place.first_head + h;
        const std::int64_t at = (b * problem.heads + head) * problem.sequence + token;
        sums.add(static_cast<double>(lse.at(b, h, row)), truth.lse[static_cast<std::size_t>(at)],
                 {rank, b, head, token, 0, 0, 0});
      }
}

void add_tensor(const Problem& problem, const TensorPlace& place, const std::byte* bytes, int rank,
                const Truth& truth, Sums& sums) {
  const std::vector<double>& expected = numbers_of(truth, place.tensor);
  const std::int64_t heads = heads_of(problem, place.tensor);
  const kernels::ConstTensorView view = kernels::packed_view(static_cast<const void*>(bytes), place.element,
                                                             place.batch, place.rows, place.heads, place.dim);
  std::vector<float> numbers(static_cast<std::size_t>(place.dim));
  for (std::int64_t b = 0; b < place.batch; ++b)
    for (std::int64_t row = 0; row < place.rows; ++row) {
      const std::int64_t token = token_of(place.tokens, place.first_row + row);
      for (std::int64_t h = 0; h < place.heads; ++h) {
        read_row(view, b, row, h, numbers.data());
        const std::int64_t head = place.first_head + h;
        const std::int64_t at = ((b * problem.sequence + token) * heads + head) * place.dim;
        for (std::int64_t d = 0; d < place.dim; ++d)
          sums.add(static_cast<double>(numbers[static_cast<std::size_t>(d)]),
                   expected[static_cast<std::size_t>(at + d)], {rank, b, head, token, d, 0, 0});
      }
    }
}

bool is_gradient(Tensor tensor) {
  return tensor == Tensor::dq || tensor == Tensor::dk || tensor == Tensor::dv ||
         tensor == Tensor::layer_d_input;
}

}  // namespace

Limits limits_of(Tensor tensor, Element element, int roundings) {
  if (tensor == Tensor::lse) return {2e-5, 2e-5};
  const bool gradient = is_gradient(tensor);
  const double growth = gradient ? std::sqrt(std::max(1.0, roundings / 8.0)) : 1.0;
  switch (element) {
    case Element::fp32: return {1e-6, 1e-5};
    case Element::fp16: return {(gradient ? 1e-3 : 5e-4) * growth, 4e-3 * growth};
    case Element::bf16: return {(gradient ? 6e-3 : 4e-3) * growth, 2e-2 * growth};
  }
  return {};
}

int gradient_roundings(const costmodel::Schedule& schedule, Element element,
                       costmodel::GradDtype travelling) {
  const bool rounds = element != Element::fp32 && travelling == costmodel::GradDtype::bf16;
  return rounds ? schedule.grid.ring() : 1;
}

std::vector<TensorError> check_results(const costmodel::Schedule& schedule, const costmodel::Phase& phase,
                                       const Problem& problem,
                                       std::span<const std::vector<std::byte>> results, const Truth& truth,
                                       int roundings) {
  std::array<Sums, tensor_count> sums;
  for (int rank = 0; rank < static_cast<int>(results.size()); ++rank) {
    const std::byte* bytes = results[static_cast<std::size_t>(rank)].data();
    for (const TensorPlace& place : result_places(schedule, phase, costmodel::Rank(rank), problem)) {
      Sums& of_tensor = sums.at(static_cast<std::size_t>(place.tensor));
      if (place.tensor == Tensor::lse)
        add_lse(problem, place, bytes, rank, truth, of_tensor);
      else
        add_tensor(problem, place, bytes, rank, truth, of_tensor);
      bytes += place.bytes();
    }
  }
  std::vector<TensorError> errors;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    const Sums& of_tensor = sums[t];
    if (!of_tensor.seen) continue;
    TensorError error;
    error.tensor = static_cast<Tensor>(t);
    error.place = of_tensor.worst;
    const bool absolute = error.tensor == Tensor::lse;
    // A tensor of zeros (no key seen anywhere, or gradients of queries that see one key each, where all
    // cancels) has no scale: it is then held to that of as many normal numbers, which the inputs are.
    const bool zeros = of_tensor.truth == 0;
    const double count = static_cast<double>(std::max<std::int64_t>(2, of_tensor.count));
    const double scale = absolute ? 1.0 : std::sqrt(zeros ? count : of_tensor.truth);
    const double largest = absolute ? 1.0 : zeros ? std::sqrt(2 * std::log(count)) : of_tensor.largest_truth;
    error.worst = of_tensor.largest_difference / largest;
    error.relative = absolute ? error.worst : std::sqrt(of_tensor.difference) / scale;
    const Limits limits = limits_of(error.tensor, problem.element, roundings);
    error.relative_limit = limits.relative;
    error.worst_limit = limits.worst;
    errors.push_back(error);
  }
  return errors;
}

std::string text_of(const TensorError& error) {
  const WorstNumber& w = error.place;
  return fmt::format("{} of batch {}, head {}, row {}, column {} (rank {}): expected {:.9g}, got {:.9g}",
                     name_of(error.tensor), w.batch, w.head, w.row, w.column, w.rank, w.expected, w.got);
}

}  // namespace validation
