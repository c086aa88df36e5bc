// `ringside sweep --simulate`: simulated times beside the analytic ones, at every point of the grid.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.h"
#include "tests/cli/program.h"

#if RINGSIDE_SIMULATOR

namespace {

const std::string grid =
    "sweep examples/llama-7b-128k-8xa100.toml --over sequence=64K,128K --plans burst,zigzag-ring,ulysses "
    "--simulate";

nlohmann::json json_of(const std::string& line) {
  return nlohmann::json::parse(program::run_line(line + " --json").text);
}

double simulated(const nlohmann::json& plan) { return plan.at("simulated").at("value").get<double>(); }

}  // namespace

TEST_CASE("a simulated sweep has a simulated time for every plan that runs") {
  const cli::Output csv = program::run_line(grid + " --csv");
  CHECK(csv.exit == cli::ExitCode::answered);
  CHECK(csv.message == "");
  const std::string head = csv.text.substr(0, csv.text.find('\n'));
  CHECK(head.ends_with(",fits,rejected,simulated_s,not_simulated"));
  CHECK(std::count(csv.text.begin(), csv.text.end(), '\n') == 1 + 2 * 3);

  const nlohmann::json json = json_of(grid);
  CHECK(json.at("lost_ranks").empty());
  CHECK(json.at("what_if").is_null());
  for (const nlohmann::json& point : json.at("points")) {
    std::string fastest;
    double best = 1e300;
    for (const nlohmann::json& plan : point.at("plans")) {
      INFO(plan.at("alias"));
      const double analytic = plan.at("time").at("value").get<double>();
      CHECK(simulated(plan) > analytic * 0.9);
      CHECK(simulated(plan) < analytic * 2);
      CHECK(plan.at("not_simulated").is_null());
      if (simulated(plan) < best) best = simulated(plan), fastest = plan.at("name");
    }
    CHECK(fastest == point.at("fastest").get<std::string>());
  }
}

TEST_CASE("sweep: progress for programs is lines of JSON that grow to 1, through both parts") {
  for (const char* how : {"", " --simulate"}) {
    const auto run = program::shell(
        "$R sweep examples/llama-7b-128k-8xa100.toml --over sequence=64K,128K --progress json --quiet" +
        std::string(how));
    CHECK(run.exit == 0);
    std::istringstream lines(run.err);
    double last = -1;
    for (std::string line; std::getline(lines, line);) {
      const double share = nlohmann::json::parse(line).at("progress");
      CHECK(share >= last);
      last = share;
    }
    CHECK(last == 1);
  }
}

TEST_CASE("how many are simulated at once does not change a sweep") {
  CHECK(program::run_line(grid + " --csv --threads 1").text ==
        program::run_line(grid + " --csv --threads 3").text);
}

TEST_CASE("a straggler makes a simulated sweep slower, and is named") {
  const nlohmann::json nominal = json_of(grid), slow = json_of(grid + " --straggler rank=3,slowdown=1.5");
  CHECK(slow.at("what_if").get<std::string>().find("rank 3") != std::string::npos);
  const auto& before = nominal.at("points").at(1).at("plans");
  const auto& after = slow.at("points").at(1).at("plans");
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(simulated(after.at(i)) > 1.2 * simulated(before.at(i)));
    CHECK(after.at(i).at("time") == before.at(i).at("time"));
  }
}

TEST_CASE("a simulated sweep chooses by simulated time, and says where the model has another winner") {
  // Bursts hide what they send, an all-to-all does not.
  const std::string line =
      "sweep examples/llama-7b-128k-8xa100.toml --over sequence=64K --plans ulysses,burst --simulate "
      "--degrade link=*,factor=0.2";
  const nlohmann::json json = json_of(line);
  const auto& point = json.at("points").at(0);
  CHECK(point.at("plans").at(0).at("time").at("value") < point.at("plans").at(1).at("time").at("value"));
  CHECK(point.at("fastest") == point.at("plans").at(1).at("name"));
  CHECK(program::run_line(line).text.find("another plan is the fastest at 1 of these points") !=
        std::string::npos);
}

TEST_CASE("a plan that cannot be simulated is shown with the reason") {
  const std::string line = grid + " --fail link=node0.gpu3.out";
  const cli::Output csv = program::run_line(line + " --csv");
  INFO(csv.text << csv.message);
  CHECK(csv.exit == cli::ExitCode::no);
  CHECK(std::count(csv.text.begin(), csv.text.end(), '\n') == 1 + 2 * 3);
  const nlohmann::json json = json_of(line);
  CHECK(json.at("points").at(0).at("fastest").is_null());
  CHECK(json.at("points").at(0).at("plans").at(0).at("not_simulated").is_string());
  CHECK(program::run_line(line).text.find("is not simulated: ") != std::string::npos);
}

TEST_CASE("a what-if that fits some points only is a reason at the others") {
  const std::string line =
      "sweep examples/llama-3-8b-1m-32xh100.toml --over sequence=64K --over nodes=1,4 --plans burst "
      "--simulate "
      "--straggler rank=9,slowdown=1.2";
  const nlohmann::json json = json_of(line);
  CHECK(json.at("points").at(0).at("plans").at(0).at("not_simulated").is_string());
  CHECK(json.at("points").at(1).at("plans").at(0).at("simulated").is_object());
}

TEST_CASE("flags of simulations without --simulate are an error that says so") {
  const std::string line = "sweep examples/llama-7b-128k-8xa100.toml --over batch=1 ";
  for (const char* flag :
       {"--straggler rank=3,slowdown=1.3", "--degrade link=node0.gpu1.out,factor=0.5",
        "--fail link=node0.gpu1.out", "--jitter 0.1", "--start-spread 1us", "--seed 2", "--spine even",
        "--all-to-all aggregate", "--engine simgrid", "--no-fold", "--lost-after 3s"}) {
    const cli::Output output = program::run_line(line + flag);
    CHECK(output.exit == cli::ExitCode::bad_input);
    CHECK(output.message.find("expected --simulate beside it") != std::string::npos);
  }
  CHECK(program::run_line(line + "--simulate --lost-after 1s").exit == cli::ExitCode::bad_input);
  CHECK(program::run_line(line + "--simulate --jitter much").exit == cli::ExitCode::bad_input);
}

TEST_CASE("an interrupted simulated sweep exits 130 and leaves no file") {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ringside_simulated_" + std::to_string(::getpid()));
  const auto result = program::shell(
      "timeout --preserve-status -s INT 3 $R sweep examples/llama-3-8b-1m-32xh100.toml --sequence 4M --nodes "
      "32 "
      "--over 'nic_bandwidth=1 GB/s..100 GB/s:400' --plans burst-kv --simulate --no-fold --jitter 0.1 --csv "
      "--output " +
      file.string());
  CHECK(result.exit == 130);
  CHECK(result.err == "ringside sweep: interrupted, nothing was written\n");
  CHECK_FALSE(std::filesystem::exists(file));
}

#endif
