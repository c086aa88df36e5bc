// `ringside simulate` from the outside: its answers as texts, JSON, traces and tables of links, its refusals,
// and how it ends when it is interrupted, when nobody reads any more, or when its simulation dies.
#include "tests/catch.h"

#if RINGSIDE_SIMULATOR

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/program.h"

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

const std::string h100 = "examples/llama-3-8b-1m-32xh100.toml";
// A contended ring of 1,024 ranks that begin apart: minutes, if nobody stops it.
const std::string long_one =
    "simulate " + h100 + " --nodes 128 --sequence 64M --plan burst --start-spread 1ms";

json simulated(const std::string& rest) {
  const cli::Output output = program::run_line("simulate " + rest + " --json");
  INFO(output.message);
  REQUIRE(output.exit == cli::ExitCode::answered);
  return json::parse(output.text);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() / (std::to_string(::getpid()) + name);
}

}  // namespace

TEST_CASE("simulate: the fabric decides which plan runs best, and hashing what the cost model cannot know") {
  const std::string scenario = "examples/llama-30b-1m-128xh100.toml --plan ";
  struct Fabric {
    std::string flags, best, expected;
  };
  const std::string document = program::read(RINGSIDE_SOURCE_DIR "/docs/simulator.md");
  for (const Fabric& fabric : {Fabric{"", "usp", "usp"}, Fabric{" --oversubscription 4", "burst", "burst"},
                               Fabric{" --spine hashed", "burst", "usp"}}) {
    std::map<std::string, double> time, analytic;
    for (const char* plan : {"zigzag-ring", "burst", "usp"}) {
      const json answer = simulated(scenario + plan + fabric.flags);
      time[plan] = answer["time"]["value"];
      analytic[plan] = answer["analytic"]["value"];
    }
    const auto least = [](const std::map<std::string, double>& of) {
      return std::min_element(of.begin(), of.end(),
                              [](const auto& a, const auto& b) { return a.second < b.second; })
          ->first;
    };
    INFO(fabric.flags);
    CHECK(least(time) == fabric.best);
    CHECK(least(analytic) == fabric.expected);
    // The document shows these times.
    for (const auto& [plan, seconds] : time) {
      char text[32];
      std::snprintf(text, sizeof text, seconds < 1 ? "%.0f ms" : "%.3g s",
                    seconds < 1 ? 1e3 * seconds : seconds);
      INFO(plan << " " << text);
      CHECK(document.find(std::string("| ") + text + " |") != std::string::npos);
    }
  }
}

TEST_CASE("simulate: the path adds up, links carry what they can, what-ifs cost what they say") {
  const json plain = simulated(h100 + " --plan double-ring");
  double path = 0;
  for (const auto& [part, quantity] : plain["critical_path"].items()) path += quantity["value"].get<double>();
  CHECK(path == Approx(plain["time"]["value"].get<double>()).epsilon(1e-9));
  for (const json& link : plain["links"]) CHECK(link["highest_utilisation"].get<double>() <= 1.0);
  CHECK(plain["what_if"].is_null());
  CHECK(plain["runs"].is_null());
  CHECK(plain["time"]["low"] < plain["time"]["value"]);

  const json slow = simulated(h100 + " --plan double-ring --straggler rank=8..15,slowdown=1.5");
  CHECK(slow["nominal"]["value"] == plain["time"]["value"]);
  CHECK(slow["time"]["value"].get<double>() > 1.3 * plain["time"]["value"].get<double>());

  const json noisy = simulated(h100 + " --plan double-ring --jitter 5% --runs 4 --seed 7");
  REQUIRE(noisy["runs"]["times"].size() == 4);
  CHECK(noisy["runs"]["first_seed"] == 7);
  CHECK(noisy["runs"]["median"] <= noisy["runs"]["p95"]);
  // The same seed again is the same number.
  const json again = simulated(h100 + " --plan double-ring --jitter 5% --seed 8");
  const std::vector<double> times = noisy["runs"]["times"];
  CHECK(std::count(times.begin(), times.end(), again["time"]["value"].get<double>()) == 1);
}

TEST_CASE(
    "simulate: hashes onto uplinks are random too, and the comparison without what-ifs keeps the seed") {
  const std::string scenario = "examples/llama-30b-1m-128xh100.toml --plan usp --spine hashed";
  const json several = simulated(scenario + " --runs 2");
  const json first = simulated(scenario + " --seed 1"), second = simulated(scenario + " --seed 2");
  const auto time = [](const json& answer) { return answer["time"]["value"].get<double>(); };
  REQUIRE(time(second) > 1.2 * time(first));
  CHECK(several["runs"]["times"] == json{time(first), time(second)});
  CHECK(several["runs"]["median"].get<double>() == Approx((time(first) + time(second)) / 2));
  CHECK(several["runs"]["p95"].get<double>() == Approx(0.05 * time(first) + 0.95 * time(second)));
  const json late = simulated(scenario + " --seed 2 --straggler rank=0,slowdown=1.01");
  CHECK(late["nominal"]["value"] == time(second));
}

TEST_CASE("simulate: a trace has the schedule's names, in order on every lane; links add up to their bytes") {
  const std::filesystem::path trace = scratch("trace.json"), links = scratch("links.csv");
  const json answer = simulated(h100 + " --plan burst --trace " + trace.string() +
                                " --trace-ranks all --links " + links.string());
  const json events = json::parse(program::read(trace))["traceEvents"];
  std::set<std::string> names;
  std::map<std::pair<int, int>, double> ends;
  std::set<int> ranks;
  double last = 0;
  for (const json& event : events) {
    if (event["ph"] != "X") continue;
    names.insert(event["name"]);
    ranks.insert(event["pid"].get<int>());
    double& end = ends[{event["pid"], event["tid"]}];
    CHECK(event["ts"].get<double>() >= end - 1e-5);
    end = event["ts"].get<double>() + event["dur"].get<double>();
    last = std::max(last, end);
  }
  CHECK(ranks.size() == 32);
  CHECK(names.contains("attention forward, step 3"));
  CHECK(names.contains("Q,dO,LSE,delta (exchange)"));
  CHECK(last * 1e-6 == Approx(answer["time"]["value"].get<double>()).epsilon(1e-6));

  std::istringstream lines(program::read(links));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "phase,repetitions,begin_s,end_s,link,kind,bytes,utilisation");
  std::map<std::string, double> bytes;
  while (std::getline(lines, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() == 8);
    bytes[cells[5]] += std::stod(cells[6]);
    CHECK(std::stod(cells[7]) <= 1.0 + 1e-6);
  }
  for (const json& link : answer["links"])
    CHECK(bytes[link["kind"]] == Approx(link["bytes"]["value"].get<double>()).epsilon(1e-6));
  std::filesystem::remove(trace);
  std::filesystem::remove(links);
}

TEST_CASE("simulate: what it refuses, it refuses in words") {
  const auto says = [](const std::string& rest, cli::ExitCode exit, const std::string& words) {
    const cli::Output output = program::run_line("simulate " + h100 + " " + rest);
    INFO(rest << ": " << output.text << output.message);
    CHECK(output.exit == exit);
    CHECK((output.text + output.message).find(words) != std::string::npos);
  };
  using cli::ExitCode;
  says("--plan burst --straggler rank=99,slowdown=2", ExitCode::bad_input,
       "there is no rank 99; the plan has ranks 0 to 31");
  says("--straggler rank=3", ExitCode::bad_input, "--straggler: \"rank=3\" does not say the slowdown");
  says("--straggler rank=3,speed=2", ExitCode::bad_input, "expected something like rank=3,slowdown=1.3");
  says("--degrade link=node9.nic0,factor=0.5", ExitCode::bad_input, "no link is called \"node9.nic0\"");
  says("--degrade link=node1.nic0,factor=0", ExitCode::bad_input, "out of range");
  says("--jitter 300%", ExitCode::bad_input, "--jitter: a jitter of 300% is out of range");
  says("--runs 5", ExitCode::bad_input, "--runs: runs differ only when something is random");
  for (const char* seed : {"-1", "18446744073709551616", "1.5", "x"})
    says(std::string("--jitter 5% --seed ") + seed, ExitCode::bad_input, "--seed: cannot read");
  says("--trace-ranks all", ExitCode::bad_input,
       "--trace-ranks: it says what a trace holds; expected --trace");
  says("--link-slices 7", ExitCode::bad_input, "expected --links FILE beside it");
  says("--trace same --links same", ExitCode::bad_input, "--links: the trace goes to same too");
  says("--plan burst --engine recurrence", ExitCode::bad_input, "right only where links are not shared");
  says("--engine fast", ExitCode::bad_input, "expected auto, recurrence or simgrid");
  says("--spine odd", ExitCode::bad_input, "expected even or hashed");
  says("--plan burst --fail link=node1.gpu2", ExitCode::no, "nothing replaces the failed link node1.gpu2.");
  says("--plan burst --fail link=node1.nic*", ExitCode::no, "all network cards of node1 have failed");
  says("--plan ulysses:ulysses=32", ExitCode::no, "does not run");
  says("--plan burst --trace /no/such/folder/t.json --quiet", ExitCode::failed,
       "cannot write /no/such/folder/t.json");
}

TEST_CASE("simulate: progress for programs is lines of JSON that grow to 1") {
  const program::ShellResult result =
      program::shell("$R simulate " + h100 + " --nodes 16 --plan burst --progress json --quiet");
  CHECK(result.exit == 0);
  double last = 0;
  std::istringstream lines(result.err);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const double share = json::parse(line)["progress"];
    CHECK(share >= last);
    last = share;
  }
  CHECK(count >= 1);
  CHECK(last == 1.0);
}

TEST_CASE("simulate: an interruption, a closed pipe and the death of its child end it at once") {
  const std::string start = "$R " + long_one;
  const Clock::time_point begin = Clock::now();
  SECTION("SIGINT") {
    const program::ShellResult result =
        program::shell(start + " >/dev/null & P=$!; sleep 1; kill -INT $P; wait $P");
    INFO(result.err);
    CHECK(result.exit == 130);
    CHECK(result.err.find("interrupted, nothing was written") != std::string::npos);
  }
  SECTION("nobody reads") {
    const program::ShellResult result =
        program::shell("{ " + start + "; echo $? >&2; } | sleep 1; sleep 0.3");
    INFO(result.err);
    CHECK(result.err.find("130") != std::string::npos);
  }
  SECTION("the simulation's process dies") {
    const program::ShellResult result = program::shell(
        start + " >/dev/null & P=$!; sleep 1; kill -ABRT $(cat /proc/$P/task/$P/children); wait $P");
    INFO(result.err);
    CHECK(result.exit == 3);
    CHECK(result.err.find("ended by signal 6 (Aborted)") != std::string::npos);
  }
  SECTION("one of several simulations dies") {
    // The other, without the late starts, would take long.
    const program::ShellResult result = program::shell(
        start +
        " >/dev/null & P=$!; sleep 1; kill -TERM $(cut -d' ' -f1 /proc/$P/task/$P/children); wait $P");
    INFO(result.err);
    CHECK(result.exit == 3);
    CHECK(result.err.find("ended by signal 15 (Terminated)") != std::string::npos);
  }
  CHECK(seconds_since(begin) < 30);
}

#endif
