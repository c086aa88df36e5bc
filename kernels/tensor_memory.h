// Where the tensors of a rank lie, and the passes over them that stand around attention steps.
//
// One interface for host memory and for that of a GPU, so that who runs a plan need not know which it is.
// Memory is of a rank, work of one lane of it: work in host memory is done when a call returns, work in
// device memory is queued in order and done after wait().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernels/attention_step.h"
#include "kernels/backend.h"

namespace kernels {

// Used by one thread.  Shapes and their errors are those of attention_state.h and tensor_copy.h.
class TensorWork {
 public:
  TensorWork() = default;
  TensorWork(const TensorWork&) = delete;
  TensorWork& operator=(const TensorWork&) = delete;
  virtual ~TensorWork() = default;

  // The calling thread is the one that uses it from now on.
  virtual void enter() = 0;

  // Between memory of the program and the memory that this is for; done when they return.
  virtual void read_in(std::span<const std::byte> from, std::span<std::byte> to) = 0;
  virtual void read_out(std::span<const std::byte> from, std::span<std::byte> to) = 0;

  virtual void fill(std::span<std::byte> bytes, std::byte value) = 0;
  virtual void reset(const ForwardState& state) = 0;
  virtual void finish(const ForwardState& state, const TensorView& output, const RowView& lse) = 0;
  virtual void delta_of(const ConstTensorView& d_output, const ConstTensorView& output,
                        const RowView& delta) = 0;
  virtual void convert(const ConstTensorView& from, const TensorView& to) = 0;
  // to += from, in fp32, rounded to the type of `to`.
  virtual void add(const ConstTensorView& from, const TensorView& to) = 0;
  // sum = the first part + the second + ... of equal parts, in fp32, rounded once.
  virtual void sum_parts(std::span<const std::byte> parts, Element element, std::span<std::byte> sum) = 0;

  // What a step needs so that it follows what was queued here.
  virtual void place(StepOptions& options) const = 0;
  virtual void wait() = 0;

  // Around work that is queued here: how many seconds it took by the clock of where it runs, which no call or
  // wait of the program delays; stop_clock() waits for it.  Nothing where calls return when they are done.
  virtual void start_clock() {}
  virtual std::optional<double> stop_clock() {
    wait();
    return {};
  }
};

// Used by all lanes of a rank.
class TensorMemory {
 public:
  TensorMemory() = default;
  TensorMemory(const TensorMemory&) = delete;
  TensorMemory& operator=(const TensorMemory&) = delete;
  virtual ~TensorMemory() = default;

  // Aligned for every backend; null when there is no more.
  virtual std::byte* allocate(std::int64_t bytes) = 0;
  virtual void free(std::byte* block) noexcept = 0;
  // Must not outlive the memory.
  virtual std::unique_ptr<TensorWork> new_work() = 0;
};

std::unique_ptr<TensorMemory> host_tensor_memory();
// Of one GPU.  Throws CudaError when there is none of that number.
std::unique_ptr<TensorMemory> cuda_tensor_memory(int device);

}  // namespace kernels
