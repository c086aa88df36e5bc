#include "tests/docs/claims_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/text_table.h"
#include "costmodel/answer/open_axes.h"
#include "costmodel/answer/reasons.h"
#include "costmodel/answer/verdict.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/schedule/lowering.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"

namespace tests {

using namespace costmodel;

namespace {

Scenario step(const char* model, const char* cluster, int nodes, std::int64_t sequence, MaskKind mask) {
  Scenario scenario;
  scenario.model = *find_model_preset(model);
  scenario.cluster = *find_cluster_preset(cluster);
  scenario.cluster.groups.front().count = nodes;
  scenario.workload.phase = WorkPhase::training_step;
  scenario.workload.sequence = sequence;
  scenario.workload.mask.kind = mask;
  return scenario;
}

PlanPrice price_of(Pricer& pricer, const std::string& text) {
  return pricer.price(resolved_plan(pricer, text));
}

double activations(const PlanPrice& price) {
  return (price.traffic.of(TrafficItem::attention) + price.traffic.of(TrafficItem::tensor)).value;
}

std::string percent(double ratio) { return fmt::format("{:+.1f} %", 100 * (ratio - 1)); }

// Bytes of one GPU per layer in units of its N x hidden elements.
double per_layer(const Scenario& scenario, double bytes) {
  return bytes / (static_cast<double>(scenario.model.layers * scenario.workload.sequence *
                                      scenario.model.query_width()) *
                  static_cast<double>(bytes_per_element(scenario.workload.dtype)));
}

std::string traffic_table(const char* model) {
  const Scenario scenario = step(model, "dgx-a100-80gb", 1, 131072, MaskKind::causal);
  Pricer pricer(scenario);
  const PlanPrice burst = price_of(pricer, "burst");
  std::string text =
      "| plan | activations, x N x hidden | burst against it | everything that crosses the links | burst "
      "against it |\n"
      "|---|--:|--:|--:|--:|\n";
  const std::vector<std::pair<std::string, std::string>> plans{
      {"burst", "burst 8"},
      {"ring", "ring 8, bf16 gradients"},
      {"ring:grad_dtype=fp32", "ring 8, fp32 gradients"},
      {"tensor", "tensor 8"}};
  for (const auto& [axes, name] : plans) {
    const PlanPrice price = price_of(pricer, axes);
    const double all = price.traffic.per_gpu.value;
    const bool same = axes == "burst";
    text += fmt::format("| {} | {:.2f} | {} | {:.2f} | {} |\n", name, per_layer(scenario, activations(price)),
                        same ? "" : percent(activations(burst) / activations(price)),
                        per_layer(scenario, all), same ? "" : percent(burst.traffic.per_gpu.value / all));
  }
  return text;
}

std::string speed_rows(const char* cluster, const char* link, MaskKind mask) {
  const Scenario scenario = step("llama-7b", cluster, 1, 131072, mask);
  Pricer pricer(scenario);
  const PlanPrice burst = price_of(pricer, "burst");
  std::string text = fmt::format("| {} | {} |", link, mask == MaskKind::full ? "full" : "causal");
  for (const char* plan : {"burst", "zigzag-ring", "ring", "tensor"}) {
    const PlanPrice price = price_of(pricer, plan);
    const std::string speed = format_number(tokens_per_second(scenario, price));
    if (std::string(plan) == "burst")
      text += fmt::format(" {} |", speed);
    else
      text += fmt::format(" {} ({}{}) |", speed, format_ratio(price.per_replica() / burst.per_replica()),
                          is_tie(price, burst) ? ", a tie" : "");
  }
  return text + "\n";
}

struct Measured {
  const char* name;
  const char* axes;
  double tokens;  // per second and GPU
  double memory;  // GB, 0: not published
};

std::string a800_table() {
  const std::vector<Measured> rows{
      {"burst 4x8, output kept, fused loss",
       "burst:ring=32:inner_ring=8:checkpoint=attention_output:zero=3:offload=none:fused_loss=yes", 100.1,
       59.4853},
      {"burst 4x8, half of it kept, fused loss",
       "burst:ring=32:inner_ring=8:layout=striped:checkpoint=half_attention_output:zero=3:offload=none:fused_"
       "loss=yes",
       92.41, 53.2791},
      {"LoongTrain double ring 4x8, output kept",
       "double-ring:ring=32:inner_ring=8:checkpoint=attention_output:zero=3:offload=none:fused_loss=no",
       77.37, 82.0427},
      {"LoongTrain hybrid 8x4, output kept",
       "usp:ulysses=8:ring=4:checkpoint=attention_output:zero=3:offload=none:fused_loss=no", 87.98, 81.5349},
      {"Ulysses 32, all recomputed", "ulysses:ulysses=32:checkpoint=full:zero=3:offload=none:fused_loss=no",
       70.827, 80.8205}};
  const Scenario scenario = step("llama-7b", "a800-4nic", 4, 2097152, MaskKind::causal);
  Pricer pricer(scenario);
  const Bytes limit = device_memory(scenario.cluster) - scenario.search.memory_reserve;
  std::string text =
      "| plan | tokens/s/GPU measured | predicted | error | GB measured | predicted | error |\n"
      "|---|--:|--:|--:|--:|--:|--:|\n";
  for (const Measured& row : rows) {
    const PlanPrice price = price_of(pricer, row.axes);
    const double tokens = tokens_per_second(scenario, price) / price.plan.world_size();
    const double memory = cached_bytes(lower(scenario, price.plan), limit).value / 1e9;
    text +=
        fmt::format("| {} | {:.1f} | {:.1f} | {} | {:.1f} | {:.1f} | {} |\n", row.name, row.tokens, tokens,
                    percent(tokens / row.tokens), row.memory, memory, percent(memory / row.memory));
  }
  return text;
}

// Paragraphs broken at the width of a terminal; tables and headings as they are.
std::string rewrapped(const std::string& text) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", begin), text.size());
    std::string block = text.substr(begin, end - begin);
    begin = end + 2;
    if (block.starts_with("\n")) block.erase(0, 1);
    const bool kept = block.starts_with("|") || block.starts_with("#");
    if (!kept) std::replace(block.begin(), block.end(), '\n', ' ');
    result += (result.empty() ? "" : "\n") + (kept ? block + "\n" : cli::wrapped(block, "", ""));
  }
  while (result.ends_with("\n\n")) result.pop_back();
  return result;
}

double attention_seconds(const char* plan) {
  Scenario scenario = step("llama-7b", "dgx-a100-80gb", 1, 131072, MaskKind::full);
  scenario.workload.phase = WorkPhase::forward_backward;
  Pricer pricer(scenario);
  return price_of(pricer, plan).time.value;
}

}  // namespace

std::string claims_document() {
  const Scenario mha = step("llama-7b", "dgx-a100-80gb", 1, 131072, MaskKind::causal);
  Pricer pricer(mha);
  const PlanPrice burst = price_of(pricer, "burst"), ring = price_of(pricer, "ring"),
                  zigzag = price_of(pricer, "zigzag-ring"), tensor = price_of(pricer, "tensor");
  std::string text =
      "# The claims\n\n"
      "What BurstAttention (arXiv 2403.09347) and BurstEngine (arXiv 2509.19836) claim, what exactly each "
      "sentence "
      "compares,\nwhat Ringside predicts for it, what others measured, and a verdict. `tests/approve` writes "
      "this page "
      "from the model;\na test fails when a figure on it is not what the model says. Formula numbers are "
      "those of "
      "[model.md](model.md).\n\n";

  text +=
      "## 40 % less communication than tensor parallelism and RingAttention\n\n"
      "**What it compares.** The paper counts elements of one transformer layer, forward and backward: burst "
      "2 + 3 "
      "(+ two numbers\nper row and head), Megatron's tensor parallelism 4 + 4, and as RingAttention a ring "
      "of 2 + 6: "
      "5/8 is 37.5 % less. Attention\nis multi-head; recomputation, weights and their gradients are not "
      "counted.\n\n"
      "**Prediction.** LLaMA-7B, 128K tokens, eight GPUs, one training step; bytes sent by one GPU, per "
      "layer. "
      "Activations are what\nattention and tensor parallelism exchange forward and backward, once (2.1, 2.2, "
      "2.7); the "
      "right half adds recomputation,\nembedding and head, weights and gradients of each plan's fastest "
      "fitting "
      "checkpoint policy and ZeRO stage.\n\n";
  text += traffic_table("llama-7b");
  text += "\nThe same with Llama-3-8B, four query heads per key head:\n\n";
  text += traffic_table("llama-3-8b");
  text += fmt::format(
      "\n**Verdict.** Holds against tensor parallelism for multi-head models ({} on activations). Against a "
      "ring it "
      "holds only when\nthe ring sends its gradients in fp32; against bf16 gradients burst saves {}. With "
      "grouped-query attention the query side\nmoves more than a ring, which is why the planner chooses the "
      "side per "
      "model (2.4).\n\n",
      percent(activations(burst) / activations(tensor)),
      fmt::format("{:.1f} %", 100 * (1 - activations(burst) / activations(ring))));

  text +=
      "## Twice the training speed at 128K tokens on eight A100\n\n"
      "**What it compares.** Tokens per second of LLaMA-7B, burst against tensor parallelism and "
      "RingAttention, on "
      "eight A100 whose\nPCIe transfers were not peer to peer (4.7 GB/s per GPU, from the paper's raw "
      "files), full mask, "
      "an early Triton kernel.\n\n"
      "**Prediction.** Tokens per second of a training step at 128K, present kernels; in brackets how much "
      "faster burst "
      "is.\n\n"
      "| link | mask | burst 8 | zigzag-ring 8 | ring 8 | tensor 8 |\n|---|---|--:|--:|--:|--:|\n";
  for (const MaskKind mask : {MaskKind::causal, MaskKind::full})
    text += speed_rows("dgx-a100-80gb", "NVLink, 240 GB/s", mask);
  for (const MaskKind mask : {MaskKind::causal, MaskKind::full})
    text += speed_rows("a100-pcie-80gb", "PCIe, 5.1 GB/s", mask);
  text += fmt::format(
      "\n**Published.** The attention operator alone, forward and backward, full mask, flat burst ring on "
      "eight A100: "
      "0.668 s (README of\nMayDomine/Burst-Attention, link not stated); predicted over NVLink {:.3f} s. No "
      "training step "
      "on eight A100 with all three\nmethods is published in a form that could be compared.\n\n"
      "**Verdict.** A matter of the link and of the mask. Over NVLink burst is {} tensor parallelism and {} "
      "a "
      "contiguous ring under a\ncausal mask, which wastes half of its computing; against a balanced (zigzag) "
      "ring it is "
      "{}. Behind slow PCIe the factor against\ntensor parallelism is reached and passed.\n\n",
      attention_seconds("burst"), format_ratio(tensor.per_replica() / burst.per_replica()) + " as fast as",
      format_ratio(ring.per_replica() / burst.per_replica()) + " as fast as",
      is_tie(zigzag, burst) ? std::string("a tie")
                            : format_ratio(zigzag.per_replica() / burst.per_replica()));

  text +=
      "## The same model quality (perplexity of LLaMA-7B on C4)\n\n"
      "**What it compares.** Perplexity with distributed attention against a single device: all methods here "
      "are exact "
      "attention, other\nthan sparse or approximate ones; they differ in the order in which partial results "
      "are added.\n\n"
      "**Prediction.** None: this is not a question of time or bytes. What the schedule can show, it shows: "
      "on 1 to 64 "
      "ranks every pair of\nquery and key that the mask keeps is computed exactly once, and every gradient "
      "collects every "
      "part exactly once\n(`tests/schedule/data_movement_test.cpp`). A travelling dQ in bf16 is rounded at "
      "every hop; the "
      "axis `grad_dtype` prices fp32.\n\n"
      "**Verdict.** Follows from the arithmetic up to rounding; to be confirmed by running it, which this "
      "version does "
      "not do.\n\n";

  text +=
      "## BurstEngine: faster, with 26.4 % less memory than the most frugal baseline\n\n"
      "**What it compares.** LLaMA-7B, 2M tokens, 32 A800 in four nodes, ZeRO 3: burst with kept attention "
      "output and a "
      "fused loss against\nLoongTrain and Ulysses as their authors publish them, without fused loss. "
      "Switches of the "
      "baselines are partly assumed.\n\n"
      "**Prediction and published measurement.** Memory is what a caching allocator takes (5.6); measured is "
      "the table "
      "of the repository\nthunlp/BurstEngine, converted from GiB.\n\n";
  text += a800_table();
  text +=
      "\n**Verdict.** The gain over the fastest baseline (100.1 against 88.0 tokens/s/GPU) is predicted "
      "smaller, since "
      "the model prices the\nbaselines as if they were as well written. The 26.4 % of memory is the "
      "difference of the "
      "first and the last row: it comes from\nthe fused loss, which is not a property of burst; with it, "
      "Ulysses would "
      "need less too.\n";
  return rewrapped(text);
}

}  // namespace tests
