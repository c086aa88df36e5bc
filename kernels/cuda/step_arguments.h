// From an attention step to the arguments of the GPU kernels, and what these kernels cannot take.
//
// Nothing here touches the GPU; views hold device addresses.
#pragma once

#include <string>

#include "kernels/attention_step.h"
#include "kernels/cuda/attention_arguments.h"

namespace kernels {

// Why the GPU kernels cannot compute this, in words; "" when they can.
std::string gpu_rejects(std::int64_t dim, Element element);

// Throw ArgumentError when the step does not fit together (check of attention_step.h), or when an address or
// a stride is not aligned to what the kernels copy at once: 16 bytes of inputs, 8 bytes of state.
ForwardArguments arguments_of(const char* operation, const ForwardStep& step, const ForwardState& state);
BackwardArguments arguments_of(const char* operation, const BackwardStep& step, const GradientState& state);

DeviceTensor device_tensor(const ConstTensorView& view);
DeviceRows device_rows(const ConstRowView& view);

}  // namespace kernels
