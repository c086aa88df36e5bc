#include "kernels/cuda_attention.h"

#include <cuda_runtime.h>

#include "kernels/cuda/check_cuda.h"
#include "kernels/cuda/sm80_launch.h"
#include "kernels/cuda/sm90_launch.h"
#include "kernels/cuda/step_arguments.h"
#include "kernels/cuda/tensor_map.h"
#include "kernels/cuda_device.h"

namespace kernels {

namespace {

const char* name_of(CudaKernels kernels) { return kernels == CudaKernels::sm80 ? "cuda_sm80" : "cuda_sm90a"; }

int current_device() {
  int number = 0;
  check_cuda(cudaGetDevice(&number), "cudaGetDevice");
  return number;
}

cudaStream_t stream_of(void* handle) { return static_cast<cudaStream_t>(handle); }

bool is_empty(const BlockShape& shape) {
  return shape.batch == 0 || shape.heads == 0 || shape.rows == 0 || shape.keys == 0;
}

Sm90ForwardArguments<CUtensorMap> with_maps(const ForwardArguments& a, Element element, int dim) {
  const BlockShape& s = a.shape;
  return {tensor_map_of(tensor_box(a.q, element, dim, s.rows, s.heads, s.batch, sm90_row_tile)),
          tensor_map_of(tensor_box(a.k, element, dim, s.keys, s.key_heads, s.batch, sm90_key_tile)),
          tensor_map_of(tensor_box(a.v, element, dim, s.keys, s.key_heads, s.batch, sm90_key_tile)), a};
}

}  // namespace

std::string cuda_rejects(CudaKernels kernels, const StepNeeds& needs) {
  if (needs.memory == Memory::host)
    return std::string(name_of(kernels)) + " reads the memory of a GPU, and the tensors lie in host memory";
  if (const std::string why = gpu_rejects(needs.dim, needs.element); !why.empty()) return why;
  const CudaDevices found = cuda_devices();
  if (found.devices.empty()) return std::string(name_of(kernels)) + ": " + found.why_none;
  const CudaDevice& device = found.devices.at(static_cast<std::size_t>(current_device()));
  const std::string here = device.name + " has compute capability " + std::to_string(device.major) + "." +
                           std::to_string(device.minor);
  if (kernels == CudaKernels::sm80 && device.major < 8)
    return here + "; cuda_sm80 needs 8.0 or later (Ampere)";
  if (kernels == CudaKernels::sm90a && device.major != 9) return here + "; cuda_sm90a needs 9.0 (Hopper)";
  return "";
}

std::string cuda_description(CudaKernels kernels) {
  const std::string how =
      std::string(name_of(kernels)) +
      (kernels == CudaKernels::sm80 ? ": mma.sync" : ": TMA and wgmma forward, mma.sync backward");
  const CudaDevices found = cuda_devices();
  if (found.devices.empty()) return how + "; " + found.why_none;
  const CudaDevice& device = found.devices.at(static_cast<std::size_t>(current_device()));
  return how + " on " + device.name + ", " + std::to_string(device.multiprocessors) + " multiprocessors";
}

void cuda_forward_step(CudaKernels kernels, const ForwardStep& step, const ForwardState& state,
                       void* stream) {
  const std::string operation = std::string("forward step (") + name_of(kernels) + ")";
  const ForwardArguments arguments = arguments_of(operation.c_str(), step, state);
  if (is_empty(arguments.shape)) return;
  const int dim = static_cast<int>(step.q.dim);
  const Element element = step.q.element;
  check_cuda(kernels == CudaKernels::sm80
                 ? launch_sm80_forward(arguments, element, dim, stream_of(stream))
                 : launch_sm90_forward(with_maps(arguments, element, dim), element, dim, stream_of(stream)),
             operation.c_str());
}

void cuda_backward_step(CudaKernels kernels, const BackwardStep& step, const GradientState& state,
                        void* stream) {
  const std::string operation = std::string("backward step (") + name_of(kernels) + ")";
  const BackwardArguments arguments = arguments_of(operation.c_str(), step, state);
  if (is_empty(arguments.shape)) return;
  const int dim = static_cast<int>(step.q.dim);
  check_cuda(launch_sm80_backward_keys(arguments, step.q.element, dim, stream_of(stream)), operation.c_str());
  check_cuda(launch_sm80_backward_rows(arguments, step.q.element, dim, stream_of(stream)), operation.c_str());
}

}  // namespace kernels
