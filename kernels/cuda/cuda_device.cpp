#include "kernels/cuda_device.h"

#include <cuda_runtime.h>

#include <utility>

#include "kernels/cuda/check_cuda.h"

namespace kernels {

namespace {

std::string remedy_of(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return "; use shorter blocks, or free memory on this GPU (nvidia-smi shows who uses it)";
    case cudaErrorInsufficientDriver:
      return "; install an NVIDIA driver that is at least as new as CUDA " +
             std::to_string(CUDART_VERSION / 1000) + "." + std::to_string(CUDART_VERSION % 1000 / 10) +
             ", or use the cpu backend";
    case cudaErrorNoDevice: return "; CUDA_VISIBLE_DEVICES may hide it; the cpu backend needs none";
    case cudaErrorNoKernelImageForDevice:
      return "; configure with -DRINGSIDE_CUDA_ARCHITECTURES=<its compute capability> and build again";
    case cudaErrorIllegalAddress:
      return "; a view holds an address that is not of this device, or an extent that is too large; "
             "compute-sanitizer names the kernel";
    default: return "";
  }
}

cudaStream_t stream_of(void* handle) { return static_cast<cudaStream_t>(handle); }
cudaEvent_t event_of(void* handle) { return static_cast<cudaEvent_t>(handle); }

}  // namespace

void check_cuda(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return;
  const std::string what = std::string(call) + ": " + cudaGetErrorString(error) + " (" +
                           cudaGetErrorName(error) + ")" + remedy_of(error);
  if (error == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());  // so that it does not come up again later
    throw CudaOutOfMemory(what);
  }
  throw CudaError(what);
}

CudaDevices cuda_devices() {
  CudaDevices found;
  int count = 0, driver = 0, runtime = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0) {
    static_cast<void>(cudaGetLastError());  // so that it does not come up again later
    found.why_none = error == cudaSuccess ? "there is no GPU on this machine"
                                          : std::string("there is no usable GPU: ") +
                                                cudaGetErrorString(error) + remedy_of(error);
    return found;
  }
  check_cuda(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  check_cuda(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  for (int number = 0; number < count; ++number) {
    cudaDeviceProp properties{};
    check_cuda(cudaGetDeviceProperties(&properties, number), "cudaGetDeviceProperties");
    CudaDevice device;
    device.number = number;
    device.name = properties.name;
    device.major = properties.major;
    device.minor = properties.minor;
    device.multiprocessors = properties.multiProcessorCount;
    device.memory = static_cast<std::int64_t>(properties.totalGlobalMem);
    device.second_level_cache = properties.l2CacheSize;
    device.driver = driver;
    device.runtime = runtime;
    found.devices.push_back(device);
  }
  return found;
}

void use_cuda_device(int number) { check_cuda(cudaSetDevice(number), "cudaSetDevice"); }

CudaStream::CudaStream() {
  cudaStream_t stream = nullptr;
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  handle_ = stream;
}
CudaStream::~CudaStream() { static_cast<void>(cudaStreamDestroy(stream_of(handle_))); }

bool CudaStream::is_done() const {
  const cudaError_t state = cudaStreamQuery(stream_of(handle_));
  if (state == cudaErrorNotReady) {
    static_cast<void>(cudaGetLastError());
    return false;
  }
  check_cuda(state, "cudaStreamQuery");
  return true;
}

void CudaStream::synchronize() const {
  check_cuda(cudaStreamSynchronize(stream_of(handle_)), "cudaStreamSynchronize");
}

void CudaStream::wait_for(const CudaStream& other) const {
  cudaEvent_t event = nullptr;
  check_cuda(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  cudaError_t error = cudaEventRecord(event, stream_of(other.handle_));
  if (error == cudaSuccess) error = cudaStreamWaitEvent(stream_of(handle_), event, 0);
  static_cast<void>(cudaEventDestroy(event));  // goes when it was passed
  check_cuda(error, "cudaStreamWaitEvent");
}

CudaMemory::CudaMemory(std::int64_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  void* memory = nullptr;
  check_cuda(cudaMalloc(&memory, static_cast<std::size_t>(bytes)),
             ("cudaMalloc of " + std::to_string(bytes) + " bytes").c_str());
  data_ = static_cast<std::byte*>(memory);
}
CudaMemory::~CudaMemory() { static_cast<void>(cudaFree(data_)); }
CudaMemory::CudaMemory(CudaMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
CudaMemory& CudaMemory::operator=(CudaMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void cuda_copy(const void* from, void* to, std::int64_t bytes, void* stream) {
  if (bytes == 0) return;
  check_cuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDefault, stream_of(stream)),
             "cudaMemcpyAsync");
}

void cuda_fill(void* to, int byte, std::int64_t bytes, void* stream) {
  if (bytes == 0) return;
  check_cuda(cudaMemsetAsync(to, byte, static_cast<std::size_t>(bytes), stream_of(stream)),
             "cudaMemsetAsync");
}

CudaTimer::CudaTimer() {
  cudaEvent_t event = nullptr;
  check_cuda(cudaEventCreate(&event), "cudaEventCreate");
  start_ = event;
  check_cuda(cudaEventCreate(&event), "cudaEventCreate");
  stop_ = event;
}
CudaTimer::~CudaTimer() {
  static_cast<void>(cudaEventDestroy(event_of(start_)));
  static_cast<void>(cudaEventDestroy(event_of(stop_)));
}
void CudaTimer::start(const CudaStream& stream) {
  check_cuda(cudaEventRecord(event_of(start_), stream_of(stream.handle())), "cudaEventRecord");
}
void CudaTimer::stop(const CudaStream& stream) {
  check_cuda(cudaEventRecord(event_of(stop_), stream_of(stream.handle())), "cudaEventRecord");
}
double CudaTimer::seconds() const {
  float milliseconds = 0;
  check_cuda(cudaEventSynchronize(event_of(stop_)), "cudaEventSynchronize");
  check_cuda(cudaEventElapsedTime(&milliseconds, event_of(start_), event_of(stop_)), "cudaEventElapsedTime");
  return static_cast<double>(milliseconds) * 1e-3;
}

}  // namespace kernels
