// Every example runs with plan, estimate and compare, as text and as JSON, and every quantity is complete.
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/base/thinned.h"
#include "tests/catch.h"
#include "tests/cli/program.h"

namespace {

using Json = nlohmann::json;

// Every object with a value says its unit and where it comes from; there is no null that should be a number.
void check_quantities(const Json& json, bool is_result) {
  if (json.is_array())
    for (const Json& item : json) check_quantities(item, is_result);
  if (!json.is_object()) return;
  if (json.contains("value")) {
    CHECK(json.at("value").is_number());
    CHECK(json.at("unit").is_string());
    if (is_result) {
      CHECK(json.at("low").get<double>() <= json.at("value").get<double>());
      CHECK(json.at("high").get<double>() >= json.at("value").get<double>());
      CHECK(json.at("formula").get<std::string>() != "");
      CHECK(json.at("provenance").get<std::string>() != "");
    }
    return;
  }
  for (const auto& [key, value] : json.items()) {
    INFO(key);
    check_quantities(value, is_result);
  }
}

void check_plan(const Json& plan) {
  INFO(plan.at("name"));
  CHECK(plan.at("axes").contains("transport"));
  check_quantities(plan, true);
  if (plan.at("time").is_null()) {
    CHECK(plan.at("rejected").is_string());
    return;
  }
  CHECK(plan.at("fits").get<bool>() == plan.at("rejected").is_null());
  double items = 0;
  for (const auto& [name, item] : plan.at("memory").at("items").items())
    items += item.at("value").get<double>();
  CHECK(items == Approx(plan.at("memory").at("peak").at("value").get<double>()).epsilon(1e-12));
  for (const char* item : {"attention", "tensor", "parameters", "gradients"})
    CHECK(plan.at("traffic").at("items").contains(item));
}

void check_answer(const std::string& command, const Json& json) {
  CHECK(json.at("schema") == "ringside/" + command + "/1");
  CHECK(json.at("calibration").at("name").get<std::string>() != "");
  check_quantities(json.at("scenario"), false);
  const Json& verdict = json.at("verdict");
  CHECK(verdict.at("text").get<std::string>() != "");
  CHECK(verdict.at("tie_with").is_array());
  CHECK(verdict.at("reasons").is_array());
  REQUIRE(!json.at("plans").empty());
  for (const Json& plan : json.at("plans")) check_plan(plan);
}

}  // namespace

TEST_CASE("every example runs with plan, estimate and compare") {
  for (const std::string& file : tests::thinned(program::examples(), 3)) {
    for (const std::string command : {"plan", "estimate", "compare"}) {
      INFO(command << " " << file);
      const cli::Output text = program::run({command, file});
      CHECK(text.exit == cli::ExitCode::answered);
      CHECK(text.message == "");
      CHECK(text.text.find("nan") == std::string::npos);
      CHECK(text.text.find("Calibration: ") != std::string::npos);
      const cli::Output json = program::run({command, file, "--json"});
      CHECK(json.exit == cli::ExitCode::answered);
      check_answer(command, Json::parse(json.text));
    }
  }
}

TEST_CASE("every plan and every explanation can be asked for") {
  for (const std::string& file : tests::thinned(program::examples(), 5)) {
    INFO(file);
    const cli::Output all = program::run({"plan", file, "--all", "--json"});
    check_answer("plan", Json::parse(all.text));
    const cli::Output explained = program::run({"estimate", file, "--explain", "all", "--json"});
    const Json explanations = Json::parse(explained.text).at("explanations");
    std::set<std::string> names;
    for (const Json& figure : explanations) {
      CHECK(names.insert(figure.at("name")).second);
      CHECK(figure.at("expression").get<std::string>() != "");
      for (const Json& input : figure.at("inputs")) CHECK(input.at("provenance").get<std::string>() != "");
    }
    CHECK(names.contains("time"));
    CHECK(names.contains("memory.peak"));
    CHECK(program::run({"estimate", file, "--explain", "all"}).text.find("formula") != std::string::npos);
  }
}

TEST_CASE("burst moves 16 % less than a ring, and tensor parallelism says what it moves elsewhere") {
  const cli::Output text =
      program::run_line("compare examples/llama-7b-128k-8xa100.toml --plans burst,ring,tensor");
  CHECK(text.text.find("Traffic of burst 8: -16 % against ring 8") != std::string::npos);
  CHECK(text.text.find("its feed-forward half moves as much again") != std::string::npos);
}

TEST_CASE("overrides change the scenario and count as given") {
  const cli::Output output = program::run_line(
      "plan examples/llama-3-8b-1m-32xh100.toml --nodes 2 --sequence 256K --nic-bandwidth 25GB/s --json");
  const Json scenario = Json::parse(output.text).at("scenario");
  CHECK(scenario.at("cluster").at("gpus") == 16);
  CHECK(scenario.at("workload").at("sequence") == 262144);
  const Json nic = scenario.at("cluster").at("groups").at(0).at("node").at("nic_bandwidth");
  CHECK(nic.at("value") == 25e9);
  CHECK(nic.at("provenance") == "given");
}

TEST_CASE("presets are changed before numbers, whatever the order of the flags") {
  const cli::Output output = program::run_line(
      "plan examples/llama-7b-128k-8xa100.toml --link-bandwidth 100GB/s --cluster dgx-h100 --json");
  const Json node = Json::parse(output.text).at("scenario").at("cluster").at("groups").at(0).at("node");
  CHECK(node.at("device").at("name") == "h100-sxm");
  CHECK(node.at("link_bandwidth").at("value") == 100e9);
}

TEST_CASE("a plan that the file names by its alias follows a change of the cluster") {
  const cli::Output output = program::run_line("estimate examples/sliding-window-512k.toml --nodes 4 --json");
  const Json plan = Json::parse(output.text).at("plans").at(0);
  CHECK(plan.at("alias") == "burst-kv");
  CHECK(plan.at("axes").at("ring") == 32);
}

TEST_CASE("exports and imports are JSON too") {
  for (const char* framework : {"megatron", "usp", "ring-flash-attention", "burstengine"}) {
    INFO(framework);
    const cli::Output output = program::run({"export", "examples/llama-7b-128k-8xa100.toml", "--plan",
                                             "zigzag-ring", "--to", framework, "--json"});
    CHECK(output.exit == cli::ExitCode::answered);
    CHECK(Json::parse(output.text).at("framework") == framework);
  }
  const Json log =
      Json::parse(program::run_line("import nccl-tests examples/import/sendrecv-2-nodes.log --json").text);
  CHECK(log.at("bandwidth").at("unit") == "B/s");
  const Json node =
      Json::parse(program::run_line("import topology examples/import/node-8xh100.xml --json").text);
  CHECK(node.at("gpus") == 8);
}
