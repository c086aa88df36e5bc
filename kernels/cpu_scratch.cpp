#include "kernels/cpu_scratch.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace kernels {

Scratch::Scratch(std::int64_t count)
    : memory_(static_cast<float*>(
          ::operator new[](static_cast<std::size_t>(count) * sizeof(float), std::align_val_t{64}))) {
  std::fill_n(memory_.get(), count, 0.0F);
}

void load_rows(const TileKernels& tile, const ConstTensorView& from, std::int64_t batch, std::int64_t head,
               std::int64_t first, std::int64_t count, float* to) {
  const auto load = from.element == Element::fp32   ? tile.load_fp32
                    : from.element == Element::fp16 ? tile.load_fp16
                                                    : tile.load_bf16;
  for (std::int64_t row = 0; row < count; ++row)
    load(from.at(batch, first + row, head), from.dim, to + row * from.dim);
}

void store_rows(const float* from, const TensorView& to, std::int64_t batch, std::int64_t head,
                std::int64_t first, std::int64_t count) {
  const auto bytes = static_cast<std::size_t>(to.dim) * sizeof(float);
  for (std::int64_t row = 0; row < count; ++row)
    std::memcpy(to.at(batch, first + row, head), from + row * to.dim, bytes);
}

void add_rows(const float* from, const TensorView& to, std::int64_t batch, std::int64_t head,
              std::int64_t first, std::int64_t count) {
  for (std::int64_t row = 0; row < count; ++row) {
    auto* sum = reinterpret_cast<float*>(to.at(batch, first + row, head));
    for (std::int64_t d = 0; d < to.dim; ++d) sum[d] += from[row * to.dim + d];
  }
}

void hide_masked_scores(float* scores, std::int64_t stride, std::int64_t columns,
                        const PositionRule& position, const Mask& mask, std::int64_t first_row,
                        std::int64_t rows, std::int64_t first_key, std::int64_t keys) {
  constexpr float hidden = -std::numeric_limits<float>::infinity();
  for (std::int64_t row = 0; row < rows; ++row) {
    const KeyRange seen = keys_seen(position, mask, first_row + row, keys);
    const std::int64_t from = std::clamp<std::int64_t>(seen.first - first_key, 0, columns);
    const std::int64_t to = std::clamp<std::int64_t>(seen.last - first_key, from, columns);
    std::fill(scores + row * stride, scores + row * stride + from, hidden);
    std::fill(scores + row * stride + to, scores + row * stride + columns, hidden);
  }
}

}  // namespace kernels
