// Copies of host tensors in device memory, with gaps between the rows, and the cuda backends as if they took
// host tensors.
#pragma once

#include <string>
#include <vector>

#include "kernels/backend.h"
#include "kernels/cuda_device.h"
#include "tests/kernels/attention_problem.h"

namespace gpu_tests {

class TensorOnDevice {
 public:
  explicit TensorOnDevice(const kernels::ConstTensorView& view);
  kernels::TensorView view() const;
  void fetch(const kernels::TensorView& to);  // waits for the device

 private:
  kernel_tests::OwnedTensor host_;
  std::int64_t rows_;
  kernels::CudaMemory memory_;
};

class RowsOnDevice {
 public:
  explicit RowsOnDevice(const kernels::ConstRowView& view);
  kernels::RowView view() const;
  void fetch(const kernels::RowView& to);

 private:
  kernel_tests::OwnedRows host_;
  kernels::CudaMemory memory_;
};

// Those of the cuda backends that run here; each copies to the device, steps, and copies back.
std::vector<kernel_tests::Runner> device_runners();

}  // namespace gpu_tests
