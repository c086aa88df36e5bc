// Everything a person can get wrong: each row must end in an Error whose text has the place, the key and the
// remedy.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include "costmodel/spec/hugging_face_config.h"
#include "tests/catch.h"
#include "tests/spec/scenario_samples.h"

using namespace costmodel;
using samples::Sections;

namespace {

struct Row {
  std::string input;
  std::string place;   // "s.toml:2:8: model.preset: "
  std::string remedy;  // a fragment of what would be right
};

std::string times(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

Row model(const std::string& lines, const std::string& place, const std::string& remedy) {
  return {text(Sections{.model = lines}), place, remedy};
}
Row cluster(const std::string& lines, const std::string& place, const std::string& remedy) {
  return {text(Sections{.cluster = lines}), place, remedy};
}
Row workload(const std::string& lines, const std::string& place, const std::string& remedy) {
  return {text(Sections{.workload = lines}), place, remedy};
}
Row more(const std::string& lines, const std::string& place, const std::string& remedy) {
  return {text(Sections{.more = lines}), place, remedy};
}

// In these texts [model] is line 1, [cluster] line 3 when the model has one line, [workload] line 6.
const std::string numbers = "layers = 32\nhidden = 4096\nheads = 32\nffn = 11008\nvocab = 32000\n";
const std::string h100 = "preset = \"dgx-h100\"\n";
const std::string long_sequence = "sequence = \"1M\"\n";

const std::vector<Row>& bad_scenarios() {
  static const std::vector<Row> rows{
      // The file as a whole.
      {"", "s.toml:1:1: model: ", "preset = \"llama-7b\""},
      {"\n# nothing\n", "s.toml:1:1: model: ", "[model]"},
      {std::string("[model]\n\0", 9), "s.toml:2:1: ", "scenario file (TOML)"},
      {"\xff\xfe[\x01m", "s.toml:1:1: ", "not ASCII"},
      {"\x7f"
       "ELF\x02\x01",
       "s.toml:1:1: ", "scenario file (TOML)"},
      {"{\"model\": 1}", "s.toml:1:1: ", "scenario file (TOML)"},
      {"[model\npreset = \"x\"", "s.toml:1:7: ", "']'"},
      {"[: every = 3\n", "s.toml:1:2: ", "such as [model]"},
      {"[model]\n [[ .x]]\n", "s.toml:2:5: ", "such as [model]"},
      {"[[[", "s.toml:1:3: ", "such as [model]"},
      {"\n[\n\n", "s.toml:2:2: ", "such as [model]"},
      {"[model]\npreset = \"llama-7b", "s.toml:2:", "TOML"},
      {"x = " + times("[", 100000), "s.toml:1:37: ", "32 brackets"},
      {"x = " + times("{a=", 100000), "s.toml:1:", "32 brackets"},
      {times("a.", 100000) + "a = 1", "s.toml:1:130: ", "64 dots"},
      {"# " + times("x", 2000000), "s.toml: ", "longer than 1 MiB"},
      {"\xD0\xBA", "s.toml:1:1: ", "not ASCII"},
      {"[model]\nn = 'a' \xC3\xA9", "s.toml:2:9: ", "not ASCII"},
      {"[model]\nffn = 13e=\"\xC3\xA9\"", "s.toml:2:12: ", "not ASCII"},
      {"[model]\nx = [\n1=\"\xC3\xA9\"]", "s.toml:3:4: ", "such as name = \"text\""},
      {"[model]\nx = [\"a\\\\\", \xC3\xA9]", "s.toml:2:13: ", "not ASCII"},
      {"[model]\nname = \"\"\"\nx\"\"\"", "s.toml:2:8: ", "on one line"},
      {"model = 3\n", "s.toml:1:9: model: ", "[model]"},
      {"[modle]\npreset = \"llama-7b\"\n", "s.toml:1:2: modle: ", "did you mean \"model\"?"},
      {"[model]\npreset = \"llama-7b\"\n[model]\n", "s.toml:3:", "keep one of the two"},
      {"[model]\npreset = \"llama-7b\"\n", "s.toml:1:1: cluster: ", "preset = \"dgx-a100-80gb\""},
      // [model]
      model("preset = \"lama-7b\"", "s.toml:2:10: model.preset: ", "did you mean \"llama-7b\"?"),
      model("preset = 7", "s.toml:2:10: model.preset: ", "llama-3-8b"),
      model("preset = [\"llama-7b\"]", "s.toml:2:10: model.preset: ", "such as \"llama-7b\""),
      model("preset = \"llama-7b\"\npreset = \"llama-13b\"", "s.toml:3:", "keep one of the two"),
      model("preset = \"llama-7b\"\nconfig = \"c.json\"",
            "s.toml:3:10: model.config: ", "leave one of them out"),
      model("config = \"no-such.json\"", "s.toml:2:10: model.config: ", "there is no such file"),
      model("config = \".\"", "s.toml:2:10: model.config: ", "directory"),
      model("hidden = 4096", "s.toml:1:1: model.layers: ", "preset = \"llama-7b\""),
      model("layers = 32\nhiden = 4096", "s.toml:3:1: model.hiden: ", "did you mean \"hidden\"?"),
      model("preset = \"llama-7b\"\nlayers = 0", "s.toml:3:10: model.layers: ", "from 1 to 10000"),
      model("preset = \"llama-7b\"\nlayers = 10001", "s.toml:3:10: model.layers: ", "from 1 to 10000"),
      model("preset = \"llama-7b\"\nlayers = \"32\"", "s.toml:3:10: model.layers: ", "without quotes"),
      model("preset = \"llama-7b\"\nlayers = 32.0", "s.toml:3:10: model.layers: ", "whole number"),
      model("preset = \"llama-7b\"\nhidden = -4096", "s.toml:3:10: model.hidden: ", "such as 4096"),
      model("preset = \"llama-7b\"\nheads = 9223372036854775808", "s.toml:3:", "TOML"),
      model(numbers + "kv_heads = 5", "s.toml:7:12: model.kv_heads: ", "expected a divisor of heads"),
      model("preset = \"llama-3-8b\"\nheads = 12",
            "s.toml:1:1: model.kv_heads: ", "expected a divisor of heads"),
      model("layers = 1\nhidden = 4096\nheads = 30\nffn = 1\nvocab = 1",
            "s.toml:4:9: model.heads: ", "head_dim = 128"),
      model(numbers + "active_experts = 2", "s.toml:7:18: model.active_experts: ", "set experts = 8"),
      model(numbers + "feed_forward = \"swiglu\"", "s.toml:7:16: model.feed_forward: ", "plain or gated"),
      model(numbers + "embeddings = \"tide\"", "s.toml:7:14: model.embeddings: ", "did you mean \"tied\"?"),
      // [cluster]
      cluster("preset = \"dgx-a100\"", "s.toml:4:10: cluster.preset: ", "dgx-a100-80gb"),
      cluster(h100 + "nodes = 0", "s.toml:5:9: cluster.nodes: ", "from 1 to 131072"),
      cluster("preset = \"gb200-nvl72\"\nnodes = 131072", "s.toml:5:9: cluster.nodes: ", "at most 1048576"),
      cluster(h100 + "gpus = 0", "s.toml:5:8: cluster.gpus: ", "from 1 to 1024"),
      cluster(h100 + "gpus = 16", "s.toml:5:8: cluster.gpus: ", "spell the node out"),
      cluster(h100 + "nic_bandwidth = \"400Gb\"",
              "s.toml:5:17: cluster.nic_bandwidth: ", "\"400 Gb/s\" or \"50 GB/s\""),
      cluster(h100 + "nic_bandwidth = 400", "s.toml:5:17: cluster.nic_bandwidth: ", "it has no unit"),
      cluster(h100 + "nic_bandwidth = \"-1 GB/s\"",
              "s.toml:5:17: cluster.nic_bandwidth: ", "must not be negative"),
      cluster(h100 + "nic_bandwidth = \"0 GB/s\"", "s.toml:5:17: cluster.nic_bandwidth: ", "too small"),
      cluster(h100 + "nic_bandwidth = nan", "s.toml:5:17: cluster.nic_bandwidth: ", "such as \"400 Gb/s\""),
      cluster(h100 + "nic_bandwidth = inf", "s.toml:5:17: cluster.nic_bandwidth: ", "not a finite number"),
      cluster(h100 + "nic_bandwidth = \"1e30 GB/s\"",
              "s.toml:5:17: cluster.nic_bandwidth: ", "absurdly large"),
      cluster(h100 + "nic_bandwidth = { provenance = \"published\" }",
              "s.toml:5:17: cluster.nic_bandwidth.value: ", "value = \"400 Gb/s\""),
      cluster(h100 + "nic_bandwidth = { value = \"1 GB/s\", provenance = \"guess\" }",
              "s.toml:5:50: cluster.nic_bandwidth.provenance: ", "published"),
      cluster(h100 + "nic_bandwith = \"50 GB/s\"",
              "s.toml:5:1: cluster.nic_bandwith: ", "did you mean \"nic_bandwidth\"?"),
      cluster(h100 + "link_latency = \"5 m\"",
              "s.toml:5:16: cluster.link_latency: ", "minutes or milliseconds"),
      cluster(h100 + "link = \"nvswitch\"", "s.toml:5:8: cluster.link: ", "nvlink_switch, mesh or pcie"),
      cluster(h100 + "link = \"pcie\"", "s.toml:3:1: cluster.link_bandwidth: ", "240 GB/s"),
      cluster(h100 + "gpus_per_socket = 4", "s.toml:5:19: cluster.gpus_per_socket: ", "link = \"pcie\""),
      cluster("preset = \"mi300x\"\none_peer_bandwidth = \"900 GB/s\"",
              "s.toml:5:22: cluster.one_peer_bandwidth: ", "at most link_bandwidth"),
      cluster(h100 + "oversubscription = 0.5", "s.toml:5:20: cluster.oversubscription: ", "too small"),
      cluster(h100 + "fabric = \"torus\"", "s.toml:5:10: cluster.fabric: ", "rail_optimised or fat_tree"),
      cluster(h100 + "nodes = 2\nnics = 0", "s.toml:6:8: cluster.nics: ", "such as 8"),
      cluster(h100 + "device = \"h100\"", "s.toml:5:10: cluster.device: ", "h100-sxm"),
      cluster(h100 + "[cluster.device]\nmemory = \"80 Gb\"",
              "s.toml:6:10: cluster.device.memory: ", "small b means bits"),
      cluster(h100 + "[cluster.device]\nmemory = \"0 GB\"",
              "s.toml:6:10: cluster.device.memory: ", "too small"),
      cluster("gpus = 8", "s.toml:3:1: cluster.device: ", "device = \"h100-sxm\""),
      cluster("nodes = 2", "s.toml:3:1: cluster.gpus: ", "preset = \"dgx-h100\""),
      cluster("gpus = 8\ndevice = \"l40s\"", "s.toml:3:1: cluster.link: ", "nvlink_switch"),
      cluster("gpus = 8\n[cluster.device]\nname = \"mine\"",
              "s.toml:5:1: cluster.device.multiprocessors: ", "108"),
      cluster("gpus = 8\ndevice = \"l40s\"\nlink = \"pcie\"\nlink_bandwidth = \"20 GB/s\"\nnics = 1",
              "s.toml:3:1: cluster.nic_bandwidth: ", "400 Gb/s"),
      cluster(
          "gpus = 8\ndevice = \"l40s\"\nlink = \"pcie\"\nlink_bandwidth = \"20 GB/s\"\ngpus_per_socket = 4",
          "s.toml:3:1: cluster.socket_bridge: ", "40 GB/s"),
      cluster(h100 + "placement = \"cyclic\"", "s.toml:5:13: cluster.placement: ", "[0, 8, 1, 9]"),
      cluster(h100 + "placement = [0, 1, 1]", "s.toml:5:13: cluster.placement: ", "every GPU at most once"),
      cluster(h100 + "placement = [0, 8]", "s.toml:5:17: cluster.placement: ", "from 0 to 7"),
      cluster(h100 + "placement = [0, -1]", "s.toml:5:17: cluster.placement: ", "from 0 to 7"),
      cluster(h100 + "placement = []", "s.toml:5:13: cluster.placement: ", "[0, 8, 1, 9]"),
      cluster(h100 + "group = []", "s.toml:5:9: cluster.group: ", "[[cluster.group]]"),
      cluster("[[cluster.group]]\npreset = \"dgx-h100\"",
              "s.toml:4:1: cluster.group[0].count: ", "count = 2"),
      cluster("nodes = 2\n[[cluster.group]]\ncount = 1\n" + h100, "s.toml:4:9: cluster.nodes: ", "count = 2"),
      cluster("nics = 4\n[[cluster.group]]\ncount = 1\n" + h100,
              "s.toml:4:8: cluster.nics: ", "into each [[cluster.group]]"),
      // [workload]
      workload("", "s.toml:6:1: workload.sequence: ", "sequence = \"128K\""),
      workload("sequnce = \"1M\"", "s.toml:7:1: workload.sequnce: ", "did you mean \"sequence\"?"),
      workload("sequence = \"128 KB\"", "s.toml:7:12: workload.sequence: ", "\"128K\" (131072)"),
      workload("sequence = 1.5", "s.toml:7:12: workload.sequence: ", "whole number of tokens"),
      workload("sequence = 0", "s.toml:7:12: workload.sequence: ", "from 1 to"),
      workload("sequence = 1" + times("0", 30) + ".0",
               "s.toml:7:12: workload.sequence: ", "more tokens than can be counted"),
      workload("sequence = 2027-01-01", "s.toml:7:12: workload.sequence: ", "such as \"128K\""),
      workload(long_sequence + "batch = true", "s.toml:8:9: workload.batch: ", "whole number"),
      workload(long_sequence + "phase = \"train\"", "s.toml:8:9: workload.phase: ", "training_step"),
      workload(long_sequence + "mask = \"sliding\"", "s.toml:8:8: workload.mask: ", "\"sliding:4096\""),
      workload(long_sequence + "mask = \"casual\"",
               "s.toml:8:8: workload.mask: ", "did you mean \"causal\"?"),
      workload(long_sequence + "dtype = \"fp8\"", "s.toml:8:9: workload.dtype: ", "bf16, fp16 or fp32"),
      // [search] and [plan]
      more("[search]\ntransport = [\"rign\"]", "s.toml:9:14: search.transport: ", "did you mean \"ring\"?"),
      more("[search]\ntransport = []", "s.toml:9:13: search.transport: ", "leave the key out"),
      more("[search]\nulysses = [0]", "s.toml:9:12: search.ulysses: ", "such as 8"),
      more("[search]\nmemory_reserve = 2", "s.toml:9:18: search.memory_reserve: ", "no unit"),
      more("[plan]", "s.toml:8:1: plan.alias: ", "alias = \"burst\""),
      more("[plan]\nalias = \"brust\"", "s.toml:9:9: plan.alias: ", "burst"),
      more("[plan]\nalias = 3", "s.toml:9:9: plan.alias: ", "text in quotes"),
      more("[plan]\nring = \"eight\"", "s.toml:9:8: plan.ring: ", "such as 8"),
      more("[plan]\nfused_loss = true", "s.toml:9:14: plan.fused_loss: ", "found true or false"),
      more("[plan]\nzero = 4", "s.toml:9:8: plan.zero: ", "from 0 to 3"),
      more("[plan]\nlayuot = \"zigzag\"", "s.toml:9:1: plan.layuot: ", "did you mean \"layout\"?"),
  };
  return rows;
}

const std::string shape = R"("num_hidden_layers": 2, "vocab_size": 100, "intermediate_size": 64)";

const std::vector<Row>& bad_configs() {
  static const std::vector<Row> rows{
      {"", "c.json:1:1: ", "\"hidden_size\": 4096"},
      {"{\n  \"hidden_size\": 40", "c.json:2:20: ", "ends too early"},
      {"{\"hidden_size\": }", "c.json:1:17: ", "not JSON"},
      {"[1, 2]", "c.json:1:1: ", "found array"},
      {"\"llama\"", "c.json:1:1: ", "an object"},
      {times("[", 100000), "c.json: ", "nested more than 64 deep"},
      {"{\"a\":" + times("{\"a\":", 100000), "c.json: ", "nested more than 64 deep"},
      {std::string("{\0}", 3), "c.json:1:1: ", "binary"},
      {"{}", "c.json: /num_hidden_layers: ", "such as 32"},
      {"{\"hidden_size\": 64, \"hidden_size\": 65}", "c.json: /hidden_size: ", "keep one of them"},
      {"{" + shape + "}", "c.json: /hidden_size: ", "such as 4096"},
      {"{" + shape + ", \"hidden_size\": \"64\"}", "c.json: /hidden_size: ", "found string"},
      {"{" + shape + ", \"hidden_size\": 64.5}", "c.json: /hidden_size: ", "found a fraction"},
      {"{" + shape + ", \"hidden_size\": -64}", "c.json: /hidden_size: ", "from 1 to 1000000"},
      {"{" + shape + ", \"hidden_size\": 18446744073709551615}",
       "c.json: /hidden_size: ", "from 1 to 1000000"},
      {"{" + shape + ", \"hidden_size\": 1e400}", "c.json: ", "too large"},
      {"{" + shape + ", \"hidden_size\": 64, \"num_attention_heads\": 0}",
       "c.json: /num_attention_heads: ", "such as 32"},
      {"{" + shape + ", \"hidden_size\": 64, \"num_attention_heads\": 5}",
       "c.json: /num_attention_heads: ", "\"head_dim\": 128"},
      {"{" + shape + ", \"hidden_size\": 64, \"num_attention_heads\": 4, \"num_key_value_heads\": 3}",
       "c.json: /num_key_value_heads: ", "a divisor of heads"},
      {"{" + shape + ", \"hidden_size\": 64, \"num_attention_heads\": 4, \"tie_word_embeddings\": 1}",
       "c.json: /tie_word_embeddings: ", "true or false"},
      {"{" + shape + ", \"hidden_size\": 64, \"num_attention_heads\": 4, \"num_experts\": 4}",
       "c.json: /num_experts_per_tok: ", "such as 2"},
      {"{" + shape + ", \"kv_lora_rank\": 512}", "c.json: /kv_lora_rank: ", "such as LLaMA"},
      {"{\"model_type\": \"llava\", \"text_config\": {\"hidden_size\": 0}}",
       "c.json: /text_config/num_hidden_layers: ", "such as 32"},
  };
  return rows;
}

template <class Action>
void check_row(const Row& row, Action action) {
  INFO(row.input.substr(0, 400));
  const auto start = std::chrono::steady_clock::now();
  const std::string message = samples::message_of(action);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  INFO(message);
  CHECK(message.substr(0, row.place.size()) == row.place);
  CHECK(message.find(row.remedy) != std::string::npos);
  CHECK(elapsed.count() < 1.0);
}

}  // namespace

TEST_CASE("bad scenarios are refused with place and remedy") {
  CHECK(bad_scenarios().size() >= 60);
  for (const Row& row : bad_scenarios()) check_row(row, [&row] { samples::parsed(row.input); });
}

TEST_CASE("bad model configs are refused with place and remedy") {
  CHECK(bad_configs().size() >= 20);
  for (const Row& row : bad_configs())
    check_row(row, [&row] { parse_hugging_face_config(row.input, "c.json"); });
}

TEST_CASE("paths that are not files are refused") {
  const auto read = [](const std::string& path) {
    return samples::message_of([&path] { read_scenario(path); });
  };
  CHECK(read("/").find("/: this is a directory") == 0);
  CHECK(read("no-such-file.toml").find("no-such-file.toml: there is no such file") == 0);
  CHECK(read("").find("no such file") != std::string::npos);
  CHECK(read("/dev/zero").find("not a regular file") != std::string::npos);
  CHECK(read(std::string(100000, 'x')).find("expected a scenario file") != std::string::npos);
}

TEST_CASE("a mistake inside a config file is reported in that file") {
  const auto folder = std::filesystem::temp_directory_path() / "ringside_bad_inputs_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.json") << "{\"hidden_size\": ";
  const std::string toml = text(Sections{.model = "config = \"config.json\""});
  const std::string message = samples::message_of([&] { parse_scenario(toml, "s.toml", folder.string()); });
  CHECK(message.find((folder / "config.json").string() + ":1:17: the JSON ends too early") == 0);
  std::filesystem::remove_all(folder);
}
