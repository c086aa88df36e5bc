// A whole attention problem for tests: inputs of a known kind, its truth in fp64, shards of its sequence
// under a layout, and one pass of a ring over these shards without any communication.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "kernels/reference_attention.h"

namespace kernel_tests {

enum class Inputs {
  normal,
  outliers,         // one number in a thousand is ten times as large
  large_scores,     // |scores| around 80
  negative_scores,  // all scores around -80
  constant_rows,    // every key equal: all probabilities of a row equal
};
std::string name_of(Inputs inputs);

struct Shape {
  std::int64_t batch = 1, rows = 96, heads = 8, kv_heads = 8, dim = 64;
};

// A tensor that owns its memory, in the order batch, row, head, dim.
struct OwnedTensor {
  OwnedTensor() = default;
  OwnedTensor(kernels::Element type, std::int64_t batch, std::int64_t rows, std::int64_t heads,
              std::int64_t dim);
  kernels::TensorView view();
  kernels::ConstTensorView view() const;
  std::vector<double> numbers() const;

  kernels::Element element = kernels::Element::fp32;
  std::int64_t batch = 0, rows = 0, heads = 0, dim = 0;
  std::vector<std::byte> bytes;
};

// In the order batch, head, row.
struct OwnedRows {
  OwnedRows() = default;
  OwnedRows(std::int64_t batch, std::int64_t heads, std::int64_t rows, float value = 0);
  kernels::RowView view();
  kernels::ConstRowView view() const;

  std::int64_t batch = 0, heads = 0, rows = 0;
  std::vector<float> numbers;
};

struct Problem {
  Problem(const Shape& shape, kernels::Element element, const kernels::Mask& mask,
          Inputs inputs = Inputs::normal, unsigned seed = 1);
  kernels::ConstTensorView q() const { return q_.view(); }
  kernels::ConstTensorView k() const { return k_.view(); }
  kernels::ConstTensorView v() const { return v_.view(); }
  kernels::ConstTensorView d_output() const { return d_output_.view(); }
  // Of the inputs as they are after rounding to the element type.
  kernels::DenseAttention dense() const;
  kernels::DenseGradients gradients() const;

  Shape shape;
  kernels::Element element;
  kernels::Mask mask;
  double scale;

 private:
  OwnedTensor q_, k_, v_, d_output_;
};

enum class Layout { contiguous, zigzag, striped };
std::string name_of(Layout layout);

// Rows first, first + stride, ...; count of them.
struct Run {
  std::int64_t first, stride, count;
};
std::vector<Run> runs_of(Layout layout, std::int64_t rows, int parts, int part);

// What came out, in the element type of the problem, as fp64.
struct Result {
  std::vector<double> output, dq, dk, dv;
  std::vector<float> lse;
};

// The sequence cut into `parts`; each part's queries visit all parts' keys, its own first, as on a ring.
Result run_ring(const Problem& problem, Layout layout, int parts, const kernels::Backend& backend,
                const kernels::StepOptions& options = {});

// |x - truth| / |truth| (Frobenius).
double relative_error(const std::vector<double>& x, const std::vector<double>& truth);
// max |x - truth| / max |truth|.
double worst_error(const std::vector<double>& x, const std::vector<double>& truth);
// max |x - truth|, infinite unless both are -infinity in the same places and nothing is NaN.
double lse_error(const std::vector<float>& lse, const std::vector<double>& truth);

// Every backend and instruction set of this machine, with a name.
struct Runner {
  std::string name;
  const kernels::Backend* backend;
  kernels::StepOptions options;
};
std::vector<Runner> runners();

}  // namespace kernel_tests
