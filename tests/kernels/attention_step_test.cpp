// Every backend x mask x layout x head grouping x element type against dense attention in fp64, forward and
// backward, as a ring of four steps; then the shapes at which tiles end, and the inputs that are hard.
//
// Tolerances: docs/kernels.md.
#include "kernels/attention_step.h"

#include <algorithm>
#include <cmath>

#include "kernels/attention_state.h"
#include "tests/base/thinned.h"
#include "tests/catch.h"
#include "tests/kernels/attention_problem.h"
#include "tests/kernels/plain_attention.h"

using namespace kernels;
using namespace kernel_tests;

namespace {

struct Tolerance {
  double output, output_worst, gradient, gradient_worst;
};

Tolerance tolerance_of(Element element) {
  switch (element) {
    case Element::fp32: return {1e-6, 1e-5, 1e-6, 1e-5};
    case Element::fp16: return {5e-4, 4e-3, 1e-3, 4e-3};
    case Element::bf16: return {4e-3, 2e-2, 6e-3, 2e-2};
  }
  return {};
}

void check_result(const Result& result, const DenseAttention& dense, const DenseGradients& gradients,
                  Element element) {
  const Tolerance bound = tolerance_of(element);
  CHECK(relative_error(result.output, dense.output) <= bound.output);
  CHECK(worst_error(result.output, dense.output) <= bound.output_worst);
  CHECK(lse_error(result.lse, dense.lse) <= 2e-5);
  const auto check_gradient = [&](const std::vector<double>& x, const std::vector<double>& truth) {
    CHECK(relative_error(x, truth) <= bound.gradient);
    CHECK(worst_error(x, truth) <= bound.gradient_worst);
  };
  check_gradient(result.dq, gradients.dq);
  check_gradient(result.dk, gradients.dk);
  check_gradient(result.dv, gradients.dv);
}

void check_matrix(Element element) {
  constexpr int parts = 4;
  tests::Thinning thinning(5);
  for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::full}, Mask{MaskKind::sliding, 29}})
    for (const std::int64_t kv_heads : {8, 2, 1}) {
      const Problem problem({1, 96, 8, kv_heads, 64}, element, mask);
      const DenseAttention dense = problem.dense();
      const DenseGradients gradients = problem.gradients();
      for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
        for (const Runner& runner : runners()) {
          if (!thinning.takes_next()) continue;
          INFO(runner.name << ", " << text_of(mask) << ", " << name_of(layout) << ", 8 heads on "
                           << kv_heads);
          check_result(run_ring(problem, layout, parts, *runner.backend, runner.options), dense, gradients,
                       element);
        }
    }
}

}  // namespace

TEST_CASE("every backend, mask, layout and grouping agrees with dense attention in fp32") {
  check_matrix(Element::fp32);
}

TEST_CASE("every backend, mask, layout and grouping agrees with dense attention in fp16") {
  check_matrix(Element::fp16);
}

TEST_CASE("every backend, mask, layout and grouping agrees with dense attention in bf16") {
  check_matrix(Element::bf16);
}

TEST_CASE("head dims that are multiples of 16 are right on every backend") {
  for (const std::int64_t dim : {16, 48, 64, 80, 96, 128, 256}) {
    const Problem problem({2, 70, 2, 1, dim}, Element::fp32, {});
    const DenseAttention dense = problem.dense();
    const DenseGradients gradients = problem.gradients();
    for (const Runner& runner : runners()) {
      INFO(runner.name << ", dim " << dim);
      check_result(run_ring(problem, Layout::zigzag, 1, *runner.backend, runner.options), dense, gradients,
                   Element::fp32);
    }
  }
}

TEST_CASE("blocks that end inside, at and just behind a tile are right") {
  // Tiles of the cpu backend: 192 rows x 192 keys forward, 192 keys x 96 rows backward.
  for (const std::int64_t rows : {1, 2, 15, 63, 65, 97, 192, 193, 385})
    for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::full}, Mask{MaskKind::sliding, 70}}) {
      const Problem problem({1, rows, 2, 1, 32}, Element::fp32, mask);
      const DenseAttention dense = problem.dense();
      const DenseGradients gradients = problem.gradients();
      for (const Runner& runner : runners()) {
        INFO(runner.name << ", " << rows << " rows, " << text_of(mask));
        const Result result = run_ring(problem, Layout::contiguous, 1, *runner.backend, runner.options);
        CHECK(relative_error(result.output, dense.output) <= 1e-6);
        CHECK(lse_error(result.lse, dense.lse) <= 2e-5);
        CHECK(relative_error(result.dv, gradients.dv) <= 1e-6);
        if (rows == 1) continue;                       // one key: p = 1, so dq and dk are zero up to rounding
        const double bound = rows < 16 ? 5e-6 : 1e-6;  // with few keys dO . v - delta nearly cancels
        CHECK(relative_error(result.dq, gradients.dq) <= bound);
        CHECK(relative_error(result.dk, gradients.dk) <= bound);
      }
    }
}

TEST_CASE("hard inputs cost at most twice the error of plain attention in the same precision") {
  for (const Inputs inputs : {Inputs::normal, Inputs::outliers, Inputs::large_scores, Inputs::negative_scores,
                              Inputs::constant_rows})
    for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::sliding, 1}}) {
      const Problem problem({1, 160, 2, 1, 128}, Element::fp32, mask, inputs);
      const DenseAttention dense = problem.dense();
      const DenseGradients gradients = problem.gradients();
      const PlainAttention plain = plain_attention(problem);
      // Backward reads LSE as fp32; its rounding is an error of p that plain attention does not have.  The
      // rest is what rounding may cost where plain attention happens to be exact.
      double noise = 2e-7;
      for (const double lse : dense.lse) noise = std::max(noise, 2e-7 + 0x1p-24 * std::fabs(lse));
      for (const Runner& runner : runners()) {
        INFO(runner.name << ", " << name_of(inputs) << ", " << text_of(mask));
        const Result result = run_ring(problem, Layout::striped, 2, *runner.backend, runner.options);
        CHECK(relative_error(result.output, dense.output) <=
              2 * relative_error(plain.output, dense.output) + noise);
        CHECK(lse_error(result.lse, dense.lse) <= 2 * lse_error(plain.lse, dense.lse) + 2e-5);
        CHECK(relative_error(result.dv, gradients.dv) <= 2 * relative_error(plain.dv, gradients.dv) + noise);
        if (mask.window == 1 || inputs == Inputs::constant_rows) {
          // Equal keys or one visible key: the true dq (and with one key dk) is zero.
          for (const double x : result.dq) REQUIRE(std::fabs(x) < 1e-4);
          continue;
        }
        CHECK(relative_error(result.dq, gradients.dq) <= 2 * relative_error(plain.dq, gradients.dq) + noise);
        CHECK(relative_error(result.dk, gradients.dk) <= 2 * relative_error(plain.dk, gradients.dk) + noise);
      }
    }
}

TEST_CASE("a ring of up to 64 steps has at most 1.2 times the error of one step", "[numbers]") {
  for (const Element element : {Element::fp32, Element::bf16}) {
    const Problem problem({1, 128, 2, 1, 64}, element, {});
    const DenseAttention dense = problem.dense();
    const DenseGradients gradients = problem.gradients();
    for (const Runner& runner : runners()) {
      const Result one = run_ring(problem, Layout::zigzag, 1, *runner.backend, runner.options);
      for (const int parts : {2, 8, 64})
        for (const Layout layout : {Layout::zigzag, Layout::striped}) {
          if (runner.name == "reference" && parts != 64) continue;
          INFO(runner.name << ", " << name_of(element) << ", " << name_of(layout) << ", " << parts
                           << " steps");
          const Result ring = run_ring(problem, layout, parts, *runner.backend, runner.options);
          // The reference rounds to fp32 once per step, which one step hardly does: its floor is fp32 itself.
          const double floor = runner.name == "reference" ? 4e-7 : 0;
          const auto check_ring = [&](const auto& x, const auto& x_of_one, const auto& truth) {
            CHECK(relative_error(x, truth) <= 1.2 * relative_error(x_of_one, truth) + floor);
          };
          check_ring(ring.output, one.output, dense.output);
          check_ring(ring.dq, one.dq, gradients.dq);
          check_ring(ring.dk, one.dk, gradients.dk);
          check_ring(ring.dv, one.dv, gradients.dv);
        }
    }
  }
}

TEST_CASE("the cpu backend gives the same bits for any number of threads and in every run") {
  const Problem problem({2, 600, 4, 2, 64}, Element::bf16, {});
  for (const Runner& runner : runners()) {
    if (runner.name == "reference") continue;
    INFO(runner.name);
    StepOptions options = runner.options;
    const Result one = run_ring(problem, Layout::zigzag, 2, *runner.backend, options);
    for (const int threads : {2, 3, 7, 7}) {
      options.threads = threads;
      const Result many = run_ring(problem, Layout::zigzag, 2, *runner.backend, options);
      CHECK(many.output == one.output);
      CHECK(many.lse == one.lse);
      CHECK(many.dq == one.dq);
      CHECK(many.dk == one.dk);
      CHECK(many.dv == one.dv);
    }
  }
}
