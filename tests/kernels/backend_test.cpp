// Choosing a backend, what it says about itself, and what the steps refuse.
#include "kernels/backend.h"

#include <algorithm>

#include "kernels/attention_state.h"
#include "kernels/cpu_peak.h"
#include "tests/catch.h"
#include "tests/kernels/attention_problem.h"
#include "tests/kernels/refusal.h"

using namespace kernels;
using namespace kernel_tests;

namespace {

void check_says(const std::string& message, const std::vector<std::string>& parts) {
  INFO(message);
  for (const std::string& part : parts) CHECK(message.find(part) != std::string::npos);
}

// A step that is right in every respect, for tests that spoil one.
struct Good {
  Problem problem{{1, 8, 4, 2, 16}, Element::fp32, {}};
  OwnedTensor output{Element::fp32, 1, 8, 4, 16}, dk{Element::fp32, 1, 8, 2, 16};
  OwnedRows numbers{1, 4, 8};
  ForwardStep forward{problem.q(), problem.k(), problem.v(), {}, {}, problem.scale};
  ForwardState state{output.view(), numbers.view(), numbers.view()};
  BackwardStep backward{problem.q(),    problem.k(), problem.v(), problem.d_output(), numbers.view(),
                        numbers.view(), {},          {},          problem.scale};
  GradientState gradients{output.view(), dk.view(), dk.view()};

  // On every backend, which must say the same but for its name.
  void refuses(const std::vector<std::string>& parts) const {
    for (const Runner& runner : runners())
      check_says(message_of([&] { runner.backend->forward_step(forward, state, runner.options); }), parts);
  }
  void refuses_backward(const std::vector<std::string>& parts) const {
    for (const Runner& runner : runners())
      check_says(message_of([&] { runner.backend->backward_step(backward, gradients, runner.options); }),
                 parts);
  }
};

}  // namespace

TEST_CASE("the fastest backend that can compute a step is chosen, and says what will run") {
  CHECK(choose_backend({}).name == "cpu");
  CHECK(choose_backend({.dim = 96, .element = Element::bf16, .deterministic = true}).name == "cpu");
  CHECK(choose_backend({.dim = 20}).name == "reference");
  check_says(backend_named("cpu").rejects({.dim = 20}), {"multiples of 16", "not 20"});
  CHECK(backend_named("cpu").rejects({.dim = 80}) == "");
  check_says(message_of([] { choose_backend({.dim = 0}); }), {"no backend", "not 0"});
  check_says(message_of([] { backend_named("gpu"); }), {"no backend \"gpu\"", "cpu, reference"});
  StepOptions options;
  options.threads = 2;
  check_says(backend_named("cpu").description(options),
             {"cpu: " + std::string(kernels::name_of(best_cpu_level())), "2 threads"});
  check_says(backend_named("reference").description(options), {"fp64"});
}

TEST_CASE("the portable loops run everywhere, and loops that the processor lacks are refused") {
  const auto levels = available_cpu_levels();
  REQUIRE(levels.back() == CpuLevel::portable);
  CHECK(tile_kernels_of(CpuLevel::portable).lanes == 4);
  for (const CpuLevel level : {CpuLevel::avx2, CpuLevel::avx512}) {
    const bool is_here = std::find(levels.begin(), levels.end(), level) != levels.end();
    const std::string message = message_of([&] { tile_kernels_of(level); });
    if (is_here)
      CHECK(message == "");
    else
      check_says(message, {std::string(kernels::name_of(level)), "the best it has is"});
  }
}

TEST_CASE("the measured multiply-add rate is that of a processor") {
  for (const CpuLevel level : available_cpu_levels()) {
    const double peak = measured_fma_peak(level);
    CHECK(peak > 1e8);
    CHECK(peak < 1e13);
  }
}

TEST_CASE("steps refuse what does not fit together and say what would be right") {
  SECTION("head dim of the keys") {
    Good good;
    good.forward.k.dim = 32;
    good.forward.v.dim = 32;
    good.refuses(
        {"forward step", "q is 1 x 8 x 4 x 16 fp32", "k is 1 x 8 x 2 x 32 fp32", "batch and dim must agree"});
  }
  SECTION("number of heads") {
    Good good;
    good.forward.k.heads = good.forward.v.heads = 3;
    good.refuses({"q has 4 heads, k has 3", "must divide"});
  }
  SECTION("values that are not as many as keys") {
    Good good;
    good.forward.v.rows = 7;
    good.refuses({"v is 1 x 7 x 2 x 16 fp32, k is 1 x 8 x 2 x 16 fp32", "one shape"});
  }
  SECTION("mixed types") {
    Good good;
    good.forward.v.element = Element::bf16;
    good.refuses({"q is fp32, k fp32, v bf16", "one type"});
  }
  SECTION("no scale") {
    Good good;
    good.forward.scale = 0;
    good.refuses({"scale is 0", "softmax_scale"});
  }
  SECTION("strides and windows that make no sense") {
    Good good;
    good.forward.position.k_stride = 0;
    good.refuses({"k_stride is 0", "at least 1"});
    good.forward.position.k_stride = 1;
    good.forward.mask = {MaskKind::sliding, 0};
    good.refuses({"window of the sliding mask is 0", "at least 1"});
  }
  SECTION("a state of another shape") {
    Good good;
    good.state.output.rows = 9;
    good.refuses({"output is 1 x 9 x 4 x 16 fp32, q is 1 x 8 x 4 x 16 fp32"});
    Good rows;
    rows.state.running_sum.heads = 8;
    rows.state.running_sum.rows = 4;
    rows.refuses({"running_sum is 1 x 8 x 4 (batch x heads x rows)", "one number per batch, head and row"});
  }
  SECTION("strides of 0 in what is written") {
    Good good;
    good.state.output.row_stride = 0;
    good.refuses({"output is 1 x 8 x 4 x 16 fp32 with strides 512, 0, 16", "several rows to one place"});
    Good rows;
    rows.state.running_max.head_stride = 0;
    rows.refuses({"running_max has strides 32, 0, 1", "several rows to one place"});
    Good gradient;
    gradient.gradients.dv.head_stride = 0;
    gradient.refuses_backward({"dv is 1 x 8 x 2 x 16 fp32 with strides 256, 32, 0"});
  }
  SECTION("no memory") {
    Good good;
    good.forward.q.data = nullptr;
    good.refuses({"q is 1 x 8 x 4 x 16 fp32 but has no memory"});
  }
  SECTION("backward") {
    Good good;
    good.gradients.dk.heads = 4;
    good.refuses_backward({"backward step", "dk is 1 x 8 x 4 x 16 fp32, k is 1 x 8 x 2 x 16 fp32"});
    Good rows;
    rows.backward.lse.heads = 2;
    rows.refuses_backward({"lse is 1 x 2 x 8 (batch x heads x rows)"});
    Good output;
    output.backward.d_output.rows = 4;
    output.refuses_backward({"d_output is 1 x 4 x 4 x 16 fp32"});
  }
  SECTION("no threads") {
    const Good good;
    StepOptions options;
    options.threads = 0;
    check_says(message_of([&] { backend_named("cpu").forward_step(good.forward, good.state, options); }),
               {"threads is 0", "at least 1"});
  }
  SECTION("a dim that the backend cannot compute") {
    const Problem problem({1, 4, 1, 1, 20}, Element::fp32, {});
    OwnedTensor output(Element::fp32, 1, 4, 1, 20);
    OwnedRows numbers(1, 1, 4);
    check_says(message_of([&] {
                 backend_named("cpu").forward_step(
                     {problem.q(), problem.k(), problem.v(), {}, {}, problem.scale},
                     {output.view(), numbers.view(), numbers.view()}, {});
               }),
               {"multiples of 16", "not 20"});
  }
}

TEST_CASE("blocks without rows or keys are no work and no error") {
  for (const Runner& runner : runners()) {
    INFO(runner.name);
    Good good;
    reset(good.state);
    for (const bool no_keys : {true, false}) {
      ForwardStep forward = good.forward;
      ForwardState state = good.state;
      BackwardStep backward = good.backward;
      GradientState gradients = good.gradients;
      if (no_keys) {
        forward.k.rows = forward.v.rows = backward.k.rows = backward.v.rows = 0;
        gradients.dk.rows = gradients.dv.rows = 0;
      } else {
        forward.q.rows = state.output.rows = state.running_max.rows = state.running_sum.rows = 0;
        backward.q.rows = backward.d_output.rows = backward.lse.rows = backward.delta.rows =
            gradients.dq.rows = 0;
      }
      runner.backend->forward_step(forward, state, runner.options);
      runner.backend->backward_step(backward, gradients, runner.options);
    }
    for (const double x : good.output.numbers()) REQUIRE(x == 0);
    for (const double x : good.dk.numbers()) REQUIRE(x == 0);
  }
}
