// State, delta and conversions of the GPU, their own source, on the emulated GPU against those of the host.
#include "kernels/attention_state.h"
#include "kernels/cuda/state_bodies.h"
#include "kernels/cuda/step_arguments.h"
#include "kernels/tensor_copy.h"
#include "tests/catch.h"
#include "tests/kernels/attention_problem.h"
#include "tests/kernels/emulated_gpu.h"

using namespace kernels;
using namespace kernel_tests;

namespace {

RowShape shape_of(const ConstTensorView& view) {
  return {static_cast<int>(view.batch), static_cast<int>(view.rows), static_cast<int>(view.heads),
          static_cast<int>(view.dim)};
}
StateArguments state_of(const ForwardState& state) {
  return {device_tensor(state.output), device_rows(state.running_max), device_rows(state.running_sum)};
}

void run_rows(const ConstTensorView& view, const std::function<void(EmulatedThread&)>& body) {
  const auto rows = static_cast<int>(view.batch * view.rows * view.heads);
  run_emulated({(rows + row_warps - 1) / row_warps, 1, 1, row_warps * warp_lanes, 0, WarpOrder::ascending},
               body);
}

// A state after one step on the cpu.
struct State {
  State(const Problem& problem, std::int64_t first_key)
      : output(Element::fp32, problem.shape.batch, problem.shape.rows, problem.shape.heads,
               problem.shape.dim),
        max(problem.shape.batch, problem.shape.heads, problem.shape.rows),
        sum(max) {
    reset(view());
    backend_named("cpu").forward_step(
        {problem.q(), problem.k(), problem.v(), {0, 1, first_key, 1}, problem.mask, problem.scale}, view(),
        {});
  }
  ForwardState view() { return {output.view(), max.view(), sum.view()}; }

  OwnedTensor output;
  OwnedRows max, sum;
};

}  // namespace

TEST_CASE("emulated gpu: reset, merge, finish and delta agree with the host") {
  for (const std::int64_t dim : {64, 128}) {
    // Rows 0-6 see no key of the first state, rows 0-2 none of either.
    const Problem a({2, 21, 3, 3, dim}, Element::bf16, {}, Inputs::normal, 1);
    const Problem b({2, 21, 3, 3, dim}, Element::bf16, {}, Inputs::large_scores, 2);
    State into(a, 7), part(b, 3), expected = into;
    run_rows(into.view().output, [&](EmulatedThread& gpu) {
      merge_row(gpu,
                MergeArguments{shape_of(into.view().output), state_of(into.view()), state_of(part.view())});
    });
    merge(expected.view(), part.view());
    CHECK(relative_error(into.output.numbers(), expected.output.numbers()) < 1e-6);
    CHECK(lse_error(into.sum.numbers, {expected.sum.numbers.begin(), expected.sum.numbers.end()}) < 1e-5);
    CHECK(into.max.numbers == expected.max.numbers);

    OwnedTensor output(Element::bf16, 2, 21, 3, dim), truth = output;
    OwnedRows lse(2, 3, 21), lse_truth = lse, delta = lse, delta_truth = lse;
    run_rows(output.view(), [&](EmulatedThread& gpu) {
      finish_row(gpu, FinishArguments{shape_of(output.view()),
                                      state_of(expected.view()),
                                      {device_tensor(output.view()), Element::bf16},
                                      device_rows(lse.view())});
    });
    finish(expected.view(), truth.view(), lse_truth.view());
    CHECK(output.bytes == truth.bytes);
    CHECK(lse_error(lse.numbers, {lse_truth.numbers.begin(), lse_truth.numbers.end()}) < 1e-6);

    run_rows(output.view(), [&](EmulatedThread& gpu) {
      delta_row(gpu, DeltaArguments{shape_of(output.view()),
                                    {device_tensor(a.d_output()), Element::bf16},
                                    {device_tensor(output.view()), Element::bf16},
                                    device_rows(delta.view())});
    });
    delta_of(a.d_output(), output.view(), delta_truth.view());
    CHECK(lse_error(delta.numbers, {delta_truth.numbers.begin(), delta_truth.numbers.end()}) < 1e-4);

    run_rows(output.view(), [&](EmulatedThread& gpu) {
      reset_row(gpu, ResetArguments{shape_of(into.view().output), state_of(into.view())});
    });
    for (const double x : into.output.numbers()) REQUIRE(x == 0);
    CHECK(into.max.numbers.front() == -std::numeric_limits<float>::infinity());
    CHECK(into.sum.numbers.back() == 0);
  }
}

TEST_CASE("emulated gpu: conversions and sums of parts agree with the host in every bit") {
  const Problem problem({1, 9, 3, 3, 80}, Element::fp32, {});
  for (const Element from : {Element::fp32, Element::fp16, Element::bf16})
    for (const Element to : {Element::fp32, Element::fp16, Element::bf16}) {
      OwnedTensor source(from, 1, 9, 3, 80), result(to, 1, 9, 3, 80), truth = result;
      convert(problem.q(), source.view());
      run_rows(source.view(), [&](EmulatedThread& gpu) {
        convert_row(gpu, ConvertArguments{shape_of(source.view()),
                                          {device_tensor(source.view()), from},
                                          {device_tensor(result.view()), to}});
      });
      convert(source.view(), truth.view());
      CHECK(result.bytes == truth.bytes);
    }
  const std::vector<Bf16> parts = {to_bf16(1),   to_bf16(2), to_bf16(3),
                                   to_bf16(256), to_bf16(1), to_bf16(0.5F)};
  std::vector<Bf16> sum(3);
  run_emulated({1, 1, 1, row_warps * warp_lanes, 0, WarpOrder::ascending}, [&](EmulatedThread& gpu) {
    sum_number(gpu, SumArguments{parts.data(), sum.data(), 3, 2, Element::bf16});
  });
  CHECK(sum[0].bits == to_bf16(257).bits);
  CHECK(sum[1].bits == to_bf16(3).bits);
  CHECK(sum[2].bits == to_bf16(3.5F).bits);
}
