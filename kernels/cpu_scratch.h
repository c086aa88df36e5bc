// Aligned scratch memory of the cpu backend, and how rows of tensors get into it and out.
#pragma once

#include <cstdint>
#include <memory>
#include <new>

#include "kernels/cpu_tile.h"
#include "kernels/position_rule.h"
#include "kernels/tensor_view.h"

namespace kernels {

// The next multiple of tile_columns.
constexpr std::int64_t padded_columns(std::int64_t columns) {
  return (columns + tile_columns - 1) / tile_columns * tile_columns;
}

// `count` floats, aligned to a cache line, all zero.
class Scratch {
 public:
  explicit Scratch(std::int64_t count);

  float* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  std::unique_ptr<float[], Free> memory_;
};

// Rows first ... first + count of one batch and head, as fp32 rows of dim numbers without gaps.
void load_rows(const TileKernels& tile, const ConstTensorView& from, std::int64_t batch, std::int64_t head,
               std::int64_t first, std::int64_t count, float* to);
// The reverse, into an fp32 tensor; add_rows adds instead.
void store_rows(const float* from, const TensorView& to, std::int64_t batch, std::int64_t head,
                std::int64_t first, std::int64_t count);
void add_rows(const float* from, const TensorView& to, std::int64_t batch, std::int64_t head,
              std::int64_t first, std::int64_t count);

// Columns of a score tile are key rows first_key, first_key + 1, ...: those that a query row must not see
// become -infinity, padding behind the last key included.  Nothing to do when all rows see all columns.
void hide_masked_scores(float* scores, std::int64_t stride, std::int64_t columns,
                        const PositionRule& position, const Mask& mask, std::int64_t first_row,
                        std::int64_t rows, std::int64_t first_key, std::int64_t keys);

}  // namespace kernels
