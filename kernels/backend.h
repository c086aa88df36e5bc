// Who computes attention steps, chosen by what a step needs.
//
// A backend is a row of one table: its name, the reasons why it cannot compute something, a description of
// what would run here, and the two steps.  All backends take the same arguments and carry the same fp32
// state, so a sequence of steps may even change backend in between.  The cuda backends read device memory and
// return when the step is queued on a stream; the others read host memory and return when it is done.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "kernels/attention_step.h"
#include "kernels/cpu_level.h"

namespace kernels {

// Where the tensors of a step lie.
enum class Memory { host, device };

// What decides whether a backend can compute a step.
struct StepNeeds {
  std::int64_t dim = 128;
  Element element = Element::fp32;
  bool deterministic = false;  // the same bits in every run and for any number of threads
  Memory memory = Memory::host;
};

struct StepOptions {
  int threads = 1;                        // cpu: how many threads share the work of a step
  CpuLevel cpu_level = best_cpu_level();  // cpu: instruction set; lower ones are for comparison
  void* stream = nullptr;  // cuda: the cudaStream_t that a step is queued on, see cuda_device.h
};

struct Backend {
  std::string_view name;
  // "" when it can, else the reason in words.
  std::string (*rejects)(const StepNeeds&) = nullptr;
  // What runs on this machine, in words: "cpu: AVX-512, 16 floats at a time, 2 threads".
  std::string (*description)(const StepOptions&) = nullptr;
  void (*forward_step)(const ForwardStep&, const ForwardState&, const StepOptions&) = nullptr;
  void (*backward_step)(const BackwardStep&, const GradientState&, const StepOptions&) = nullptr;
};

// Fastest first.
std::span<const Backend> backends();
// Throws ArgumentError with the names there are.
const Backend& backend_named(std::string_view name);
// The first that does not reject; throws ArgumentError with every reason when all do.
const Backend& choose_backend(const StepNeeds& needs);

}  // namespace kernels
