// GPUs of this machine, their memory and their streams, for those who hold no CUDA types.
//
// Everything here exists in every build; without CUDA, without a driver or without a GPU cuda_devices() says
// why there is none, and the rest throws CudaError.  Work is queued on streams and errors of earlier work may
// come up later: synchronize() is where one knows.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/tensor_view.h"

namespace kernels {

// what() names the call, the error and, where there is one, the remedy.
class CudaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The device has no memory left for a request.
class CudaOutOfMemory : public CudaError {
 public:
  using CudaError::CudaError;
};

struct CudaDevice {
  int number = 0;
  std::string name;
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0;
  std::int64_t memory = 0;              // bytes
  std::int64_t second_level_cache = 0;  // bytes
  int driver = 0, runtime = 0;          // 13000 is 13.0
};

struct CudaDevices {
  std::vector<CudaDevice> devices;
  std::string why_none;  // when devices is empty
};
CudaDevices cuda_devices();

// The device that the calling thread works with from now on; 0 at first.
void use_cuda_device(int number);

// A queue of work on the current device.  Does not wait for the default stream.
class CudaStream {
 public:
  CudaStream();
  ~CudaStream();  // NOLINT(performance-trivially-destructible): not where there is CUDA
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;

  void* handle() const { return handle_; }  // a cudaStream_t, for StepOptions::stream
  bool is_done() const;                     // everything queued so far; throws what went wrong in it
  void synchronize() const;
  // Work queued here from now on starts after what is queued on `other` now.
  void wait_for(const CudaStream& other) const;

 private:
  void* handle_ = nullptr;
};

// Memory of the current device; not initialised.
class CudaMemory {
 public:
  CudaMemory() = default;
  explicit CudaMemory(std::int64_t bytes);
  ~CudaMemory();  // NOLINT(performance-trivially-destructible): not where there is CUDA
  CudaMemory(CudaMemory&& other) noexcept;
  CudaMemory& operator=(CudaMemory&& other) noexcept;

  std::byte* data() const { return data_; }
  std::int64_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {data_, static_cast<std::size_t>(size_)}; }

 private:
  std::byte* data_ = nullptr;
  std::int64_t size_ = 0;
};

// Queue a copy in whichever direction the addresses say.  Host memory must stay until the stream was
// synchronised.
void cuda_copy(const void* from, void* to, std::int64_t bytes, void* stream);
void cuda_fill(void* to, int byte, std::int64_t bytes, void* stream);

// Seconds on the device between two points of a stream.
class CudaTimer {
 public:
  CudaTimer();
  ~CudaTimer();  // NOLINT(performance-trivially-destructible): not where there is CUDA
  CudaTimer(const CudaTimer&) = delete;
  CudaTimer& operator=(const CudaTimer&) = delete;

  void start(const CudaStream& stream);
  void stop(const CudaStream& stream);
  double seconds() const;  // waits for the second point

 private:
  [[maybe_unused]] void* start_ = nullptr;  // unused in a build without CUDA
  [[maybe_unused]] void* stop_ = nullptr;
};

}  // namespace kernels
