// What a refused argument says, for the tests of kernels.
#pragma once

#include <functional>
#include <string>

#include "kernels/tensor_view.h"

namespace kernel_tests {

// The message of the ArgumentError that the action ends in; empty where it does not end in one.
inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const kernels::ArgumentError& error) {
    return error.what();
  }
  return "";
}

}  // namespace kernel_tests
