#include "costmodel/formats/framework_export.h"

#include <algorithm>

#include "costmodel/base/error.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/spec/scenario_reader.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

Scenario scenario(const std::string& model, int nodes, const std::string& workload = {}) {
  return parse_scenario("[model]\npreset = \"" + model + "\"\n[cluster]\npreset = \"dgx-h100\"\nnodes = " +
                            std::to_string(nodes) + "\n[workload]\nsequence = \"128K\"\n" + workload,
                        "made.toml", ".");
}

FrameworkExport exported(Framework framework, const Scenario& s, const std::string& plan) {
  return export_plan(framework, s, plan_from_alias(plan, s));
}

bool has_flag(const FrameworkExport& result, const std::string& flag) {
  for (const std::string& f : result.flags)
    if (f.find(flag) != std::string::npos) return true;
  return false;
}

bool in(const std::vector<std::string>& sentences, const std::string& part) {
  for (const std::string& sentence : sentences)
    if (sentence.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("names of frameworks are read back and misspelt ones refused") {
  for (const Framework framework : all_frameworks()) CHECK(parse_framework(name_of(framework)) == framework);
  CHECK_THROWS_AS(parse_framework("megatrn"), Error);
}

TEST_CASE("Megatron runs a zigzag ring as it is") {
  const Scenario s = scenario("llama-3-8b", 1);
  const FrameworkExport result = exported(Framework::megatron, s, "zigzag-ring");
  CHECK(result.not_expressible.empty());
  CHECK(result.launcher == "torchrun --nnodes 1 --nproc-per-node 8 pretrain_gpt.py");
  CHECK(has_flag(result, "--context-parallel-size 8"));
  CHECK(has_flag(result, "--cp-comm-type p2p"));
  CHECK(has_flag(result, "--group-query-attention --num-query-groups 8"));
  CHECK(has_flag(result, "--seq-length 131072"));
  CHECK(has_flag(result, "--bf16"));
  CHECK(in(result.environment, "CUDA_DEVICE_MAX_CONNECTIONS=1"));
}

TEST_CASE("each transport has its communication type in Megatron") {
  const Scenario s = scenario("llama-7b", 4);
  CHECK(has_flag(exported(Framework::megatron, s, "ulysses"), "--cp-comm-type a2a"));
  CHECK(has_flag(exported(Framework::megatron, s, "all-gather"), "--cp-comm-type all_gather"));
  const FrameworkExport usp = exported(Framework::megatron, s, "usp");
  CHECK(has_flag(usp, "--cp-comm-type a2a+p2p"));
  CHECK(has_flag(usp, "--hierarchical-context-parallel-sizes 8 4"));
  const FrameworkExport tensor = exported(Framework::megatron, s, "tensor");
  CHECK(has_flag(tensor, "--sequence-parallel"));
  CHECK(!has_flag(tensor, "--cp-comm-type"));
}

TEST_CASE("Megatron says what burst needs and it has not") {
  const FrameworkExport result = exported(Framework::megatron, scenario("llama-7b", 4), "burst");
  CHECK(in(result.not_expressible, "Q, dO and dQ"));
  CHECK(in(result.not_expressible, "--hierarchical-context-parallel-sizes 8 4"));
  CHECK(in(exported(Framework::megatron, scenario("llama-7b", 1), "ring").not_expressible, "zigzag"));
  CHECK(in(
      exported(Framework::megatron, scenario("llama-7b", 1), "zigzag-ring:grad_dtype=fp32").not_expressible,
      "bf16"));
}

TEST_CASE("memory axes become Megatron's flags, or sentences") {
  const Scenario s = scenario("llama-7b", 1);
  CHECK(has_flag(exported(Framework::megatron, s, "zigzag-ring:zero=1"), "--use-distributed-optimizer"));
  const FrameworkExport zero3 = exported(Framework::megatron, s, "zigzag-ring:zero=3");
  CHECK(has_flag(zero3, "--data-parallel-sharding-strategy optim_grads_params"));
  CHECK(zero3.environment.empty());
  CHECK(
      has_flag(exported(Framework::megatron, s, "zigzag-ring:offload=optimizer"), "--optimizer-cpu-offload"));
  CHECK(has_flag(exported(Framework::megatron, s, "zigzag-ring:checkpoint=full"),
                 "--recompute-granularity full"));
  CHECK(in(exported(Framework::megatron, s, "zigzag-ring:checkpoint=attention_output").not_expressible,
           "attention output"));
}

TEST_CASE("sliding windows go to the transports that take them") {
  const Scenario s = scenario("mistral-7b", 1, "mask = \"sliding:4096\"\n");
  CHECK(in(exported(Framework::megatron, s, "zigzag-ring").not_expressible, "sliding"));
  CHECK(has_flag(exported(Framework::megatron, s, "ulysses"), "--window-size 4095,0"));
  CHECK(in(exported(Framework::usp, s, "ulysses").code, "window_size=(4095, 0)"));
}

TEST_CASE("USP takes degrees and a ring implementation") {
  const FrameworkExport result = exported(Framework::usp, scenario("llama-7b", 4), "usp");
  CHECK(in(result.code, "set_seq_parallel_pg(8, 4, rank, world_size"));
  CHECK(in(result.code, "ring_impl_type=\"zigzag\""));
  CHECK(in(exported(Framework::usp, scenario("llama-7b", 4), "usp:grad_dtype=bf16").not_expressible, "fp32"));
  CHECK(exported(Framework::usp, scenario("llama-7b", 4), "usp:grad_dtype=fp32").not_expressible.empty());
  CHECK(in(exported(Framework::usp, scenario("llama-7b", 4), "burst").not_expressible,
           "set_seq_parallel_pg(8, 4"));
  CHECK(
      in(exported(Framework::usp, scenario("llama-7b", 1), "striped-ring").code, "ring_impl_type=\"strip\""));
  CHECK(in(exported(Framework::usp, scenario("llama-7b", 1), "tensor").not_expressible,
           "does not split the context"));
}

TEST_CASE("ring-flash-attention has a function for each layout") {
  const Scenario s = scenario("llama-7b", 1);
  CHECK(in(exported(Framework::ring_flash_attention, s, "ring").code, "import ring_flash_attn_func"));
  CHECK(in(exported(Framework::ring_flash_attention, s, "zigzag-ring").code,
           "import zigzag_ring_flash_attn_func"));
  CHECK(
      in(exported(Framework::ring_flash_attention, s, "striped-ring").code, "import stripe_flash_attn_func"));
  CHECK(in(exported(Framework::ring_flash_attention, s, "all-gather").code, "llama3_flash_attn_varlen_func"));
  CHECK(in(exported(Framework::ring_flash_attention, s, "ulysses").not_expressible, "all-to-all"));
  CHECK(exported(Framework::ring_flash_attention, s, "zigzag-ring:grad_dtype=fp32").not_expressible.empty());
}

TEST_CASE("BurstEngine runs burst over nodes and says that grouped queries gain nothing") {
  const FrameworkExport burst = exported(Framework::burst_engine, scenario("llama-7b", 4), "burst:zero=3");
  CHECK(burst.not_expressible.empty());
  CHECK(has_flag(burst, "--tp 32"));
  CHECK(has_flag(burst, "--sp burst"));
  CHECK(!has_flag(burst, "--ablation"));
  CHECK(has_flag(exported(Framework::burst_engine, scenario("llama-7b", 4), "burst:inner_ring=32"),
                 "--ablation double"));
  CHECK(in(exported(Framework::burst_engine, scenario("llama-3-8b", 4), "burst:zero=3").not_expressible,
           "grouped-query"));
  const FrameworkExport memory =
      exported(Framework::burst_engine, scenario("llama-7b", 1),
               "burst:zero=3:checkpoint=attention_output:offload=optimizer:fused_loss=yes");
  CHECK(has_flag(memory, "--sp burst_sl_loss_whole_ckpt"));
  CHECK(has_flag(memory, "--ckpt"));
  CHECK(has_flag(memory, "--offload"));
  CHECK(in(exported(Framework::burst_engine, scenario("llama-7b", 1), "all-gather").not_expressible,
           "no all-gather"));
}

TEST_CASE("every alias has an export to every framework, with something to run or a reason") {
  for (const int nodes : {1, 2, 4})
    for (const std::string model : {"llama-7b", "llama-3-8b", "qwen3-32b"})
      for (const PlanAlias& alias : plan_aliases())
        for (const Framework framework : all_frameworks()) {
          const Scenario s = scenario(model, nodes);
          const FrameworkExport result = exported(framework, s, std::string(alias.name));
          INFO(alias.name << " to " << name_of(framework));
          CHECK((!result.flags.empty() || !result.code.empty() || !result.not_expressible.empty()));
          for (const std::string& sentence : result.not_expressible) {
            CHECK(sentence.find("earest") != std::string::npos);
            CHECK(sentence.find('\n') == std::string::npos);
          }
          CHECK(export_text(result).find(result.source) != std::string::npos);
        }
}
