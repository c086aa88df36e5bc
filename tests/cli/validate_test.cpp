// `ringside validate`: what it says, in which words and with which exit code.
#include <nlohmann/json.hpp>

#include "tests/base/thinned.h"
#include "tests/catch.h"
#include "tests/cli/program.h"

namespace {

using Json = nlohmann::json;

// The example, small enough for any test.
const std::string small = "validate examples/quick-cpu.toml --sequence 512 --repetitions 2 ";

}  // namespace

TEST_CASE("validate: the numbers agree and the bytes are equal, for every alias") {
  const std::vector<std::string> plans{"ring",
                                       "zigzag-ring",
                                       "striped-ring",
                                       "burst",
                                       "burst-kv",
                                       "double-ring",
                                       "ulysses:ulysses=2:ring=1",
                                       "usp:ulysses=2:ring=2",
                                       "all-gather",
                                       "tensor:tensor=2",
                                       "single"};
  for (const std::string& plan : tests::thinned(plans, 3)) {
    INFO(plan);
    const bool two = plan.ends_with("ring=1") || plan.ends_with("tensor=2");
    const std::string ranks = plan == "single" ? "1" : two ? "2" : "4";
    const cli::Output output = program::run_line(small + "--ranks " + ranks + " --plan " + plan);
    CHECK(output.exit == cli::ExitCode::answered);
    CHECK(output.message == "");
    CHECK(output.text.starts_with("Numbers agree with dense fp64 attention: largest error "));
    CHECK(output.text.find("every operation sent its") != std::string::npos);
    CHECK(output.text.find("whole plan") != std::string::npos);
    CHECK(output.text.find("assumed") != std::string::npos);
    CHECK(output.text.find("Ran and checked 512 tokens.") != std::string::npos);
  }
}

TEST_CASE("validate: JSON has the bytes, the errors and the times of every kind of operation") {
  const cli::Output output = program::run_line(small + "--json");
  CHECK(output.exit == cli::ExitCode::answered);
  const Json json = Json::parse(output.text);
  CHECK(json.at("schema") == "ringside/validate/1");
  CHECK(json.at("agrees") == true);
  // K and V to three ranks forward, K, V and dK, dV backward: 3 x 3 hops of 128 rows x 2 x 2 heads x 64 x 4
  // B.
  CHECK(json.at("bytes_predicted") == 9 * 128 * 4 * 64 * 4);
  CHECK(json.at("bytes_sent") == json.at("bytes_predicted"));
  CHECK(json.at("max_error").get<double>() > 0);
  CHECK(json.at("max_error").get<double>() < 1e-6);
  // Lanes may run ahead of the order in which the model counts.
  CHECK(json.at("memory_measured").get<double>() ==
        Approx(json.at("memory_predicted").get<double>()).epsilon(0.15));
  CHECK(json.at("sequence").at("run") == 512);
  std::vector<std::string> names;
  for (const Json& operation : json.at("operations")) {
    names.push_back(operation.at("name"));
    CHECK(operation.at("predicted").at("value").get<double>() > 0);
    CHECK(operation.at("predicted").at("low") <= operation.at("predicted").at("high"));
    CHECK(operation.at("measured").at("value").get<double>() > 0);
  }
  CHECK(names ==
        std::vector<std::string>{"attention forward", "attention backward", "elementwise", "exchange"});
  CHECK(json.at("calibration").at("name") == "cpu-core built in");
}

TEST_CASE("validate: a scenario for GPUs that is too large is scaled down, and says so") {
  const cli::Output output = program::run_line(
      "validate examples/llama-7b-128k-8xa100.toml --plan ulysses --backend reference --repetitions 1");
  CHECK(output.exit == cli::ExitCode::answered);
  CHECK(output.text.find("Scaled down: the scenario's 128K tokens are too many here; ran ") !=
        std::string::npos);
}

TEST_CASE("validate: the phases of a workload") {
  const Json forward = Json::parse(program::run_line(small + "--json --phase forward").text);
  CHECK(forward.at("operations").size() == 3);
  const Json backward = Json::parse(program::run_line(small + "--json --phase backward").text);
  CHECK(backward.at("agrees") == true);
  CHECK(backward.at("operations").at(0).at("name") == "attention backward");
  const Json step = Json::parse(program::run_line(small + "--json --phase training_step").text);
  CHECK(step.at("agrees") == true);
  CHECK(step.at("scenario").at("workload").at("phase") == "forward_backward");
}

TEST_CASE("validate: the trace has the operations of the schedule by name") {
  const std::string file =
      std::filesystem::temp_directory_path() / ("ringside_trace_" + std::to_string(::getpid()) + ".json");
  const cli::Output output = program::run_line(small + "--quiet --trace " + file);
  CHECK(output.text.find('\n') + 1 == output.text.size());
  const Json trace = Json::parse(program::read(file));
  std::filesystem::remove(file);
  int attention = 0, exchanges = 0;
  for (const Json& event : trace.at("traceEvents")) {
    if (event.at("ph") != "X") continue;
    CHECK(event.at("dur").get<double>() >= 0);
    attention += event.at("name") == "attention forward, step 1" ? 1 : 0;
    exchanges += event.at("name") == "K,V (exchange)" ? 1 : 0;
  }
  CHECK(attention == 4);
  CHECK(exchanges == 4 * 6);
}

TEST_CASE("validate: plans that cannot run are an answer, wrong flags are not") {
  const cli::Output ulysses = program::run_line(small + "--plan ulysses");
  CHECK(ulysses.exit == cli::ExitCode::no);
  CHECK(ulysses.text.find("needs 4 kv heads, the model has 2") != std::string::npos);
  const cli::Output as_json = program::run_line(small + "--plan ulysses --json");
  CHECK(as_json.exit == cli::ExitCode::no);
  CHECK(Json::parse(as_json.text).at("error").at("message").get<std::string>().find("needs 4 kv heads") !=
        std::string::npos);
  const auto edited = [](const std::string& edit) {
    return program::shell("sed '" + edit + "' examples/quick-cpu.toml | $R validate -").out;
  };
  CHECK(
      edited("s/\"causal\"/\"documents:1K+3K\"/").find("is not run: kernels mask causal, full and sliding") !=
      std::string::npos);
  CHECK(edited("s/\"forward_backward\"/\"prefill\"\\ncached = \"4K\"/").find("is not run: cached tokens") !=
        std::string::npos);
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"--backend gpu", "--backend: there is no backend \"gpu\""},
      {"--backend cudax", "--backend: there is no backend \"cudax\""},
      {"--virtual", "--virtual: virtual ranks are ranks on a GPU"},
      {"--ranks 0", "--ranks: cannot read \"0\""},
      {"--ranks many", "--ranks: cannot read \"many\""},
      {"--deadline 30", "--deadline: cannot read \"30\""},
      {"--deadline 0s", "--deadline: a deadline of 0s is not between 1 ms and 86400 s"},
      {"--plan brust", "--plan: unknown plan \"brust\""},
      {"--repetition 3", "did you mean --repetitions?"},
      {"--trace", "--trace needs a value"},
      {"--trace no/such/folder/run.json", "--trace: cannot write no/such/folder/run.json; expected a file"},
      {"--trace examples", "--trace: cannot write examples; expected a file"},
  };
  for (const auto& [flags, says] : wrong) {
    INFO(flags);
    const cli::Output output = program::run_line("validate examples/quick-cpu.toml " + flags);
    CHECK(output.exit == cli::ExitCode::bad_input);
    CHECK(output.message.find(says) != std::string::npos);
  }
  const cli::Output repetitions = program::run_line("validate examples/quick-cpu.toml --repetitions 0");
  CHECK(repetitions.exit == cli::ExitCode::bad_input);
  CHECK(repetitions.message.find("--repetitions: cannot read \"0\"") != std::string::npos);
}

TEST_CASE("validate: packed documents are not run, whatever would compute them") {
  for (const std::string backend :
       {"cpu", "reference", "cuda", "cuda_sm80", "cuda_sm90a", "cuda --virtual"}) {
    for (const std::string plan :
         {"zigzag-ring", "ring", "burst", "all-gather", "ulysses:ulysses=2:ring=1"}) {
      INFO(backend << ", " << plan);
      const cli::Output output =
          program::run_line(small + "--mask documents:128+384 --backend " + backend + " --plan " + plan);
      CHECK(output.exit == cli::ExitCode::no);
      CHECK(output.text.find(" is not run: kernels mask causal, full and sliding, not packed documents") !=
            std::string::npos);
      CHECK(output.text.find("agree") == std::string::npos);
    }
  }
}

TEST_CASE("validate: a sequence that is too short for its plan is refused with the next one that is not") {
  const std::string base = "validate examples/quick-cpu.toml --repetitions 1 ";
  const std::vector<std::pair<std::string, std::string>> too_short{
      {"--plan zigzag-ring --sequence ", "8"},
      {"--plan striped-ring --sequence ", "4"},
      {"--plan burst --sequence ", "8"},
      {"--ranks 2 --plan ulysses --sequence ", "2"},
      {"--ranks 2 --plan tensor:tensor=2 --sequence ", "2"}};
  for (const auto& [flags, shortest] : too_short) {
    INFO(flags);
    const cli::Output refused = program::run_line(base + flags + "1");
    CHECK(refused.exit == cli::ExitCode::no);
    CHECK(refused.text.find("1 tokens do not divide by ") != std::string::npos);
    CHECK(refused.text.find("; --sequence " + shortest + " does.") != std::string::npos);
    const cli::Output ran = program::run_line(base + flags + shortest);
    CHECK(ran.exit == cli::ExitCode::answered);
    CHECK(ran.text.find("Ran and checked " + shortest + " tokens.") != std::string::npos);
  }
  // What no length would mend names none.
  CHECK(program::run_line(base + "--plan ulysses --sequence 4").text.find("--sequence") == std::string::npos);
}

TEST_CASE("validate: a deadline that is too short fails with the rank, the operation and the remedy") {
  const cli::Output output =
      program::run_line("validate examples/quick-cpu.toml --plan ring --deadline 1ms --repetitions 1");
  CHECK(output.exit == cli::ExitCode::failed);
  CHECK(output.message.find("did not come to the ") != std::string::npos);
  CHECK(output.message.find("within 1 ms; look at what ") != std::string::npos);
  CHECK(output.message.find("or set a longer deadline") != std::string::npos);
}
