// LLaMA-7B worked out by hand: flop, memory and bytes of a training step to the last digit.
#include <map>
#include <string>

#include "costmodel/plan/plan_text.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/lower_step.h"
#include "costmodel/schedule/lowering.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

constexpr std::int64_t D = 4096, X = 11008, V = 32000, A = 32, h = 32, N = 131072, G = 8, n = N / G;
constexpr std::int64_t layer_parameters = 4 * D * D + 3 * D * X + 2 * D;
constexpr std::int64_t parameters = A * layer_parameters + 2 * V * D + D;

Scenario scenario_of(std::int64_t accumulation = 1, std::int64_t batch = 1) {
  Scenario scenario;
  scenario.model = *find_model_preset("llama-7b");
  scenario.cluster = *find_cluster_preset("dgx-a100-80gb");
  scenario.workload.phase = WorkPhase::training_step;
  scenario.workload.sequence = N;
  scenario.workload.batch = batch;
  scenario.workload.accumulation = accumulation;
  return scenario;
}

Plan plan_of(const std::string& axes) {
  Plan plan;
  apply_axes(plan, axes);
  return plan;
}

const std::string ring8 = "transport=ring:ring=8:layout=zigzag";

std::map<std::string, double> items(const std::string& axes, std::int64_t sequence = N) {
  Scenario scenario = scenario_of();
  scenario.workload.sequence = sequence;
  std::map<std::string, double> list;
  for (const MemoryItem& item : memory_peak(lower(scenario, plan_of(axes)), Bytes(0)).items)
    list[item.name] = item.bytes.value;
  return list;
}

double kept_per_layer(const std::string& axes) {
  const Schedule schedule = lower(scenario_of(), plan_of(axes));
  return schedule.phases.at(1).kept_bytes().value;
}

double d(std::int64_t value) { return static_cast<double>(value); }

}  // namespace

TEST_CASE("a step of LLaMA-7B is 6 flop per matrix parameter and token, and its attention") {
  const Scenario scenario = scenario_of();
  Pricer pricer(scenario);
  const double matrices = d(A * (4 * D * D + 3 * D * X) + V * D);
  const double pairs = d(N) * d(N + 1) / 2;
  const double expected = 6.0 * matrices * d(N) + 14.0 * 128 * d(h) * pairs * d(A);
  REQUIRE(matrices == 6'607'077'376.0);
  for (const char* axes :
       {"transport=ring:ring=8:layout=zigzag", "transport=ring:ring=8:layout=contiguous:backward=q",
        "transport=all_to_all:ulysses=8", "transport=tensor:tensor=8", "transport=all_gather:ring=8"})
    for (const char* checkpoint : {"none", "full", "attention_output", "half_attention_output"}) {
      INFO(axes << " " << checkpoint);
      const PlanPrice price = pricer.price(plan_of(std::string(axes) + ":checkpoint=" + checkpoint));
      // What is computed again is not counted.
      REQUIRE(price.flops.value == Approx(expected).epsilon(1e-12));
    }
  // Replicas do as much again.
  const PlanPrice two = pricer.price(plan_of("transport=ring:ring=4:data=2:layout=zigzag"));
  REQUIRE(two.flops.value == Approx(2 * expected).epsilon(1e-12));
}

TEST_CASE("recomputing everything costs a third of the matrix products more") {
  const Scenario scenario = scenario_of();
  Pricer pricer(scenario);
  const auto gemms = [&](const char* checkpoint) {
    double flops = 0;
    for (const Phase& phase : lower(scenario, plan_of(ring8 + ":checkpoint=" + checkpoint)).phases)
      for (const Gemm& gemm : phase.gemms) flops += phase.repeat * gemm.flops().value;
    return flops * 8;
  };
  const double layers = 2.0 * d(A * (4 * D * D + 3 * D * X)) * d(N);
  CHECK(gemms("none") == Approx(3 * layers + 6.0 * d(V * D) * d(N)).epsilon(1e-12));
  for (const char* checkpoint : {"full", "attention_output", "half_attention_output"})
    CHECK(gemms(checkpoint) - gemms("none") == Approx(layers).epsilon(1e-12));
}

TEST_CASE("weights, gradients and states of one GPU are 16 bytes a parameter, divided as ZeRO says") {
  REQUIRE(parameters == 6'738'415'616);
  const auto resident = [](const std::string& axes) {
    double sum = 0;
    for (const Buffer& buffer : resident_buffers(scenario_of(), plan_of(ring8 + axes)))
      sum += buffer.bytes.value;
    return sum;
  };
  CHECK(resident(":zero=0") == 16.0 * d(parameters));
  CHECK(resident(":zero=1") == 4.0 * d(parameters) + 12.0 * d(parameters) / 8);
  CHECK(resident(":zero=2") == 2.0 * d(parameters) + 14.0 * d(parameters) / 8);
  CHECK(resident(":zero=3") == 16.0 * d(parameters) / 8);
  CHECK(resident(":zero=3:offload=optimizer") == 4.0 * d(parameters) / 8);
  // Tensor parallelism splits the matrices and repeats the norms.
  double tensor = 0;
  for (const Buffer& buffer : resident_buffers(scenario_of(), plan_of("transport=tensor:tensor=8")))
    tensor += buffer.bytes.value;
  CHECK(tensor == 16.0 * d(A * ((4 * D * D + 3 * D * X) / 8 + 2 * D) + 2 * V * D / 8 + D));
}

TEST_CASE("each policy keeps its tensors of a layer, to the byte") {
  const double hidden = d(n * D) * 2, lse = d(n * h) * 4, wide = d(n * X) * 2;
  CHECK(kept_per_layer(ring8 + ":checkpoint=none") == 8 * hidden + lse + 4 * wide);
  CHECK(kept_per_layer(ring8 + ":checkpoint=full") == hidden);
  CHECK(kept_per_layer(ring8 + ":checkpoint=attention_output") == 2 * hidden + lse);
  CHECK(kept_per_layer(ring8 + ":checkpoint=half_attention_output") == 1.5 * hidden + lse / 2);
  // After an all-to-all O is held by heads and, for the projection's gradient, by tokens.
  CHECK(kept_per_layer("transport=all_to_all:ulysses=8:checkpoint=none") == 9 * hidden + lse + 4 * wide);
  // Tensor parallelism keeps its norms gathered, the rest divided.
  CHECK(kept_per_layer("transport=tensor:tensor=8:checkpoint=none") ==
        2 * hidden + 2 * 8 * hidden + 4 * hidden + lse + 4 * wide);
}

TEST_CASE("keeping all attention outputs adds layers x tokens x hidden x 2 bytes") {
  const auto list = items(ring8 + ":checkpoint=attention_output:zero=3:fused_loss=yes");
  CHECK(list.at("O kept") == d(A * n * D) * 2);
  CHECK(list.at("layer input kept") == d(A * n * D) * 2);
  CHECK(list.at("LSE kept") == d(A * n * h) * 4);
  const double all = kept_per_layer(ring8 + ":checkpoint=attention_output") -
                     kept_per_layer(ring8 + ":checkpoint=full") - d(n * h) * 4;
  CHECK(d(A) * all == d(A * n * D) * 2);
  CHECK(items(ring8 + ":checkpoint=full:zero=3:fused_loss=yes").count("O kept") == 0);
}

TEST_CASE("unfused logits take 16 bytes an element, chunks of fused ones a sixty-fourth of 4") {
  const Schedule unfused = lower(scenario_of(), plan_of(ring8 + ":checkpoint=full:zero=3"));
  double logits = 0;
  for (const Buffer& buffer : unfused.phases.at(2).buffers)
    if (buffer.payload == Payload::logits) logits += buffer.bytes.value;
  CHECK(logits == 16.0 * d(n * V));
  const Schedule fused = lower(scenario_of(), plan_of(ring8 + ":checkpoint=full:zero=3:fused_loss=yes"));
  logits = 0;
  for (const Buffer& buffer : fused.phases.at(2).buffers)
    if (buffer.payload == Payload::logits) logits += buffer.bytes.value;
  CHECK(logits == 4.0 * d(n * V) / 64);
}

TEST_CASE("per layer burst moves 37 % less than tensor parallelism on activations, ring 25 %") {
  const Scenario scenario = scenario_of();
  Pricer pricer(scenario);
  const auto traffic = [&](const std::string& axes) {
    return pricer.price(plan_of(axes + ":checkpoint=attention_output:zero=3:fused_loss=yes")).traffic;
  };
  const auto activations = [](const Traffic& t) {
    return (t.of(TrafficItem::attention) + t.of(TrafficItem::tensor)).value;
  };
  const double unit = d(A * N * D) * 2 / 8;  // one GPU's share of N x hidden in every layer
  const Traffic burst = traffic(ring8 + ":backward=q"), ring = traffic(ring8),
                tensor = traffic("transport=tensor:tensor=8");
  CHECK(activations(tensor) == 8 * 7 * unit);
  CHECK(activations(ring) == 6 * 7 * unit);
  CHECK(activations(burst) == (5 + 8.0 / (128 * 2)) * 7 * unit);
  CHECK(activations(burst) / activations(tensor) == Approx(1 - 0.371).margin(0.0005));
  CHECK(activations(ring) / activations(tensor) == 0.75);
  // The recomputed forward pass is an item of its own: the transports' outputs are kept, tensor's gathers are
  // not.
  CHECK(burst.of(TrafficItem::recomputation).value == 0);
  CHECK(tensor.of(TrafficItem::recomputation).value == 4 * 7 * unit);
  // Tensor parallelism has one replica: nothing of the weights moves.
  CHECK(tensor.of(TrafficItem::parameters).value == 0);
  CHECK(tensor.of(TrafficItem::gradients).value == 0);
  CHECK(tensor.of(TrafficItem::head).value == 4 * 7.0 / 8 * d(N * D) * 2);
}

TEST_CASE("ZeRO moves weights and gradients as often as its stage says") {
  const Scenario scenario = scenario_of();
  Pricer pricer(scenario);
  const auto traffic = [&](const std::string& zero) {
    return pricer.price(plan_of(ring8 + ":checkpoint=full:zero=" + zero)).traffic;
  };
  const double share = 7.0 / 8 * 2 * d(parameters);
  CHECK(traffic("0").of(TrafficItem::gradients).value == Approx(2 * share).epsilon(1e-12));
  CHECK(traffic("0").of(TrafficItem::parameters).value == 0);
  for (const char* stage : {"1", "2"}) {
    CHECK(traffic(stage).of(TrafficItem::gradients).value == Approx(share).epsilon(1e-12));
    CHECK(traffic(stage).of(TrafficItem::parameters).value == Approx(share).epsilon(1e-12));
  }
  // Once forward and once backward, but the last layer, the embedding and the head, whose weights are still
  // there.
  const double layer = 7.0 / 8 * 2 * d(layer_parameters), ends = 7.0 / 8 * 2 * d(2 * V * D + D);
  CHECK(traffic("3").of(TrafficItem::parameters).value ==
        Approx((2.0 * d(A) - 1) * layer + ends).epsilon(1e-12));
  CHECK(traffic("3").of(TrafficItem::gradients).value == Approx(share).epsilon(1e-12));
}

TEST_CASE("a matrix that embedding and head share is reduced once") {
  Scenario scenario = scenario_of();
  scenario.model = *find_model_preset("llama-3.2-1b");
  Pricer pricer(scenario);
  for (const char* zero : {"0", "1", "2", "3"}) {
    INFO("ZeRO " << zero);
    const double times = std::string(zero) == "0" ? 2 : 1;
    CHECK(pricer.price(plan_of(ring8 + ":checkpoint=full:zero=" + zero))
              .traffic.of(TrafficItem::gradients)
              .value == Approx(times * 7.0 / 8 * 2 * 1'235'814'400.0).epsilon(zero[0] >= '2' ? 1e-5 : 1e-12));
  }
}

TEST_CASE("useful flop count no padding and no logits twice") {
  Scenario scenario = scenario_of();
  scenario.workload.sequence = 1032;  // 129 rows a GPU in chunks of three
  Pricer odd(scenario);
  const auto flops = [&](Pricer& pricer, const std::string& axes) {
    return pricer.price(plan_of(axes)).flops.value;
  };
  CHECK(flops(odd, "transport=ring:ring=4:data=2:layout=striped:fused_loss=yes") ==
        Approx(flops(odd, "transport=ring:ring=4:data=2:layout=striped:fused_loss=no")).epsilon(1e-12));
  scenario.workload.sequence = 8192;
  scenario.workload.phase = WorkPhase::prefill;
  scenario.workload.logits = Logits::all;
  Pricer scoring(scenario);
  CHECK(flops(scoring, ring8) == Approx(flops(scoring, "transport=none")).epsilon(1e-12));
  // Eight of 128 experts: 64 tokens on a GPU reach at most 512 of their rows.
  scenario.model = *find_model_preset("qwen3-30b-a3b");
  scenario.workload.phase = WorkPhase::training_step;
  const auto per_token = [&](std::int64_t sequence) {
    scenario.workload.sequence = sequence;
    scenario.workload.mask.kind = MaskKind::full;
    Pricer pricer(scenario);
    const PlanPrice price = pricer.price(plan_of("transport=ring:ring=8:layout=contiguous"));
    const double pairs = 14.0 * 128 * 32 * d(sequence) * d(sequence) * 48;
    return (price.flops.value - pairs) / d(sequence);
  };
  CHECK(per_token(128) == Approx(per_token(65536)).epsilon(1e-9));
}

TEST_CASE("fp32 goes through the matrix units at half the rate") {
  Scenario scenario = scenario_of();
  scenario.workload.dtype = Dtype::fp32;
  const double fp32 = Pricer(scenario).price(plan_of(ring8)).compute.value;
  scenario.workload.dtype = Dtype::bf16;
  const double bf16 = Pricer(scenario).price(plan_of(ring8)).compute.value;
  CHECK(fp32 > 1.9 * bf16);
  CHECK(fp32 < 2.2 * bf16);
}

TEST_CASE("with accumulated micro-batches whole gradients are reduced once, sharded ones every time") {
  const auto traffic = [](std::int64_t accumulation, const std::string& zero) {
    const Scenario scenario = scenario_of(accumulation, 4);
    return Pricer(scenario).price(plan_of(ring8 + ":checkpoint=full:zero=" + zero)).traffic;
  };
  for (const char* stage : {"0", "1"})
    CHECK(traffic(4, stage).of(TrafficItem::gradients).value ==
          Approx(traffic(1, stage).of(TrafficItem::gradients).value).epsilon(1e-12));
  CHECK(traffic(4, "2").of(TrafficItem::gradients).value ==
        Approx(4 * traffic(1, "2").of(TrafficItem::gradients).value).epsilon(1e-12));
  CHECK(traffic(4, "3").of(TrafficItem::parameters).value ==
        Approx(4 * traffic(1, "3").of(TrafficItem::parameters).value).epsilon(1e-12));
  // Attention moves as much either way, and a micro-batch needs less memory.
  CHECK(traffic(4, "1").of(TrafficItem::attention).value ==
        Approx(traffic(1, "1").of(TrafficItem::attention).value).epsilon(1e-12));
  const Scenario at_once = scenario_of(1, 4), one_by_one = scenario_of(4, 4);
  CHECK(peak_bytes(lower(one_by_one, plan_of(ring8)), Bytes(0)) <
        peak_bytes(lower(at_once, plan_of(ring8)), Bytes(0)));
}
