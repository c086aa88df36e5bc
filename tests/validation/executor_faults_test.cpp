// What happens when a rank fails in the middle of a plan: every rank ends with an error that names the cause,
// within the deadline, whatever the others are waiting for.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/catch.h"
#include "tests/validation/run_plan.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;
using std::chrono::milliseconds;

namespace {

Plan ring_of(int ranks, BackwardSide side) {
  Plan plan;
  plan.ring = plan.inner_ring = ranks;
  plan.backward = side;
  return plan;
}

struct Failed {
  std::string cause;
  std::vector<std::string> errors;
  double seconds = 0;
};

// Runs a ring of four and returns how it failed.
Failed failure_of(const RunOptions& options, milliseconds deadline, const Size& size = {}) {
  const Plan plan = ring_of(4, BackwardSide::q);
  const auto begin = std::chrono::steady_clock::now();
  Failed failed;
  try {
    run(scenario_for(plan, size), plan, options, {deadline});
  } catch (const kernels::RanksFailed& error) {
    failed.cause = error.what();
    failed.errors = error.errors();
  }
  failed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return failed;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The fifth operation of a phase, whatever lane it is on.
bool is_fifth(const Phase& phase, OpId id, Direction direction) {
  return phase.direction == direction && id.value == 4;
}

}  // namespace

TEST_CASE("executor faults: a rank that throws ends all ranks with its reason") {
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    RunOptions options;
    options.before_operation = [direction](Rank rank, const Phase& phase, OpId id) {
      if (rank == Rank(2) && is_fifth(phase, id, direction)) throw std::runtime_error("the disk is on fire");
    };
    const Failed failed = failure_of(options, milliseconds(20'000));
    CHECK(has(failed.cause, "rank 2"));
    CHECK(has(failed.cause, "the disk is on fire"));
    REQUIRE(failed.errors.size() == 4);
    for (const std::string& error : failed.errors) CHECK(has(error, "the disk is on fire"));
    CHECK(failed.seconds < 10);
  }
}

TEST_CASE("executor faults: a rank that sleeps past the deadline is named by all others") {
  RunOptions options;
  options.before_operation = [](Rank rank, const Phase& phase, OpId id) {
    if (rank == Rank(1) && is_fifth(phase, id, Direction::backward))
      std::this_thread::sleep_for(milliseconds(1500));
  };
  const Failed failed = failure_of(options, milliseconds(300));
  REQUIRE(failed.errors.size() == 4);
  CHECK(has(failed.cause, "within 300 ms"));
  CHECK(has(failed.cause, "set a longer deadline"));
  for (const std::string& error : failed.errors) {
    CHECK(has(error, "did not come to the exchange"));
    CHECK(has(error, "within 300 ms"));
  }
  CHECK(failed.seconds < 6);
}

TEST_CASE("executor faults: no room for a buffer names the buffer, its size and the remedy, on every rank") {
  RunOptions options;
  options.memory_limit = Bytes(60'000);
  const Failed failed = failure_of(options, milliseconds(20'000));
  REQUIRE(failed.errors.size() == 4);
  CHECK(has(failed.cause, "no memory for the buffer"));
  CHECK(has(failed.cause, "a rank may have 58.6 KiB"));
  CHECK(has(failed.cause, "use a shorter sequence"));
  for (const std::string& error : failed.errors) CHECK(has(error, "no memory for the buffer"));
  CHECK(failed.seconds < 10);
}

TEST_CASE("executor faults: ranks that run different problems find out at the first message") {
  const Plan plan = ring_of(2, BackwardSide::kv);
  const Scenario scenario = scenario_for(plan, {});
  const Scenario other = scenario_for(plan, {.sequence = 192});
  try {
    kernels::run_ranks(2, {milliseconds(5'000)}, [&](kernels::Communicator& communicator) {
      const Scenario& mine = communicator.rank() == 0 ? scenario : other;
      RunOptions options;
      options.backend = &kernels::backend_named("cpu");
      run_rank(lower(mine, plan), problem_of(mine, plan), communicator, options);
    });
    FAIL("different sizes were taken");
  } catch (const kernels::RanksFailed& error) {
    CHECK(has(error.what(), "both sides must give the same size"));
    for (const std::string& each : error.errors()) CHECK(has(each, "same size"));
  }
}

TEST_CASE("executor faults: a rank that leaves early is named") {
  const Plan plan = ring_of(3, BackwardSide::kv);
  const Scenario scenario = scenario_for(plan, {});
  try {
    kernels::run_ranks(3, {milliseconds(5'000)}, [&](kernels::Communicator& communicator) {
      if (communicator.rank() == 2) return;
      RunOptions options;
      options.backend = &kernels::backend_named("cpu");
      run_rank(lower(scenario, plan), problem_of(scenario, plan), communicator, options);
    });
    FAIL("a rank was missing");
  } catch (const kernels::RanksFailed& error) {
    CHECK(has(error.what(), "rank 2 returned without taking part"));
  }
}

TEST_CASE("executor faults: schedules of whole models are refused") {
  const Plan plan = ring_of(2, BackwardSide::kv);
  Scenario scenario = scenario_for(plan, {});
  scenario.workload.phase = WorkPhase::training_step;
  try {
    run(scenario, plan);
    FAIL("a training step was run");
  } catch (const kernels::RanksFailed& error) {
    CHECK(has(error.what(), "is not one of the attention operator"));
  }
}

// Threads that end are missed; a process, or a rank that tidies up first, is not: it must say so itself.
TEST_CASE("executor faults: a rank that fails before its lanes run tells the others itself") {
  const Plan plan = ring_of(2, BackwardSide::kv);
  const Scenario scenario = scenario_for(plan, {});
  std::atomic<bool> other_ended{false};
  std::string told;
  const auto body = [&](kernels::Communicator& communicator) {
    const bool poor = communicator.rank() == 0;
    RunOptions options;
    options.backend = &kernels::backend_named("cpu");
    if (poor) options.memory_limit = Bytes(1'000);
    try {
      run_rank(lower(scenario, plan), problem_of(scenario, plan), communicator, options);
    } catch (const std::exception& error) {
      if (!poor) told = error.what();
    }
    if (!poor) other_ended = true;
    for (int wait = 0; poor && !other_ended && wait < 500; ++wait)
      std::this_thread::sleep_for(milliseconds(10));
  };
  CHECK_THROWS_AS(kernels::run_ranks(2, {milliseconds(20'000)}, body), kernels::RanksFailed);
  CHECK(has(told, "rank 0 aborted: no memory for the buffer"));
}
