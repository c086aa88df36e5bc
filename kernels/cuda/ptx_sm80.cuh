// One thread of the GPU as the sm_80 kernels see it: each function is one instruction or a few.
#pragma once

#include <cstdint>

#include "kernels/cuda/mma_fragment.h"
#include "kernels/element.h"

namespace kernels {

struct Sm80Thread {
  std::uint32_t shared_base;

  __device__ __forceinline__ explicit Sm80Thread(void* shared_memory)
      : shared_base(static_cast<std::uint32_t>(__cvta_generic_to_shared(shared_memory))) {}

  __device__ __forceinline__ std::uint32_t shared() const { return shared_base; }
  __device__ __forceinline__ int thread() const { return static_cast<int>(threadIdx.x); }
  __device__ __forceinline__ int lane() const { return static_cast<int>(threadIdx.x) % warp_lanes; }
  __device__ __forceinline__ int warp() const { return static_cast<int>(threadIdx.x) / warp_lanes; }
  __device__ __forceinline__ int block_x() const { return static_cast<int>(blockIdx.x); }
  __device__ __forceinline__ int block_y() const { return static_cast<int>(blockIdx.y); }
  __device__ __forceinline__ int block_z() const { return static_cast<int>(blockIdx.z); }
  __device__ __forceinline__ int blocks_x() const { return static_cast<int>(gridDim.x); }

  __device__ __forceinline__ void sync() const { __syncthreads(); }
  __device__ __forceinline__ void sync_warp() const { __syncwarp(); }
  __device__ __forceinline__ bool any(bool x) const { return __any_sync(0xffffffffU, x) != 0; }
  __device__ __forceinline__ float shuffle_xor(float x, int mask) const {
    return __shfl_xor_sync(0xffffffffU, x, mask);
  }
  __device__ __forceinline__ float larger(float a, float b) const { return fmaxf(a, b); }
  __device__ __forceinline__ float exp2(float x) const {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
  }

  __device__ __forceinline__ float log(float x) const { return logf(x); }

  __device__ __forceinline__ void load_pair(const float* from, float& x, float& y) const {
    const float2 pair = *reinterpret_cast<const float2*>(from);
    x = pair.x;
    y = pair.y;
  }
  __device__ __forceinline__ void store_pair(float* to, float x, float y) const {
    *reinterpret_cast<float2*>(to) = make_float2(x, y);
  }
  __device__ __forceinline__ int load_int(std::uint32_t at) const {
    int x;
    asm volatile("ld.shared.s32 %0, [%1];" : "=r"(x) : "r"(at));
    return x;
  }
  __device__ __forceinline__ float load_float(std::uint32_t at) const {
    float x;
    asm volatile("ld.shared.f32 %0, [%1];" : "=f"(x) : "r"(at));
    return x;
  }
  __device__ __forceinline__ void store_int(std::uint32_t at, int x) const {
    asm volatile("st.shared.s32 [%0], %1;" ::"r"(at), "r"(x) : "memory");
  }
  __device__ __forceinline__ void store_float(std::uint32_t at, float x) const {
    asm volatile("st.shared.f32 [%0], %1;" ::"r"(at), "f"(x) : "memory");
  }

  // 16 bytes; zeros when there is nothing to copy (then `from` is not read).
  __device__ __forceinline__ void copy_async(std::uint32_t to, const void* from, bool is_there) const {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(is_there ? 16 : 0)
                 : "memory");
  }
  __device__ __forceinline__ void copy_commit() const { asm volatile("cp.async.commit_group;" ::: "memory"); }
  // Until at most `pending` of the committed groups are under way.
  template <int pending>
  __device__ __forceinline__ void copy_wait() const {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
  }

  __device__ __forceinline__ void load_matrices(std::uint32_t (&r)[4], std::uint32_t at) const {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(at)
                 : "memory");
  }
  __device__ __forceinline__ void load_matrices_transposed(std::uint32_t (&r)[4], std::uint32_t at) const {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(at)
                 : "memory");
  }

  // Two numbers in one register, the first in the lower half.
  template <class Number>
  __device__ __forceinline__ std::uint32_t pack(float first, float second) const;

  template <class Number>
  __device__ __forceinline__ void unpack(std::uint32_t pair, float& first, float& second) const;

  // c += a b.
  template <class Number>
  __device__ __forceinline__ void multiply_add(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                               std::uint32_t b1) const;
};

template <>
__device__ __forceinline__ std::uint32_t Sm80Thread::pack<Bf16>(float first, float second) const {
  std::uint32_t r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(second), "f"(first));
  return r;
}
template <>
__device__ __forceinline__ std::uint32_t Sm80Thread::pack<Fp16>(float first, float second) const {
  std::uint32_t r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(second), "f"(first));
  return r;
}
template <>
__device__ __forceinline__ void Sm80Thread::unpack<Bf16>(std::uint32_t pair, float& first,
                                                         float& second) const {
  first = __uint_as_float(pair << 16);
  second = __uint_as_float(pair & 0xffff0000U);
}
template <>
__device__ __forceinline__ void Sm80Thread::unpack<Fp16>(std::uint32_t pair, float& first,
                                                         float& second) const {
  asm("{.reg .b16 low, high;\n"
      " mov.b32 {low, high}, %2;\n"
      " cvt.f32.f16 %0, low;\n"
      " cvt.f32.f16 %1, high;}"
      : "=f"(first), "=f"(second)
      : "r"(pair));
}
template <>
__device__ __forceinline__ void Sm80Thread::multiply_add<Bf16>(float (&c)[4], const std::uint32_t (&a)[4],
                                                               std::uint32_t b0, std::uint32_t b1) const {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
template <>
__device__ __forceinline__ void Sm80Thread::multiply_add<Fp16>(float (&c)[4], const std::uint32_t (&a)[4],
                                                               std::uint32_t b0, std::uint32_t b1) const {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

}  // namespace kernels
