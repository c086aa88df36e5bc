// What every TensorWork refuses.
#pragma once

#include <cstddef>
#include <string>

#include "kernels/tensor_view.h"

namespace kernels {

inline void check_equal_bytes(std::size_t from, std::size_t to) {
  if (from != to)
    throw ArgumentError("copy: from " + std::to_string(from) + " bytes to " + std::to_string(to) +
                        "; both must have the same size");
}

inline void check_parts(std::size_t parts, std::size_t sum) {
  if (sum == 0 || parts % sum != 0)
    throw ArgumentError("sum of parts: " + std::to_string(parts) + " bytes are no whole number of parts of " +
                        std::to_string(sum));
}

}  // namespace kernels
