// The attention kernels for the GPU, their own source, on the emulated GPU against dense attention in fp64:
// every number format, head dim, mask, layout and grouping; blocks that end inside a tile; races and bank
// conflicts.
#include "tests/kernels/emulated_attention.h"

#include <cmath>
#include <stdexcept>

#include "kernels/attention_state.h"
#include "tests/base/thinned.h"
#include "tests/catch.h"
#include "tests/kernels/attention_problem.h"

using namespace kernels;
using namespace kernel_tests;

namespace {

// Against fp64; bounds of docs/kernels.md.
void check_against_dense(const Problem& problem, Layout layout, int parts, const Backend& backend) {
  const DenseAttention dense = problem.dense();
  const DenseGradients gradients = problem.gradients();
  const Result result = run_ring(problem, layout, parts, backend);
  const bool half = problem.element == Element::fp16;
  CHECK(relative_error(result.output, dense.output) <= (half ? 5e-4 : 4e-3));
  CHECK(worst_error(result.output, dense.output) <= (half ? 4e-3 : 2e-2));
  CHECK(lse_error(result.lse, dense.lse) <= 2e-5);
  if (problem.shape.rows == 1) return;  // one key: dq and dk are zero up to rounding
  for (const auto& [x, truth] : {std::pair(&result.dq, &gradients.dq), std::pair(&result.dk, &gradients.dk),
                                 std::pair(&result.dv, &gradients.dv)}) {
    CHECK(relative_error(*x, *truth) <= (half ? 1e-3 : 6e-3));
    CHECK(worst_error(*x, *truth) <= (half ? 4e-3 : 2e-2));
  }
}

// The forward steps of sm_90a alone, in both orders of the warps, which must agree in every bit.
void check_forward(const Problem& problem, Layout layout, int parts, const DenseAttention& dense) {
  const Shape& s = problem.shape;
  std::vector<std::vector<double>> outputs;
  for (const WarpOrder order : {WarpOrder::ascending, WarpOrder::descending}) {
    OwnedTensor carried(Element::fp32, s.batch, s.rows, s.heads, s.dim);
    OwnedTensor output(problem.element, s.batch, s.rows, s.heads, s.dim);
    OwnedRows max(s.batch, s.heads, s.rows), sum = max, lse = max;
    const ForwardState state = {carried.view(), max.view(), sum.view()};
    reset(state);
    for (int q = 0; q < parts; ++q)
      for (int k = 0; k < parts; ++k)
        for (const Run& rows : runs_of(layout, s.rows, parts, q))
          for (const Run& keys : runs_of(layout, s.rows, parts, k)) {
            const auto cut = [](const auto& view, const Run& run) {
              return rows_of(view, run.first, run.count, run.stride);
            };
            emulate(GpuKernels::sm90a,
                    {cut(problem.q(), rows),
                     cut(problem.k(), keys),
                     cut(problem.v(), keys),
                     {rows.first, rows.stride, keys.first, keys.stride},
                     problem.mask,
                     problem.scale},
                    {cut(state.output, rows), cut(state.running_max, rows), cut(state.running_sum, rows)},
                    order);
          }
    finish(state, output.view(), lse.view());
    outputs.push_back(output.numbers());
    CHECK(lse_error(lse.numbers, dense.lse) <= 2e-5);
  }
  const bool half = problem.element == Element::fp16;
  CHECK(relative_error(outputs[0], dense.output) <= (half ? 5e-4 : 4e-3));
  CHECK(worst_error(outputs[0], dense.output) <= (half ? 4e-3 : 2e-2));
  CHECK(outputs[0] == outputs[1]);
}

}  // namespace

TEST_CASE("emulated sm_80: every mask, layout, grouping, dim and type agrees with dense attention") {
  tests::Thinning thinning(5);
  for (const std::int64_t dim : {64, 128})
    for (const Element element : {Element::bf16, Element::fp16})
      for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::full}, Mask{MaskKind::sliding, 37}}) {
        const Problem problem({1, 96, 2, element == Element::bf16 ? 1 : 2, dim}, element, mask);
        for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped}) {
          if (!thinning.takes_next()) continue;
          INFO("dim " << dim << ", " << name_of(element) << ", " << text_of(mask) << ", " << name_of(layout));
          check_against_dense(problem, layout, layout == Layout::contiguous ? 1 : 2,
                              emulated(GpuKernels::sm80));
        }
      }
}

TEST_CASE("emulated sm_80: blocks that end inside, at and behind a tile, in both orders of the warps") {
  tests::Thinning thinning(3);
  for (const std::int64_t rows : {1, 17, 64, 129, 200})
    for (const WarpOrder order : {WarpOrder::ascending, WarpOrder::descending}) {
      if (!thinning.takes_next()) continue;
      INFO(rows << " rows");
      const Mask mask = rows == 200 ? Mask{MaskKind::sliding, 70} : Mask{MaskKind::causal};
      check_against_dense(Problem({2, rows, 2, 1, 64}, Element::bf16, mask), Layout::contiguous, 1,
                          emulated(GpuKernels::sm80, order));
    }
}

TEST_CASE("emulated sm_80: a ring of eight steps has at most 1.2 times the error of one step", "[numbers]") {
  const Problem problem({1, 128, 2, 1, 128}, Element::bf16, {});
  const DenseAttention dense = problem.dense();
  const DenseGradients gradients = problem.gradients();
  const Result one = run_ring(problem, Layout::zigzag, 1, emulated(GpuKernels::sm80));
  const Result ring = run_ring(problem, Layout::zigzag, 8, emulated(GpuKernels::sm80));
  CHECK(relative_error(ring.output, dense.output) <= 1.2 * relative_error(one.output, dense.output));
  CHECK(relative_error(ring.dq, gradients.dq) <= 1.2 * relative_error(one.dq, gradients.dq));
  CHECK(relative_error(ring.dk, gradients.dk) <= 1.2 * relative_error(one.dk, gradients.dk));
  CHECK(relative_error(ring.dv, gradients.dv) <= 1.2 * relative_error(one.dv, gradients.dv));
}

TEST_CASE("emulated sm_80: hard inputs stay finite and right") {
  for (const Inputs inputs : {Inputs::outliers, Inputs::large_scores, Inputs::negative_scores}) {
    INFO(name_of(inputs));
    const Problem problem({1, 80, 1, 1, 64}, Element::bf16, {}, inputs);
    const DenseAttention dense = problem.dense();
    const Result result = run_ring(problem, Layout::striped, 2, emulated(GpuKernels::sm80));
    CHECK(relative_error(result.output, dense.output) <= 4e-3);
    CHECK(lse_error(result.lse, dense.lse) <= 5e-5);
    for (const double x : result.dq) REQUIRE(std::abs(x) < 1e4);
  }
}

TEST_CASE("emulated sm_90a: every mask, layout, dim and type agrees with dense attention") {
  tests::Thinning thinning(5);
  for (const std::int64_t dim : {64, 128})
    for (const Element element : {Element::bf16, Element::fp16})
      for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::full}, Mask{MaskKind::sliding, 37}}) {
        const Problem problem({1, 96, 2, element == Element::bf16 ? 1 : 2, dim}, element, mask);
        const DenseAttention dense = problem.dense();
        for (const Layout layout : {Layout::contiguous, Layout::striped}) {
          if (!thinning.takes_next()) continue;
          INFO("dim " << dim << ", " << name_of(element) << ", " << text_of(mask) << ", " << name_of(layout));
          check_forward(problem, layout, layout == Layout::contiguous ? 1 : 2, dense);
        }
      }
  // Five tiles of keys through two stages, two blocks of rows, the last one cut.
  const Problem problem({2, 600, 2, 1, 64}, Element::bf16, {});
  check_forward(problem, Layout::contiguous, 1, problem.dense());
}

TEST_CASE("emulated sm_80: the order of the warps changes no bit, and no ldmatrix has a bank conflict") {
  const Problem problem({1, 200, 2, 1, 128}, Element::bf16, {});
  const Shape& s = problem.shape;
  std::vector<std::vector<std::byte>> results;
  for (const WarpOrder order : {WarpOrder::ascending, WarpOrder::descending}) {
    OwnedTensor output(Element::fp32, s.batch, s.rows, s.heads, s.dim);
    OwnedRows max(s.batch, s.heads, s.rows), sum = max, lse = max, delta = max;
    const ForwardState state = {output.view(), max.view(), sum.view()};
    reset(state);
    const EmulationCounts forward = emulate(
        GpuKernels::sm80, ForwardStep{problem.q(), problem.k(), problem.v(), {}, problem.mask, problem.scale},
        state, order);
    CHECK(forward.matrix_loads > 0);
    CHECK(forward.bank_conflicts == 0);
    OwnedTensor rounded(problem.element, s.batch, s.rows, s.heads, s.dim);
    finish(state, rounded.view(), lse.view());
    delta_of(problem.d_output(), rounded.view(), delta.view());
    OwnedTensor dq(Element::fp32, s.batch, s.rows, s.heads, s.dim);
    OwnedTensor dk(Element::fp32, s.batch, s.rows, s.kv_heads, s.dim), dv = dk;
    const EmulationCounts backward = emulate(BackwardStep{problem.q(),
                                                          problem.k(),
                                                          problem.v(),
                                                          problem.d_output(),
                                                          lse.view(),
                                                          delta.view(),
                                                          {},
                                                          problem.mask,
                                                          problem.scale},
                                             {dq.view(), dk.view(), dv.view()}, order);
    CHECK(backward.bank_conflicts == 0);
    results.push_back(output.bytes);
    for (const OwnedTensor* gradient : {&dq, &dk, &dv})
      results.back().insert(results.back().end(), gradient->bytes.begin(), gradient->bytes.end());
  }
  CHECK(results[0] == results[1]);
}

TEST_CASE("the emulated GPU sees races, divergence and bad addresses") {
  const auto run = [](const std::function<void(EmulatedThread&)>& body) {
    try {
      run_emulated({1, 1, 1, 64, 256, WarpOrder::ascending}, body);
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(run([](EmulatedThread& gpu) { gpu.sync(); }) == "");
  CHECK(run([](EmulatedThread& gpu) {
          if (gpu.lane() == 3)
            gpu.any(true);
          else
            gpu.shuffle_xor(1, 1);
        }).find("lanes of one warp") != std::string::npos);
  CHECK(run([](EmulatedThread& gpu) {
          if (gpu.thread() > 0) gpu.sync();
        }).find("waits for ever") != std::string::npos);
  CHECK(run([](EmulatedThread& gpu) { gpu.store_int(gpu.shared() + 256, 1); }).find("outside") !=
        std::string::npos);
  // Without a barrier warp 0 reads before warp 1 has written.
  for (const bool barrier : {true, false}) {
    int read = 0;
    run([&](EmulatedThread& gpu) {
      if (gpu.thread() == 32) gpu.store_int(gpu.shared(), 5);
      if (barrier) gpu.sync();
      if (gpu.thread() == 0) read = gpu.load_int(gpu.shared());
    });
    CHECK((read == 5) == barrier);
  }
}
