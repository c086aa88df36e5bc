// Functions that run on the GPU and, the same source, on the CPU in tests.
//
// Index arithmetic and the bodies of the kernels are plain C++ that nvcc compiles for the device and any
// compiler for the host, where tests run them on an emulated block of threads (tests/kernels/emulated_gpu.h).
#pragma once

#if defined(__CUDACC__)
#define RINGSIDE_DEVICE __host__ __device__ __forceinline__
#else
#define RINGSIDE_DEVICE inline
#endif
#if defined(__CUDA_ARCH__)
#define RINGSIDE_UNROLL _Pragma("unroll")
#else
#define RINGSIDE_UNROLL
#endif
