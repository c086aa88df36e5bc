// Products in fp8 (formula 3.10): which take fp8 operands, and the passes that make them.
#include "costmodel/schedule/lower_step.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

constexpr double rows = 4096;

struct Fp8Work {
  double quantised = 0;  // bytes read and written by the passes of one layer
  int products = 0;      // with fp8 operands
};

// Of one layer of LLaMA-7B on one GPU, nothing computed again.
Fp8Work layer_work(Fp8 which, PhaseKind kind) {
  Scenario scenario;
  scenario.model = *find_model_preset("llama-7b");
  scenario.cluster = *find_cluster_preset("dgx-h100");
  scenario.workload.phase = WorkPhase::training_step;
  scenario.workload.sequence = static_cast<std::int64_t>(rows);
  scenario.workload.batch = 1;
  scenario.workload.fp8 = which;
  Plan plan;
  plan.checkpoint = Checkpoint::none;
  Fp8Work work;
  for (const PhaseRecipe& recipe : step_recipes(scenario, plan)) {
    if (recipe.kind != kind) continue;
    const Phase phase = lower_phase(scenario, recipe);
    for (const Op& op : phase.ops) {
      const std::size_t i = static_cast<std::size_t>(op.work);
      if (op.kind == OpKind::elementwise && phase.elementwise[i].kind == ElementwiseKind::quantise)
        work.quantised += phase.elementwise[i].fixed.value;
      if (op.kind == OpKind::gemm && phase.gemms[i].operand == 1) ++work.products;
    }
    break;
  }
  return work;
}

}  // namespace

TEST_CASE("a forward layer in fp8 quantises the input of every product: two bytes read, one written") {
  // By hand, widths of LLaMA-7B: the norms before both halves, O, and the product of the gates.
  const Fp8Work linear = layer_work(Fp8::linear, PhaseKind::layer_forward);
  CHECK(linear.quantised == rows * (4096 + 4096 + 4096 + 11008) * 3);
  CHECK(linear.products == 4);
  const Fp8Work feed_forward = layer_work(Fp8::feed_forward, PhaseKind::layer_forward);
  CHECK(feed_forward.quantised == rows * (4096 + 11008) * 3);
  CHECK(feed_forward.products == 2);
  CHECK(layer_work(Fp8::none, PhaseKind::layer_forward).quantised == 0);
  CHECK(layer_work(Fp8::none, PhaseKind::layer_forward).products == 0);
}

TEST_CASE("a backward layer in fp8 quantises each gradient once for both of its products") {
  // By hand: the gradients of the layer's output, of both gates, of the attention half and of Q, K, V.
  const Fp8Work linear = layer_work(Fp8::linear, PhaseKind::layer_backward);
  CHECK(linear.quantised == rows * (4096 + 2 * 11008 + 4096 + 3 * 4096) * 3);
  CHECK(linear.products == 8);
  const Fp8Work feed_forward = layer_work(Fp8::feed_forward, PhaseKind::layer_backward);
  CHECK(feed_forward.quantised == rows * (4096 + 2 * 11008) * 3);
  CHECK(feed_forward.products == 4);
  CHECK(layer_work(Fp8::none, PhaseKind::layer_backward).quantised == 0);
}

TEST_CASE("a prefill keeps the weights of fp8 products in one byte, training keeps two") {
  Scenario scenario;
  scenario.model = *find_model_preset("llama-7b");
  scenario.cluster = *find_cluster_preset("dgx-h100");
  scenario.workload.sequence = 4096;
  const auto weights = [&](WorkPhase phase, Fp8 which) {
    scenario.workload.phase = phase;
    scenario.workload.fp8 = which;
    return resident_buffers(scenario, Plan{}).front().bytes.value;
  };
  // By hand, of one layer: four projections of 4096 x 4096; three matrices of 4096 x 11008.  Norms, embedding
  // and LM head stay in two bytes.
  const double attention = 32 * 4.0 * 4096 * 4096, feed_forward = 32 * 3.0 * 4096 * 11008;
  const double all = 2 * 6'738'415'616.0;
  const double norms = weights(WorkPhase::prefill, Fp8::none) - weights(WorkPhase::prefill, Fp8::linear) -
                       attention - feed_forward;
  CHECK(weights(WorkPhase::prefill, Fp8::none) == all);
  CHECK(weights(WorkPhase::prefill, Fp8::feed_forward) == Approx(all - feed_forward).epsilon(1e-4));
  CHECK(norms >= 0);
  CHECK(norms <= 32 * 2 * 4096);
  CHECK(weights(WorkPhase::training_step, Fp8::linear) == all);
}
