// What only a real process shows: exit codes, closed pipes, full disks, the standard input.
#include "tests/catch.h"
#include "tests/cli/program.h"

using program::shell;

namespace {
const std::string scenario = "examples/llama-7b-128k-8xa100.toml";
}

TEST_CASE("an answer goes to stdout alone and exits 0") {
  const auto result = shell("$R plan " + scenario);
  CHECK(result.exit == 0);
  CHECK(result.out.starts_with("Run "));
  CHECK(result.err == "");
}

TEST_CASE("a reader that closes the pipe ends the program silently") {
  const auto result = shell("$R plan " + scenario + " --all --json | head -n 1");
  CHECK(result.exit == 0);
  CHECK(result.out == "{\n");
  CHECK(result.err == "");
}

TEST_CASE("a full disk is a failure with a message") {
  const auto answer = shell("$R plan " + scenario + " >/dev/full");
  CHECK(answer.exit == 3);
  CHECK(answer.err == "ringside: cannot write the answer: No space left on device\n");
  const auto file = shell("$R sweep " + scenario + " --over batch=1,2 --csv --output /dev/full");
  CHECK(file.exit == 3);
  CHECK(file.err == "ringside sweep: cannot write /dev/full: No space left on device\n");
}

TEST_CASE("errors go to stderr with exit 2, and to stdout as JSON") {
  const auto text = shell("$R plan nowhere.toml");
  CHECK(text.exit == 2);
  CHECK(text.out == "");
  CHECK(text.err.starts_with("nowhere.toml: there is no such file"));
  const auto json = shell("$R plan nowhere.toml --json");
  CHECK(json.exit == 2);
  CHECK(json.out.starts_with("{\n  \"error\": {"));
  CHECK(json.err.starts_with("nowhere.toml: there is no such file"));
}

TEST_CASE("nothing fits: exit 1 and the nearest change") {
  const auto result = shell("$R plan " + scenario + " --memory '3 GB' --quiet");
  CHECK(result.exit == 1);
  CHECK(result.out.starts_with("No plan runs: "));
  CHECK(result.out.find("It would fit with ") != std::string::npos);
  CHECK(shell("$R estimate " + scenario + " --plan ring --memory '3 GB'").exit == 1);
  CHECK(shell("$R compare " + scenario + " --memory '3 GB'").exit == 1);
  CHECK(shell("$R export " + scenario + " --plan ring --memory '3 GB' --to usp").exit == 1);
  CHECK(shell("$R sweep " + scenario + " --memory '3 GB' --over batch=1").exit == 1);
}

TEST_CASE("a scenario comes from the standard input with -") {
  const auto file = shell("$R plan " + scenario + " --quiet");
  const auto piped = shell("$R plan - --quiet <" + scenario);
  CHECK(piped.exit == 0);
  CHECK(piped.out == file.out);
  CHECK(shell("head -c 3000000 /dev/zero | $R plan -").err.find("longer than 1 MiB") != std::string::npos);
}

TEST_CASE("no colour, no progress bar and no carriage return without a terminal") {
  const auto result = shell("$R sweep " + scenario + " --over sequence=16K..64K --over batch=1..4");
  CHECK(result.exit == 0);
  CHECK(result.out.find('\033') == std::string::npos);
  CHECK(result.err == "");
}

TEST_CASE("quiet prints the verdict line alone") {
  for (const char* command : {"plan", "estimate", "compare", "sweep"}) {
    INFO(command);
    const std::string over = std::string(command) == "sweep" ? " --over batch=1,2" : "";
    const auto result = shell("$R " + std::string(command) + " " + scenario + over + " --quiet");
    CHECK(result.exit == 0);
    CHECK(result.out.find('\n') == result.out.size() - 1);
  }
}
