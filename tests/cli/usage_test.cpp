// Bad command lines: exit 2 and a message with place and remedy.  Bad scenario files have their own table.
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/cli/program.h"

namespace {

const std::string scenario = "examples/llama-7b-128k-8xa100.toml";

struct BadLine {
  std::vector<std::string> arguments;
  std::string says;  // part of the message
};

const std::vector<BadLine>& bad_lines() {
  static const std::vector<BadLine> lines{
      {{"plna", scenario}, "ringside: unknown command \"plna\"; did you mean \"plan\"?"},
      {{"guess", scenario}, "the commands are plan, estimate, compare, "},
      {{""}, "unknown command \"\""},
      {{"--verbose"}, "unknown option --verbose"},
      {{"help", "nothing"}, "unknown command \"nothing\""},
      {{"plan"}, "scenario is required; for example: ringside plan"},
      {{"plan", ""}, "the file name is empty"},
      {{"plan", "nowhere.toml"}, "nowhere.toml: there is no such file; expected a scenario file"},
      {{"plan", "examples"}, "examples: this is a directory"},
      {{"plan", "/dev/zero"}, "/dev/zero: this is not a regular file"},
      {{"plan", scenario, "more"}, "unexpected argument \"more\""},
      {{"plan", scenario, "--sequnce", "1M"}, "unknown option --sequnce; did you mean --sequence?"},
      {{"plan", scenario, "--sequnce=1M"}, "unknown option --sequnce; did you mean --sequence?"},
      {{"plan", scenario, "-x"}, "unknown option -x"},
      {{"plan", scenario, "--sequence"}, "--sequence needs a value"},
      {{"plan", scenario, "--sequence", ""}, "--sequence: cannot read \"\""},
      {{"plan", scenario, "--sequence", "-1"}, "--sequence: cannot read \"-1\""},
      {{"plan", scenario, "--sequence", "1e30"}, "--sequence: "},
      {{"plan", scenario, "--sequence", "nan"}, "--sequence: cannot read \"nan\""},
      {{"plan", scenario, "--sequence", "1M", "--sequence", "2M"}, "--sequence is given more than once"},
      {{"plan", scenario, "--batch", "0"}, "--batch: cannot read \"0\""},
      {{"plan", scenario, "--nodes", "0"}, "--nodes: cannot read \"0\""},
      {{"plan", scenario, "--mask", "cauzal"}, "did you mean \"causal\"?"},
      {{"plan", scenario, "--nic-bandwidth", "400Gb"},
       "--nic-bandwidth: cannot read \"400Gb\": expected a rate"},
      {{"plan", scenario, "--model", "lama-7b"}, "did you mean \"llama-7b\"?"},
      {{"plan", scenario, "--cluster", "dgx"}, "--cluster: there is no cluster preset \"dgx\""},
      {{"plan", scenario, "--accumulation", "3"}, "--accumulation: 1 sequences cannot be accumulated over 3"},
      {{"plan", scenario, "--logits", "some"}, "--logits: "},
      {{"plan", scenario, "--json", "--csv"}, "--json excludes --csv"},
      {{"plan", scenario, "--explain", ""}, "--explain: the value is empty"},
      {{"plan", scenario, "--explain", "brust.time"}, "--explain: unknown plan \"brust\""},
      {{"plan", scenario, "--explain", "ring.tme"}, "there is no figure \"tme\""},
      {{"estimate", scenario, "--plan", "brust"}, "--plan: unknown plan \"brust\""},
      {{"estimate", scenario, "--plan", ""}, "--plan: the value is empty"},
      {{"estimate", scenario, "--plan", "ring:layout=zagzig"}, "did you mean \"zigzag\"?"},
      {{"estimate", scenario, "--explain", "tme"}, "did you mean \"time\"?"},
      {{"compare", scenario, "--plans", "burst,,ring"}, "--plans: an empty name in \"burst,,ring\""},
      {{"compare", scenario, "--plans", "burst,rung"}, "--plans: unknown plan \"rung\""},
      {{"compare", scenario, "--plans", ""}, "--plans: "},
      {{"sweep", scenario}, "--over is required"},
      {{"sweep", scenario, "--over", "phase=forward,training_step"}, "cannot be compared"},
      {{"estimate", scenario, "--plan", "tensor:ulysses=2"}, "plan \"tensor\" cannot have ulysses = 2"},
      {{"sweep", scenario, "--over", "sequence"}, "--over: cannot read \"sequence\""},
      {{"sweep", scenario, "--over", "sequense=1K..2K"}, "did you mean \"sequence\"?"},
      {{"sweep", scenario, "--over", "sequence=2K..1K"}, "expected a range from small to large"},
      {{"sweep", scenario, "--over", "batch=1", "--over", "batch=2"}, "batch is given twice"},
      {{"sweep", scenario, "--over", "batch=1", "--threads", "0"}, "--threads: "},
      {{"export", scenario}, "--to is required"},
      {{"export", scenario, "--to", "megatorn"}, "did you mean \"megatron\"?"},
      {{"import"}, "for example: ringside import"},
      {{"import", "logs"}, "expected one of nccl-tests, topology, torch-trace, nsys-trace"},
      {{"import", "torch-trace", "examples/import/torch-rank0.json"}, "--scenario is required"},
      {{"import", "torch-trace", scenario, "--scenario", scenario}, "this is not JSON"},
      {{"import", "torch-trace", "examples/import/torch-rank0.json", "--scenario", scenario},
       "is the profile of one of 4 ranks, and the plan has 8"},
      {{"import", "nsys-trace", scenario, "--scenario", scenario}, "no line with the names of the columns"},
      {{"calibrate", "--from", "validation/published/calibration.csv", "--from",
        "validation/published/calibration_links.csv"},
       "expected tables of one kind at a time"},
      {{"import", "nccl-tests", scenario}, scenario + ": no result rows found"},
      {{"import", "nccl-tests", "examples/import/all-gather-8xh100.log", "--test", "gather"}, "--test: "},
      {{"completion", "fish"}, "expected bash"},
  };
  return lines;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

}  // namespace

TEST_CASE("every bad command line is refused with exit 2, a place and a remedy") {
  REQUIRE(bad_lines().size() >= 20);
  for (const BadLine& line : bad_lines()) {
    INFO(joined(line.arguments));
    const cli::Output output = program::run(line.arguments);
    INFO(output.message);
    CHECK(output.exit == cli::ExitCode::bad_input);
    const bool json = line.arguments.back() == "--csv";  // refused beside --json
    CHECK(output.text.empty() != json);
    CHECK(output.message.find(line.says) != std::string::npos);
    CHECK(output.message.find('\n') == std::string::npos);
  }
}

TEST_CASE("with --json a bad command line is a JSON object too") {
  for (const BadLine& line : bad_lines()) {
    // Where --json itself is the mistake, or would be taken for a value.
    if (line.arguments.size() < 2 || line.arguments.back().starts_with("--")) continue;
    std::vector<std::string> arguments = line.arguments;
    arguments.emplace_back("--json");
    INFO(joined(arguments));
    const cli::Output output = program::run(arguments);
    CHECK(output.exit == cli::ExitCode::bad_input);
    CHECK(output.message != "");
    const auto json = nlohmann::json::parse(output.text);
    CHECK(json.at("error").at("message").get<std::string>() != "");
    for (const char* key : {"file", "line", "column", "key"}) CHECK(json.at("error").contains(key));
  }
}

TEST_CASE("the place of an error is in its JSON") {
  std::filesystem::current_path(RINGSIDE_SOURCE_DIR);
  const cli::Output flag = program::run({"plan", scenario, "--nic-bandwidth", "400Gb", "--json"});
  const auto at_flag = nlohmann::json::parse(flag.text).at("error");
  CHECK(at_flag.at("key") == "--nic-bandwidth");
  CHECK(at_flag.at("file").is_null());
  CHECK(at_flag.at("line").is_null());

  const cli::Output file = program::run({"plan", "nowhere.toml", "--json"});
  CHECK(nlohmann::json::parse(file.text).at("error").at("file") == "nowhere.toml");
}

TEST_CASE("ringside alone, --help and help say what there is") {
  CHECK(program::run(std::vector<std::string>{}).text.find("ringside plan FILE") != std::string::npos);
  CHECK(program::run_line("--version").text.starts_with("ringside "));
  for (const char* name : {"plan", "estimate", "compare", "sweep", "export", "import", "completion"}) {
    INFO(name);
    const cli::Output help = program::run({"help", name});
    CHECK(help.exit == cli::ExitCode::answered);
    CHECK(help.text.find("Example:") != std::string::npos);
    CHECK(help.text == program::run({name, "--help"}).text);
    CHECK(program::run_line("--help").text.find(name) != std::string::npos);
  }
  CHECK(program::run_line("help import topology").text.find("NCCL_TOPO_DUMP_FILE") != std::string::npos);
}

TEST_CASE("the bash completion is a script that knows commands and options") {
  const program::ShellResult result = program::shell(
      "bash -c 'eval \"$('\"$R\"' completion bash)\"; COMP_WORDS=(ringside plan --sequ); COMP_CWORD=2; "
      "_ringside; "
      "echo \"${COMPREPLY[*]}\"; COMP_WORDS=(ringside es); COMP_CWORD=1; _ringside; echo "
      "\"${COMPREPLY[*]}\"'");
  CHECK(result.out == "--sequence\nestimate\n");
  CHECK(result.err == "");
}
