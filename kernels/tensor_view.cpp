#include "kernels/tensor_view.h"

namespace kernels {

namespace {

void check_range(std::int64_t rows, std::int64_t first, std::int64_t count, std::int64_t step) {
  if (first < 0 || count < 0 || step < 1 || (count > 0 && first + (count - 1) * step >= rows))
    throw ArgumentError(
        "rows_of: rows " + std::to_string(first) + ", step " + std::to_string(step) + ", count " +
        std::to_string(count) + " do not lie in a view of " + std::to_string(rows) +
        " rows; first and count must be >= 0, step >= 1 and first + (count - 1) x step < rows");
}

template <class View>
View packed_tensor(decltype(View::data) data, Element element, std::int64_t batch, std::int64_t rows,
                   std::int64_t heads, std::int64_t dim) {
  return {data, element, batch, rows, heads, dim, rows * heads * dim, heads * dim, dim};
}

template <class View>
View tensor_rows(View view, std::int64_t first, std::int64_t count, std::int64_t step) {
  check_range(view.rows, first, count, step);
  if (count > 0) view.data = view.at(0, first, 0);
  view.rows = count;
  view.row_stride *= step;
  return view;
}

template <class View>
View number_rows(View view, std::int64_t first, std::int64_t count, std::int64_t step) {
  check_range(view.rows, first, count, step);
  if (count > 0) view.data += first * view.row_stride;
  view.rows = count;
  view.row_stride *= step;
  return view;
}

}  // namespace

TensorView packed_view(void* data, Element element, std::int64_t batch, std::int64_t rows, std::int64_t heads,
                       std::int64_t dim) {
  return packed_tensor<TensorView>(data, element, batch, rows, heads, dim);
}

ConstTensorView packed_view(const void* data, Element element, std::int64_t batch, std::int64_t rows,
                            std::int64_t heads, std::int64_t dim) {
  return packed_tensor<ConstTensorView>(data, element, batch, rows, heads, dim);
}

RowView packed_rows(float* data, std::int64_t batch, std::int64_t heads, std::int64_t rows) {
  return {data, batch, heads, rows, heads * rows, rows, 1};
}

ConstRowView packed_rows(const float* data, std::int64_t batch, std::int64_t heads, std::int64_t rows) {
  return {data, batch, heads, rows, heads * rows, rows, 1};
}

TensorView rows_of(const TensorView& view, std::int64_t first, std::int64_t count, std::int64_t step) {
  return tensor_rows(view, first, count, step);
}

ConstTensorView rows_of(const ConstTensorView& view, std::int64_t first, std::int64_t count,
                        std::int64_t step) {
  return tensor_rows(view, first, count, step);
}

RowView rows_of(const RowView& view, std::int64_t first, std::int64_t count, std::int64_t step) {
  return number_rows(view, first, count, step);
}

ConstRowView rows_of(const ConstRowView& view, std::int64_t first, std::int64_t count, std::int64_t step) {
  return number_rows(view, first, count, step);
}

std::string text_of(const ConstTensorView& view) {
  return std::to_string(view.batch) + " x " + std::to_string(view.rows) + " x " + std::to_string(view.heads) +
         " x " + std::to_string(view.dim) + " " + std::string(name_of(view.element));
}

std::string text_of(const ConstRowView& view) {
  return std::to_string(view.batch) + " x " + std::to_string(view.heads) + " x " + std::to_string(view.rows);
}

}  // namespace kernels
