#include "costmodel/plan/plan_text.h"

#include <random>

#include "costmodel/base/error.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

std::string message_of(const std::string& axes) {
  try {
    Plan plan;
    apply_axes(plan, axes);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a plan reads as its axes") {
  Plan plan;
  plan.ring = plan.inner_ring = 8;
  plan.backward = BackwardSide::q;
  CHECK(axes_text(plan) == "transport=ring:ring=8:inner_ring=8:layout=zigzag:backward=q:grad_dtype=bf16");
  Plan tensor;
  tensor.transport = Transport::tensor;
  tensor.tensor = 8;
  CHECK(axes_text(tensor) == "transport=tensor:tensor=8");
}

TEST_CASE("every plan reads back from its axes") {
  std::mt19937 random(3);
  const auto pick = [&random](int values) {
    return std::uniform_int_distribution<int>(0, values - 1)(random);
  };
  for (int i = 0; i < 2000; ++i) {
    Plan plan;
    plan.transport = static_cast<Transport>(pick(6));
    plan.tensor = 1 + pick(3);
    plan.data = 1 + pick(3);
    plan.ulysses = 1 + pick(3);
    plan.ring = 1 + pick(6);
    plan.inner_ring = 1 + pick(6);
    plan.layout = static_cast<Layout>(pick(3));
    plan.backward = static_cast<BackwardSide>(pick(2));
    plan.grad_dtype = static_cast<GradDtype>(pick(2));
    plan.checkpoint = static_cast<Checkpoint>(pick(4));
    plan.zero = pick(4);
    plan.offload = static_cast<Offload>(pick(2));
    plan.fused_loss = static_cast<FusedLoss>(pick(2));
    Plan read;
    apply_axes(read, axes_text(plan));
    INFO(axes_text(plan));
    REQUIRE(read == plan);
  }
}

TEST_CASE("a flat ring stays flat when its length is set") {
  Plan plan;
  apply_axes(plan, "ring=8");
  CHECK(plan.inner_ring == 8);
  apply_axes(plan, "inner_ring=4:ring=16");
  CHECK(plan.inner_ring == 4);
  CHECK(plan.double_ring());
}

TEST_CASE("a bad axis is refused with the allowed values and the nearest word") {
  CHECK(message_of("transprot=ring").find("did you mean \"transport\"?") != std::string::npos);
  CHECK(message_of("layout=zig-zag").find("did you mean \"zigzag\"?") != std::string::npos);
  CHECK(message_of("layout=zig-zag").find("contiguous, zigzag or striped") != std::string::npos);
  CHECK(message_of("ring=0").find("from 1 to 1048576") != std::string::npos);
  CHECK(message_of("ring=eight").find("such as 8") != std::string::npos);
  CHECK(message_of("zero=4").find("from 0 to 3") != std::string::npos);
  CHECK(message_of("ring").find("ring=8:layout=zigzag") != std::string::npos);
  CHECK(message_of("").find("expected axis=value") != std::string::npos);
}
