// `mpirun ... ringside sweep --simulate`: the same answer as alone, whatever happens to a rank.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/cli/program.h"

#if RINGSIDE_SIMULATOR && RINGSIDE_MPI

namespace {

const std::string few =
    " sweep examples/llama-7b-128k-8xa100.toml --over sequence=16K..128K --plans burst,zigzag-ring "
    "--simulate";
// Half a second of work per point: 256 ranks, and jitter has eight repetitions of each simulated.
const std::string many =
    " sweep examples/llama-3-8b-1m-32xh100.toml --sequence 4M --nodes 32 --over 'nic_bandwidth=10 GB/s..100 "
    "GB/s:14' "
    "--plans burst-kv --simulate --no-fold --jitter 0.1";

bool has_mpirun() { return program::shell("command -v mpirun").exit == 0; }

std::string mpirun(int ranks, const std::string& options = "") {
  return "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 ASAN_OPTIONS=detect_leaks=0 timeout -k 5 "
         "60 "
         "mpirun --oversubscribe " +
         options + " -np " + std::to_string(ranks) + " ";
}

// Shell commands that signal rank 1 of the mpirun that runs behind them once it has a simulation, wait for
// mpirun (prterun since Open MPI 5), and count what is left of all processes that it had started.
std::string killing(const std::string& signal, const std::string& command) {
  return command + R"sh( & job=$!
for i in $(seq 200); do
  sleep 0.1; victim=
  mpi=$(pgrep -P $job 'mpirun|prterun') && ranks=$(pgrep -P $mpi) || continue
  for r in $ranks; do
    tr '\0' '\n' </proc/$r/environ | grep -qx OMPI_COMM_WORLD_RANK=1 && victim=$r
  done
  [ -n "$victim" ] && pgrep -P $victim >/dev/null && break
done
sleep 0.5
children=; for r in $ranks; do children="$children $(pgrep -P $r)"; done
echo killed $victim >&2
kill -)sh" +
         signal + R"sh( $victim
wait $job; status=$?; sleep 1; left=0
for p in $ranks $children; do
  s=$(ps -o stat= -p $p) && case $s in Z*) ;; *) left=$((left + 1)) ;; esac
done
echo left $left >&2; exit $status)sh";
}

}  // namespace

TEST_CASE("a sweep under mpirun has the answer of a plain one, once", "[deadline]") {
  if (!has_mpirun()) return;
  const auto alone = program::shell("$R" + few + " --csv");
  REQUIRE(alone.exit == 0);
  const auto three = program::shell(mpirun(3) + "$R" + few + " --csv");
  INFO(three.err);
  CHECK(three.exit == 0);
  CHECK(three.out == alone.out);

  const auto piped =
      program::shell(mpirun(2) + "$R" +
                     " sweep - --over sequence=16K..128K --plans burst,zigzag-ring --simulate --csv "
                     "<examples/llama-7b-128k-8xa100.toml");
  CHECK(piped.out == alone.out);
}

TEST_CASE("what is wrong with a sweep under mpirun is said once", "[deadline]") {
  if (!has_mpirun()) return;
  const auto flags = program::shell(mpirun(3) + "$R sweep nowhere.toml --over batch=1 --jitter 0.1 --json");
  CHECK(nlohmann::json::parse(flags.out).contains("error"));
  const auto file = program::shell(mpirun(3) + "$R sweep nowhere.toml --over batch=1 --simulate --json");
  CHECK(nlohmann::json::parse(file.out).contains("error"));
  CHECK(file.err.find("nowhere.toml: there is no such file") ==
        file.err.rfind("nowhere.toml: there is no such file"));
}

TEST_CASE("a sweep with recovery goes on without a rank that was killed", "[deadline]") {
  if (!has_mpirun()) return;
  const auto result =
      program::shell(killing("KILL", mpirun(3, "--enable-recovery") + "$R" + many + " --json"));
  INFO(result.out.substr(0, 500) << result.err);
  const auto json = nlohmann::json::parse(result.out);
  REQUIRE(json.at("lost_ranks").size() == 1);
  CHECK(json.at("lost_ranks").at(0).get<std::string>().find("rank 1 ") == 0);
  CHECK(json.at("points").size() == 14);
  for (const auto& point : json.at("points")) CHECK(point.at("plans").at(0).at("simulated").is_object());
  CHECK(result.err.find("left 0") != std::string::npos);
}

TEST_CASE("a sweep with recovery goes on without a rank that was stopped", "[deadline]") {
  if (!has_mpirun()) return;
  const auto result = program::shell(
      killing("STOP", mpirun(3, "--enable-recovery") + "$R" + many + " --lost-after 2s --json"));
  INFO(result.out.substr(0, 500) << result.err);
  const auto json = nlohmann::json::parse(result.out);
  REQUIRE(json.at("lost_ranks").size() == 1);
  CHECK(json.at("lost_ranks").at(0).get<std::string>().find("gave no sign of life for 2 s") !=
        std::string::npos);
  for (const auto& point : json.at("points")) CHECK(point.at("plans").at(0).at("simulated").is_object());
  CHECK(result.err.find("left 0") != std::string::npos);
}

TEST_CASE("without recovery a killed rank ends the sweep, which lists what is missing", "[deadline]") {
  if (!has_mpirun()) return;
  const auto result = program::shell(killing("KILL", mpirun(3) + "$R" + many + " --csv"));
  INFO(result.out.substr(0, 500) << result.err);
  CHECK(result.exit != 0);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 1 + 14);
  CHECK(result.out.find("mpirun ended the job before it was simulated") != std::string::npos);
  CHECK(result.err.find("rank 1 (process ") != std::string::npos);
  CHECK(result.err.find("of 14 simulations are missing") != std::string::npos);
  CHECK(result.err.find("left 0") != std::string::npos);
}

#endif
