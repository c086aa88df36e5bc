#include "kernels/backend.h"

#include <array>

#include "kernels/cpu_attention.h"
#include "kernels/cuda_attention.h"
#include "kernels/reference_attention.h"

namespace kernels {

namespace {

std::string reads_host_memory(const char* name) {
  return std::string(name) + " reads host memory, and the tensors lie in the memory of a GPU";
}

std::string reference_reason(const StepNeeds& needs) {
  if (needs.memory == Memory::device) return reads_host_memory("the reference");
  return needs.dim > 0 ? "" : "the reference takes positive head dims, not " + std::to_string(needs.dim);
}

std::string cpu_reason(const StepNeeds& needs) {
  return needs.memory == Memory::device ? reads_host_memory("the cpu backend") : cpu_rejects(needs.dim);
}

std::string describe_cpu(const StepOptions& options) {
  const TileKernels& tile = tile_kernels_of(options.cpu_level);
  return "cpu: " + std::string(tile.name) + ", " + std::to_string(tile.lanes) + " floats at a time, " +
         std::to_string(options.threads) + (options.threads == 1 ? " thread" : " threads");
}

std::string describe_reference(const StepOptions&) { return "reference: fp64, one pair at a time, 1 thread"; }

void check_threads(const StepOptions& options) {
  if (options.threads < 1)
    throw ArgumentError("cpu backend: threads is " + std::to_string(options.threads) +
                        "; it must be at least 1");
}

template <CudaKernels kernels>
constexpr Backend cuda_backend(std::string_view name) {
  return {name, [](const StepNeeds& needs) { return cuda_rejects(kernels, needs); },
          [](const StepOptions&) { return cuda_description(kernels); },
          [](const ForwardStep& step, const ForwardState& state, const StepOptions& options) {
            cuda_forward_step(kernels, step, state, options.stream);
          },
          [](const BackwardStep& step, const GradientState& state, const StepOptions& options) {
            cuda_backward_step(kernels, step, state, options.stream);
          }};
}

constexpr std::array<Backend, 4> table = {{
    cuda_backend<CudaKernels::sm90a>("cuda_sm90a"),
    cuda_backend<CudaKernels::sm80>("cuda_sm80"),
    {"cpu", cpu_reason, describe_cpu,
     [](const ForwardStep& step, const ForwardState& state, const StepOptions& options) {
       check_threads(options);
       cpu_forward_step(step, state, options.threads, options.cpu_level);
     },
     [](const BackwardStep& step, const GradientState& state, const StepOptions& options) {
       check_threads(options);
       cpu_backward_step(step, state, options.threads, options.cpu_level);
     }},
    {"reference", reference_reason, describe_reference,
     [](const ForwardStep& step, const ForwardState& state, const StepOptions&) {
       reference_forward_step(step, state);
     },
     [](const BackwardStep& step, const GradientState& state, const StepOptions&) {
       reference_backward_step(step, state);
     }},
}};

}  // namespace

std::span<const Backend> backends() { return table; }

const Backend& backend_named(std::string_view name) {
  std::string names;
  for (const Backend& backend : table) {
    if (backend.name == name) return backend;
    names += (names.empty() ? "" : ", ") + std::string(backend.name);
  }
  throw ArgumentError("there is no backend \"" + std::string(name) + "\"; there are " + names);
}

const Backend& choose_backend(const StepNeeds& needs) {
  std::string reasons;
  for (const Backend& backend : table) {
    const std::string why = backend.rejects(needs);
    if (why.empty()) return backend;
    reasons += (reasons.empty() ? "" : "; ") + why;
  }
  throw ArgumentError("no backend can compute this attention: " + reasons);
}

}  // namespace kernels
