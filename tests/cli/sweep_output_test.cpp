// The output of sweep: a table, CSV, JSON, and files that are whole or not there.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/cli/program.h"

namespace {

const std::string grid =
    "sweep examples/llama-7b-128k-8xa100.toml --over sequence=32K..128K --over batch=1,2 --plans "
    "burst,ring,tensor";

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("ringside_sweep_" + std::to_string(::getpid()) + name);
}

}  // namespace

TEST_CASE("a sweep has a line per point, a CSV line per plan and a JSON object") {
  const cli::Output text = program::run_line(grid);
  CHECK(text.exit == cli::ExitCode::answered);
  CHECK(text.text.find(" points") != std::string::npos);

  const cli::Output csv = program::run_line(grid + " --csv");
  CHECK(csv.text.starts_with("sequence,batch,fastest,plan,axes,time_s,"));
  CHECK(std::count(csv.text.begin(), csv.text.end(), '\n') == 1 + 6 * 3);

  const auto json = nlohmann::json::parse(program::run_line(grid + " --json").text);
  REQUIRE(json.at("points").size() == 6);
  const auto& point = json.at("points").at(0);
  CHECK(point.at("at").at("sequence") == "32K");
  CHECK(point.at("plans").size() == 3);
  CHECK(point.at("plans").at(0).at("time").at("unit") == "s");
}

TEST_CASE("threads do not change a sweep") {
  CHECK(program::run_line(grid + " --csv --threads 1").text ==
        program::run_line(grid + " --csv --threads 4").text);
}

TEST_CASE("a point that makes no scenario says why and does not end the grid") {
  const cli::Output output =
      program::run_line("sweep examples/llama-7b-128k-8xa100.toml --over gpus=4,8,16 --csv");
  CHECK(output.exit == cli::ExitCode::answered);
  CHECK(output.text.find("a node has 8 GPUs") != std::string::npos);
  const std::string head = output.text.substr(0, output.text.find('\n'));
  const std::string last = output.text.substr(output.text.rfind('\n', output.text.size() - 2) + 1);
  CHECK(std::count(head.begin(), head.end(), ',') <= std::count(last.begin(), last.end(), ','));
}

TEST_CASE("a sweep is written to a file in one step") {
  const std::filesystem::path file = scratch(".csv");
  const cli::Output written = program::run_line(grid + " --csv --output " + file.string());
  CHECK(written.exit == cli::ExitCode::answered);
  CHECK(written.text == "");
  CHECK(program::read(file) == program::run_line(grid + " --csv").text);
  std::filesystem::remove(file);

  const cli::Output nowhere = program::run_line(grid + " --csv --output /nowhere/grid.csv");
  CHECK(nowhere.exit == cli::ExitCode::failed);
  CHECK(nowhere.message == "ringside sweep: cannot write /nowhere/grid.csv: No such file or directory");
}

TEST_CASE("an interrupted sweep exits 130 and leaves no file") {
  const std::filesystem::path file = scratch("_interrupted.csv");
  const auto result = program::shell(
      "timeout --preserve-status -s INT 2 $R sweep examples/llama-3-8b-1m-32xh100.toml --over "
      "sequence=32K..4M:400 "
      "--over 'nic_bandwidth=1 GB/s..100 GB/s:400' --csv --output " +
      file.string());
  CHECK(result.exit == 130);
  CHECK(result.err == "ringside sweep: interrupted, nothing was written\n");
  CHECK_FALSE(std::filesystem::exists(file));
}
