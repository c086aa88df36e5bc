// The backends that other tests of the executor leave out: every method in fp64 on the host, some on the
// kernels of both GPU generations on the emulated GPU, against dense attention.
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "tests/catch.h"
#include "tests/kernels/emulated_attention.h"
#include "tests/validation/run_plan.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;

namespace {

constexpr Mask causal{MaskKind::causal, 0}, full{MaskKind::full, 0}, sliding{MaskKind::sliding, 20};

// Every method, its layouts, and both backward sides where there are two.
const char* const methods[] = {"ring:ring=4:inner_ring=4:layout=contiguous:backward=kv",
                               "ring:ring=4:inner_ring=4:layout=zigzag:backward=kv",
                               "ring:ring=4:inner_ring=4:layout=striped:backward=q",
                               "ring:ring=4:inner_ring=2:layout=zigzag:backward=kv",
                               "ring:ring=4:inner_ring=2:layout=zigzag:backward=q",
                               "all-gather:ring=4",
                               "ulysses:ulysses=4",
                               "usp:ulysses=2:ring=2",
                               "tensor:tensor=4",
                               "ring:tensor=2:ring=2:inner_ring=2:layout=zigzag"};

void check(const std::string& text, const Size& size, const Mask& mask, Dtype dtype,
           const kernels::Backend& backend) {
  const Scenario base = scenario_for(tests::every_plan(4).front(), size, mask, dtype);
  const Plan plan = plan_from_alias(text, base);
  const Scenario scenario = scenario_for(plan, size, mask, dtype);
  INFO(text << ", " << size.kv_heads << " of " << size.heads << " key heads, mask "
            << static_cast<int>(mask.kind) << ", " << backend.name);
  if (reject(scenario, plan)) {
    CHECK(size.kv_heads < plan.tensor * plan.ulysses);
    return;
  }
  RunOptions options;
  options.backend = &backend;
  const Ran ran = run(scenario, plan, options);
  for (const TensorError& error : errors_of(ran, plan, truth_of(ran.problem, Gradients::yes, 1))) {
    INFO(text_of(error) << "; relative " << error.relative << ", worst " << error.worst);
    CHECK(error.agrees());
  }
}

}  // namespace

TEST_CASE("executor: every method on the fp64 reference, under every mask and grouping") {
  for (const char* method : methods)
    for (const std::int64_t kv_heads : {8, 2, 1})
      for (const Mask& mask : {causal, full, sliding})
        check(method, {.sequence = 48, .heads = 8, .kv_heads = kv_heads}, mask, Dtype::fp32,
              kernels::backend_named("reference"));
}

// Few and small: an emulated step takes a second.  Masks, layouts and types of the kernels alone are in
// emulated_attention_test.cpp.
TEST_CASE("executor: ring, burst and Ulysses on the emulated GPUs, also grouped 4:1 and 8:1") {
  const kernels::Backend& sm80 = kernel_tests::emulated(kernel_tests::GpuKernels::sm80);
  const kernels::Backend& sm90a = kernel_tests::emulated(kernel_tests::GpuKernels::sm90a);
  const auto size = [](std::int64_t heads, std::int64_t kv_heads) {
    return Size{.sequence = 32, .heads = heads, .kv_heads = kv_heads, .head_dim = 64};
  };
  check(methods[1], size(4, 1), sliding, Dtype::bf16, sm80);
  check(methods[4], size(8, 1), causal, Dtype::fp16, sm80);
  check(methods[6], size(4, 4), full, Dtype::bf16, sm80);
  check(methods[1], size(4, 1), causal, Dtype::bf16, sm90a);
}
