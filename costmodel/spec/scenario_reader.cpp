#include "costmodel/spec/scenario_reader.h"

#include <fmt/format.h>

#include <filesystem>

#include "costmodel/base/text_file.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/cluster_reader.h"
#include "costmodel/spec/model_reader.h"
#include "costmodel/spec/spec_limits.h"
#include "costmodel/spec/spec_text.h"
#include "costmodel/spec/toml_section.h"

namespace costmodel {

namespace {

constexpr std::string_view expected_file =
    "a scenario file (TOML) with the sections [model], [cluster] and [workload]; docs/scenario.md describes "
    "it";

TomlSection needed_section(TomlSection& top, const std::string& key, const std::string& example) {
  auto section = top.section(key);
  if (!section) top.missing(key, "a section [" + key + "] with a line such as " + example);
  return *section;
}

WorkloadSpec read_workload(TomlSection section) {
  WorkloadSpec workload;
  if (const auto phase = section.parsed("phase", parse_work_phase, "\"forward_backward\""))
    workload.phase = *phase;
  const auto sequence = section.parsed("sequence", parse_tokens, "\"128K\"");
  if (const auto batch = section.count("batch", 1, limits::batch, 1)) workload.batch = *batch;
  if (const auto count = section.count("accumulation", 1, limits::batch, 1)) workload.accumulation = *count;
  if (const auto cached = section.parsed("cached", parse_tokens, "\"64K\"")) workload.cached = *cached;
  if (const auto logits = section.parsed("logits", parse_logits, "\"last\"")) workload.logits = *logits;
  if (const auto mask = section.parsed("mask", parse_mask, "\"causal\"")) workload.mask = *mask;
  if (const auto dtype = section.parsed("dtype", parse_dtype, "\"bf16\"")) workload.dtype = *dtype;
  if (const auto fp8 = section.parsed("fp8", parse_fp8, "\"feed_forward\"")) workload.fp8 = *fp8;
  if (!sequence) section.missing("sequence", "the tokens of one sequence, such as sequence = \"128K\"");
  workload.sequence = *sequence;
  if (const auto complaint = complaint_about(workload)) section.fail(complaint->key, complaint->message);
  section.finish();
  return workload;
}

SearchLimits read_search(TomlSection section) {
  SearchLimits search;
  search.transports = section.parsed_list("transport", parse_transport, "[\"ring\", \"hybrid\"]");
  search.layouts = section.parsed_list("layout", parse_layout, "[\"zigzag\"]");
  search.backwards = section.parsed_list("backward", parse_backward_side, "[\"kv\", \"q\"]");
  search.grad_dtypes = section.parsed_list("grad_dtype", parse_grad_dtype, "[\"bf16\"]");
  search.ulysses = section.parsed_list("ulysses", parse_degree, "[1, 8]");
  search.inner_rings = section.parsed_list("inner_ring", parse_degree, "[4, 8]");
  search.tensors = section.parsed_list("tensor", parse_degree, "[1, 8]");
  search.datas = section.parsed_list("data", parse_degree, "[1, 2]");
  search.forwards = section.parsed_list("forward", parse_forward_side, "[\"kv\", \"q\"]");
  search.checkpoints =
      section.parsed_list("checkpoint", parse_checkpoint, "[\"full\", \"attention_output\"]");
  search.zeros = section.parsed_list("zero", parse_zero, "[0, 3]");
  search.offloads = section.parsed_list("offload", parse_offload, "[\"none\"]");
  search.fused_losses = section.parsed_list("fused_loss", parse_fused_loss, "[\"yes\"]");
  if (const auto reserve = section.parsed("memory_reserve", parse_bytes, "\"2 GiB\""))
    search.memory_reserve = *reserve;
  section.finish();
  return search;
}

// A message that names its axis, for a place that names it too.
std::string without_prefix(const std::string& message, const std::string& prefix) {
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

// The axes are checked one by one for their place, then resolved together with the alias.
void read_plan(TomlSection section, Scenario& scenario) {
  std::string text = section.text("alias", "\"burst\"").value_or("");
  bool axes = false;
  Plan checked;
  for (const std::string& key : axis_keys()) {
    const TomlValue* value = section.find(key);
    if (value == nullptr) continue;
    const std::string scalar = section.scalar(*value, key, "8 or \"zigzag\"");
    try {
      apply_axis(checked, key, scalar);
    } catch (const Error& error) {
      section.fail(key, without_prefix(error.message(), key + ": "));
    }
    text += (text.empty() ? "" : ":") + key + "=" + scalar;
    axes = true;
  }
  section.finish();
  if (text.empty())
    section.missing("alias", "alias = \"burst\", or axes such as transport = \"ring\" and ring = 8");
  try {
    scenario.plan = plan_from_alias(text, scenario);
    scenario.plan_text = text;
  } catch (const Error& error) {
    section.fail(section.has("alias") || !axes ? "alias" : "", error.message());
  }
}

std::vector<DeviceId> read_placement(TomlSection& section, const ClusterSpec& cluster) {
  const std::string key = "placement";
  const std::string expected = "expected the GPU of each rank as a list of numbers, such as [0, 8, 1, 9]";
  std::vector<DeviceId> placement;
  const TomlValue* value = section.find(key);
  if (value == nullptr) return placement;
  if (value->kind != TomlKind::list)
    section.fail(key, fmt::format("found {}; {}", description(value->kind), expected));
  const std::int64_t gpus = cluster.gpu_count();
  for (const TomlValue& item : value->items) {
    if (item.kind != TomlKind::integer)
      section.fail_at(item, key, fmt::format("found {}; {}", description(item.kind), expected));
    if (item.integer < 0 || item.integer >= gpus)
      section.fail_at(
          item, key,
          fmt::format("there is no GPU {}; expected numbers from 0 to {}", item.integer, gpus - 1));
    placement.emplace_back(item.integer);
  }
  if (placement.empty()) section.fail(key, "the list is empty; " + expected);
  try {
    check_placement(placement, cluster);
  } catch (const Error& error) {
    section.fail(key, error.message());
  }
  return placement;
}

// A path relative to the scenario's own folder.
std::string read_calibration_file(TomlSection& section, const std::string& directory) {
  const auto file = section.text("calibration", "\"here.toml\"");
  if (!file) return "";
  if (file->empty())
    section.fail("calibration", "the file name is empty; expected a name such as \"here.toml\"");
  return (std::filesystem::path(directory) / *file).string();
}

}  // namespace

void check_placement(const std::vector<DeviceId>& placement, const ClusterSpec& cluster) {
  const int gpus = cluster.gpu_count();
  std::vector<std::size_t> rank_on(static_cast<std::size_t>(gpus), placement.size());
  for (std::size_t rank = 0; rank < placement.size(); ++rank) {
    const DeviceId device = placement[rank];
    if (device.value < 0 || device.value >= gpus)
      throw Error(
          fmt::format("rank {} is placed on GPU {}, but the cluster has {}; expected numbers from 0 to {}",
                      rank, device.value, gpus, gpus - 1));
    if (rank_on[device.at()] != placement.size())
      throw Error(
          fmt::format("ranks {} and {} are both placed on GPU {}; expected every GPU at most once, such as "
                      "[0, 8, 1, 9]",
                      rank_on[device.at()], rank, device.value));
    rank_on[device.at()] = rank;
  }
}

Scenario parse_scenario(std::string_view toml, const std::string& file_name,
                        const std::string& directory_for_relative_paths) {
  const TomlValue document = parse_toml(toml, file_name, expected_file);
  TomlSection top(document, "", file_name);
  for (const char* key : {"model", "cluster", "workload", "search", "plan"}) top.find(key);
  top.finish();  // a misspelt section is reported before the one that it leaves missing

  Scenario scenario;
  scenario.name = file_name;
  TomlSection model = needed_section(top, "model", "preset = \"llama-7b\"");
  scenario.model = read_model(model, directory_for_relative_paths);
  TomlSection cluster = needed_section(top, "cluster", "preset = \"dgx-a100-80gb\"");
  scenario.cluster = read_cluster(cluster);
  scenario.placement = read_placement(cluster, scenario.cluster);
  scenario.calibration_file = read_calibration_file(cluster, directory_for_relative_paths);
  cluster.finish();
  scenario.workload = read_workload(needed_section(top, "workload", "sequence = \"128K\""));
  if (const auto search = top.section("search")) scenario.search = read_search(*search);
  if (const auto plan = top.section("plan")) read_plan(*plan, scenario);
  return scenario;
}

Scenario read_scenario(const std::string& path) {
  return parse_scenario(read_text_file(path, expected_file), path,
                        std::filesystem::path(path).parent_path().string());
}

}  // namespace costmodel
