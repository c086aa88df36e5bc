// The cuda backends on a GPU against dense attention in fp64, as tests/kernels does on the emulated one, with
// larger shapes; determinism; state and copies against those of the host.
#include "kernels/attention_state.h"
#include "kernels/cuda_state.h"
#include "kernels/tensor_copy.h"
#include "tests/catch.h"
#include "tests/gpu/on_device.h"

using namespace kernels;
using namespace kernel_tests;
using namespace gpu_tests;

namespace {

void check_against_dense(const Problem& problem, Layout layout, int parts, const Runner& runner) {
  const DenseAttention dense = problem.dense();
  const DenseGradients gradients = problem.gradients();
  const Result result = run_ring(problem, layout, parts, *runner.backend);
  const bool half = problem.element == Element::fp16;
  CHECK(relative_error(result.output, dense.output) <= (half ? 5e-4 : 4e-3));
  CHECK(worst_error(result.output, dense.output) <= (half ? 4e-3 : 2e-2));
  CHECK(lse_error(result.lse, dense.lse) <= 2e-5);
  for (const auto& [x, truth] : {std::pair(&result.dq, &gradients.dq), std::pair(&result.dk, &gradients.dk),
                                 std::pair(&result.dv, &gradients.dv)}) {
    CHECK(relative_error(*x, *truth) <= (half ? 1e-3 : 6e-3));
    CHECK(worst_error(*x, *truth) <= (half ? 4e-3 : 2e-2));
  }
}

}  // namespace

TEST_CASE("gpu: every backend, dim, type, mask, layout and grouping agrees with dense attention") {
  for (const std::int64_t dim : {64, 128})
    for (const Element element : {Element::bf16, Element::fp16})
      for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::full}, Mask{MaskKind::sliding, 61}})
        for (const std::int64_t kv_heads : {4, 2, 1}) {
          const Problem problem({1, 192, 4, kv_heads, dim}, element, mask);
          for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
            for (const Runner& runner : device_runners()) {
              INFO(runner.name << ", dim " << dim << ", " << name_of(element) << ", " << text_of(mask) << ", "
                               << name_of(layout) << ", 4 heads on " << kv_heads);
              check_against_dense(problem, layout, 4, runner);
            }
        }
}

TEST_CASE("gpu: blocks that end inside, at and behind a tile are right") {
  for (const std::int64_t rows : {2, 63, 64, 65, 127, 128, 129, 257, 640})
    for (const Runner& runner : device_runners()) {
      INFO(runner.name << ", " << rows << " rows");
      check_against_dense(Problem({2, rows, 2, 1, 128}, Element::bf16, {}), Layout::contiguous, 1, runner);
    }
}

TEST_CASE("gpu: a ring of up to 64 steps has at most 1.2 times the error of one step") {
  const Problem problem({1, 256, 2, 1, 64}, Element::bf16, {});
  const DenseAttention dense = problem.dense();
  const DenseGradients gradients = problem.gradients();
  for (const Runner& runner : device_runners()) {
    const Result one = run_ring(problem, Layout::zigzag, 1, *runner.backend);
    for (const int parts : {2, 8, 64}) {
      INFO(runner.name << ", " << parts << " steps");
      const Result ring = run_ring(problem, Layout::zigzag, parts, *runner.backend);
      CHECK(relative_error(ring.output, dense.output) <= 1.2 * relative_error(one.output, dense.output));
      CHECK(relative_error(ring.dq, gradients.dq) <= 1.2 * relative_error(one.dq, gradients.dq));
      CHECK(relative_error(ring.dk, gradients.dk) <= 1.2 * relative_error(one.dk, gradients.dk));
      CHECK(relative_error(ring.dv, gradients.dv) <= 1.2 * relative_error(one.dv, gradients.dv));
    }
  }
}

TEST_CASE("gpu: every run gives the same bits") {
  const Problem problem({2, 700, 8, 2, 128}, Element::bf16, {});
  for (const Runner& runner : device_runners()) {
    INFO(runner.name);
    const Result first = run_ring(problem, Layout::contiguous, 1, *runner.backend);
    for (int run = 0; run < 3; ++run) {
      const Result again = run_ring(problem, Layout::contiguous, 1, *runner.backend);
      CHECK(again.output == first.output);
      CHECK(again.lse == first.lse);
      CHECK(again.dq == first.dq);
      CHECK(again.dk == first.dk);
      CHECK(again.dv == first.dv);
    }
  }
}

TEST_CASE("gpu: merge, finish, delta, convert and pack agree with the host") {
  const Problem a({2, 50, 4, 4, 128}, Element::bf16, {}, Inputs::normal, 1),
      b({2, 50, 4, 4, 128}, Element::bf16, {}, Inputs::normal, 2);
  const Shape& s = a.shape;
  const auto state_of = [&](const Problem& problem, OwnedTensor& output, OwnedRows& max, OwnedRows& sum) {
    output = OwnedTensor(Element::fp32, s.batch, s.rows, s.heads, s.dim);
    max = OwnedRows(s.batch, s.heads, s.rows), sum = max;
    const ForwardState state = {output.view(), max.view(), sum.view()};
    reset(state);
    backend_named("cpu").forward_step(
        {problem.q(), problem.k(), problem.v(), {5, 1, 10, 1}, {}, problem.scale}, state, {});
    return state;
  };
  OwnedTensor output_a, output_b;
  OwnedRows max_a, sum_a, max_b, sum_b;
  const ForwardState into = state_of(a, output_a, max_a, sum_a), part = state_of(b, output_b, max_b, sum_b);
  TensorOnDevice device_output(into.output), device_part(part.output);
  RowsOnDevice device_max(into.running_max), device_sum(into.running_sum);
  const RowsOnDevice part_max(part.running_max), part_sum(part.running_sum);
  OwnedTensor finished(Element::bf16, s.batch, s.rows, s.heads, s.dim), on_host = finished;
  OwnedRows lse(s.batch, s.heads, s.rows), delta = lse, host_lse = lse, host_delta = lse;
  TensorOnDevice device_finished(finished.view());
  RowsOnDevice device_lse(lse.view()), device_delta(delta.view());
  const TensorOnDevice gradient(a.d_output());
  const CudaStream stream;
  const ForwardState device_state = {device_output.view(), device_max.view(), device_sum.view()};
  cuda_merge(device_state, {device_part.view(), part_max.view(), part_sum.view()}, stream.handle());
  cuda_finish(device_state, device_finished.view(), device_lse.view(), stream.handle());
  cuda_delta_of(gradient.view(), device_finished.view(), device_delta.view(), stream.handle());
  stream.synchronize();
  device_finished.fetch(finished.view());
  device_lse.fetch(lse.view());
  device_delta.fetch(delta.view());

  merge(into, part);
  finish(into, on_host.view(), host_lse.view());
  delta_of(a.d_output(), on_host.view(), host_delta.view());
  CHECK(relative_error(finished.numbers(), on_host.numbers()) < 1e-3);  // the last bit of bf16 may differ
  CHECK(lse_error(lse.numbers, {host_lse.numbers.begin(), host_lse.numbers.end()}) < 2e-6);
  CHECK(lse_error(delta.numbers, {host_delta.numbers.begin(), host_delta.numbers.end()}) < 2e-2);

  std::vector<std::byte> packed(static_cast<std::size_t>(bytes_of(a.q()))), host_packed = packed;
  const TensorOnDevice q(a.q());
  const CudaMemory buffer(static_cast<std::int64_t>(packed.size()));
  TensorOnDevice unpacked(a.k());
  cuda_pack_heads(q.view(), 2, buffer.bytes(), stream.handle());
  cuda_copy(buffer.data(), packed.data(), buffer.size(), stream.handle());
  cuda_unpack_heads(buffer.bytes(), 2, unpacked.view(), stream.handle());
  stream.synchronize();
  pack_heads(a.q(), 2, host_packed);
  CHECK(packed == host_packed);
  OwnedTensor back(Element::bf16, s.batch, s.rows, s.heads, s.dim);
  unpacked.fetch(back.view());
  OwnedTensor q_host(Element::bf16, s.batch, s.rows, s.heads, s.dim);
  convert(a.q(), q_host.view());
  CHECK(back.bytes == q_host.bytes);
}
