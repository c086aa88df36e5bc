// `ringside validate` as several processes: the same answer as with threads, and what happens when a process
// stops or dies.  Skipped, with a word, where there is no mpirun.
#include <chrono>
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/kernels/mpi_processes.h"

namespace {

using Json = nlohmann::json;

const std::string small = "validate examples/quick-cpu.toml --sequence 512 --repetitions 2 ";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool skipped() {
  const std::string why = mpi_processes::missing();
  if (!why.empty()) WARN("skipped: " << why);
  return !why.empty();
}

// Starts a run of four processes that takes minutes, does `what` to $VICTIM, the process of rank 2, after a
// moment, and prints how the job ended and whether any of its processes is left.
program::ShellResult disturbed(const std::string& arguments, const std::string& what) {
  return program::shell(
      "D=$(mktemp -d); export RINGSIDE_TEST_RUN=$D; "
      // The living processes of this run with a given rank ("." is any).
      "ranks() { for p in /proc/[0-9]*; do "
      "tr '\\0' '\\n' < $p/environ 2>/dev/null | grep -qx \"RINGSIDE_TEST_RUN=$D\" && "
      "tr '\\0' '\\n' < $p/environ 2>/dev/null | grep -qx \"OMPI_COMM_WORLD_RANK=$1\" && "
      "! grep -q '^State:.Z' $p/status 2>/dev/null && echo ${p#/proc/}; done; true; }; " +
      mpi_processes::start(4) + arguments +
      " > $D/out 2> $D/err & LAUNCHER=$!; "
      "for i in $(seq 100); do sleep 0.1; VICTIM=$(ranks 2); [ -n \"$VICTIM\" ] && break; done; sleep 1; " +
      what +
      "; wait $LAUNCHER; echo \"exit $?\"; sleep 0.5; [ -z \"$(ranks .)\" ] || echo \"left over $(ranks "
      ".)\"; "
      "echo victim ${VICTIM:+found}; cat $D/out $D/err; rm -r $D");
}

const std::string long_run =
    "validate examples/quick-cpu.toml --sequence 1024 --repetitions 100000 --deadline 2s";

}  // namespace

TEST_CASE("mpi: four processes give the answer of four threads, and rank 0 alone prints", "[deadline]") {
  if (skipped()) return;
  for (const std::string plan : {"zigzag-ring", "burst", "all-gather", "usp:ulysses=2:ring=2"}) {
    INFO(plan);
    const auto processes = program::shell(mpi_processes::start(4) + small + "--json --plan " + plan);
    INFO(processes.err);
    REQUIRE(processes.exit == 0);
    const Json together = Json::parse(processes.out);
    const Json threads = Json::parse(program::run_line(small + "--json --ranks 4 --plan " + plan).text);
    CHECK(together.at("agrees") == true);
    CHECK(together.at("bytes_sent") == threads.at("bytes_sent"));
    CHECK(together.at("errors") == threads.at("errors"));
    for (const Json& answer : {together, threads}) {
      CHECK(answer.at("memory_measured").get<double>() > 0);
      CHECK(answer.at("memory_measured").get<double>() <= answer.at("memory_predicted").get<double>());
    }
  }
}

TEST_CASE("mpi: wrong numbers of processes are bad input, said once") {
  if (skipped()) return;
  const auto ranks = program::shell(mpi_processes::start(2) + small + "--ranks 4");
  CHECK(ranks.exit == 2);
  CHECK(has(ranks.err, "--ranks: 4 ranks, but mpirun started 2 processes"));
  CHECK(ranks.err.find("--ranks: 4") == ranks.err.rfind("--ranks: 4"));
  const auto plan = program::shell(mpi_processes::start(3) + small + "--plan ring:ring=2");
  CHECK(plan.exit != 0);
}

TEST_CASE("mpi: a process that stops is named by the others within the deadline, and none is left") {
  if (skipped()) return;
  const auto begin = std::chrono::steady_clock::now();
  const auto result = disturbed(long_run, "kill -STOP $VICTIM");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  INFO(result.out << result.err);
  REQUIRE(has(result.out, "victim found"));
  CHECK(has(result.out, "exit 3"));
  CHECK(has(result.out, "rank 2 did not come to the "));
  CHECK(has(result.out, "within 2 s; look at what came before it on rank 2, or set a longer deadline"));
  CHECK(!has(result.out, "left over"));
  CHECK(seconds < 30);
}

TEST_CASE("mpi: a process that is killed ends the job, and none is left") {
  if (skipped()) return;
  const auto begin = std::chrono::steady_clock::now();
  const auto result = disturbed(long_run, "kill -KILL $VICTIM");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  INFO(result.out << result.err);
  REQUIRE(has(result.out, "victim found"));
  CHECK(!has(result.out, "exit 0"));
  CHECK(has(result.out, "signal 9"));
  CHECK(!has(result.out, "left over"));
  CHECK(seconds < 30);
}

TEST_CASE("mpi: processes that are told to end do so at once, and a job that is told leaves none") {
  if (skipped()) return;
  // Alone they take some 50 ms; the bound is for machines that are busy.
  const auto told = disturbed(
      long_run,
      // To look for processes takes longer than they take to end, so these alone are watched.
      "living() { for p in $ALL; do grep -q '^State:.[^ZX]' /proc/$p/status 2>/dev/null && echo $p; "
      "done; true; }; ALL=$(ranks .); B=$(date +%s%N); kill -TERM $ALL; "
      "while [ -n \"$(living)\" ]; do sleep 0.02; done; "
      "[ $((($(date +%s%N) - B) / 1000000)) -lt 2000 ] && echo ended in time");
  INFO(told.out << told.err);
  REQUIRE(has(told.out, "victim found"));
  CHECK(has(told.out, "ended in time"));
  CHECK(!has(told.out, "left over"));
  const auto job = disturbed(long_run, "kill -TERM $LAUNCHER");
  INFO(job.out << job.err);
  REQUIRE(has(job.out, "victim found"));
  CHECK(!has(job.out, "exit 0"));
  CHECK(!has(job.out, "left over"));
}
