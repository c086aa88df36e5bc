// A block of GPU threads on the CPU, good enough to run the bodies of our kernels.
//
// Every GPU thread is a fiber with a stack of its own.  An instruction of a whole warp happens when all its
// lanes have come to it, by the layouts of the PTX manual written out here a second time (not with the
// functions of mma_fragment.h, which are under test).  To find races it is as nasty as the hardware may be:
// one warp runs until it can go no further before the next one starts, in either order; asynchronous copies
// happen at the last moment or at once; shared memory begins full of NaN.  It counts bank
// conflicts of ldmatrix.  What it cannot show: speed, and whether the manual was read rightly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/cuda/tensor_box.h"
#include "kernels/element.h"

namespace kernel_tests {

// Copies happen at the last moment, when they are waited for, in ascending order, and at once in descending
// order: the first shows a missing wait, the second a buffer that is overwritten while somebody reads it.
enum class WarpOrder { ascending, descending };

struct EmulatedGrid {
  int x = 1, y = 1, z = 1;
  int threads = 128;
  int shared_bytes = 0;
  WarpOrder order = WarpOrder::ascending;
};

struct EmulationCounts {
  std::int64_t matrix_loads = 0;
  std::int64_t bank_conflicts = 0;  // ldmatrix phases whose eight rows share a bank
  std::int64_t products = 0;
};

class EmulatedBlock;

// What a warpgroup multiplies: descriptors of shared memory, or registers on the left side.
struct GroupOperands {
  std::uint64_t a = 0, b = 0;
  bool a_in_registers = false;
  bool add = true;
  int columns = 0;
  float (*number)(std::uint32_t) = nullptr;
};

float bf16_number(std::uint32_t bits);
float fp16_number(std::uint32_t bits);

class EmulatedThread {
 public:
  EmulatedThread(EmulatedBlock& block, int thread) : block_(block), thread_(thread) {}

  std::uint32_t shared() const;
  int thread() const { return thread_; }
  int lane() const { return thread_ % 32; }
  int warp() const { return thread_ / 32; }
  int block_x() const;
  int block_y() const;
  int block_z() const;
  int blocks_x() const;

  void sync();
  void sync_warp();
  bool any(bool x);
  float shuffle_xor(float x, int mask);
  static float larger(float a, float b) { return a > b ? a : b; }
  static float exp2(float x);
  static float log(float x);

  static void load_pair(const float* from, float& x, float& y) { x = from[0], y = from[1]; }
  static void store_pair(float* to, float x, float y) { to[0] = x, to[1] = y; }
  int load_int(std::uint32_t at) const;
  float load_float(std::uint32_t at) const;
  void store_int(std::uint32_t at, int x);
  void store_float(std::uint32_t at, float x);

  void copy_async(std::uint32_t to, const void* from, bool is_there);
  void copy_commit();
  template <int pending>
  void copy_wait() {
    wait_for_copies(pending);
  }

  void load_matrices(std::uint32_t (&r)[4], std::uint32_t at) { load_matrices(r, at, false); }
  void load_matrices_transposed(std::uint32_t (&r)[4], std::uint32_t at) { load_matrices(r, at, true); }
  template <class Number>
  std::uint32_t pack(float first, float second) const;
  template <class Number>
  void unpack(std::uint32_t pair, float& first, float& second) const;
  template <class Number>
  void multiply_add(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1);

  // Hopper: emulated_hopper.cpp.
  template <int>
  void fewer_registers() const {}
  template <int>
  void more_registers() const {}
  void barrier_start(std::uint32_t barrier, int arrivals);
  void barriers_fence() const {}
  void barrier_expect(std::uint32_t barrier, int bytes);
  void barrier_arrive(std::uint32_t barrier);
  void barrier_wait(std::uint32_t barrier, int parity);
  void fetch_box(std::uint32_t to, const kernels::TensorBox& map, std::uint32_t barrier, int column, int row,
                 int head, int batch);
  void products_fence() const {}
  void products_commit();
  template <int tiles>
  void products_wait(float (&)[tiles][4]) {
    wait_for_products();
  }
  template <class Number, int tiles>
  void multiply_shared(float (&c)[tiles][4], std::uint64_t a, std::uint64_t b, bool add) {
    issue(&c[0][0], nullptr, {a, b, false, add, tiles * 8, number_of<Number>()});
  }
  template <class Number, int tiles>
  void multiply_registers(float (&c)[tiles][4], const std::uint32_t (&a)[4], std::uint64_t b) {
    issue(&c[0][0], a, {0, b, true, true, tiles * 8, number_of<Number>()});
  }

 private:
  friend class EmulatedBlock;
  struct Copy {
    std::uint32_t to;
    const void* from;
    bool is_there;
  };

  void load_matrices(std::uint32_t (&r)[4], std::uint32_t at, bool transposed);
  void wait_for_copies(int pending);
  void copy_now(const Copy& copy);
  void multiply(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                float (*number)(std::uint32_t));

  template <class Number>
  static constexpr auto number_of() {
    return std::is_same_v<Number, kernels::Bf16> ? bf16_number : fp16_number;
  }
  void issue(float* c, const std::uint32_t* a, const GroupOperands& operands);
  void wait_for_products();

  EmulatedBlock& block_;
  int thread_;
  std::vector<Copy> open_copies_;
  std::vector<std::vector<Copy>> copy_groups_;
};

// Runs the body once per thread, block after block.  Throws what a body throws, and std::logic_error when
// lanes of a warp meet different instructions, when nothing can go on, or on a bad shared address.
EmulationCounts run_emulated(const EmulatedGrid& grid, const std::function<void(EmulatedThread&)>& body);

}  // namespace kernel_tests
