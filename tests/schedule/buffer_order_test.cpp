// A buffer is safe when operations that touch it, one of them writing, are ordered by lanes and waits alone:
// then every interpreter, however it overlaps the lanes, sees the same contents.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/buffer_races.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

TEST_CASE("no buffer is overwritten while another operation may still use it") {
  for (const int ranks : {1, 2, 3, 4, 6, 8, 9, 12, 16, 24, 48, 64}) {
    // The order does not depend on layout, gradient type or replicas.
    std::set<std::tuple<Transport, int, int, int, BackwardSide>> seen;
    for (const Plan& plan : tests::every_plan(ranks)) {
      if (!seen.insert({plan.transport, plan.ring, plan.inner_ring, plan.tensor, plan.backward}).second)
        continue;
      const Schedule schedule = lower(tests::scenario_for(plan), plan);
      for (const Phase& phase : schedule.phases) {
        INFO(axes_text(plan) << ", " << phase.name);
        REQUIRE(tests::first_race(phase) == "");
      }
    }
  }
}

TEST_CASE("the order of a phase follows lanes and waits only") {
  Phase phase;
  PhaseBuilder builder(phase);
  const BufferId buffer = builder.buffer(Payload::keys_values, Bytes(1), Lifetime::phase, "shared");
  const std::int32_t hop = builder.transfer({0, 1}, Bytes(1), Payload::keys_values);
  const OpId sent = builder.exchange(Lane::ring, hop, 0, {}, {buffer}, {});
  SECTION("an operation on another lane is not ordered") {
    builder.attention(BlockRule::visiting_keys, 0, {}, {}, {}, {buffer});
    CHECK(tests::first_race(phase) == "operations 0 and 1 are not ordered, both touch \"shared\"");
  }
  SECTION("a wait orders it") {
    builder.attention(BlockRule::visiting_keys, 0, {}, {sent}, {}, {buffer});
    CHECK(tests::first_race(phase) == "");
  }
  SECTION("readers need no order") {
    builder.attention(BlockRule::visiting_keys, 0, {}, {}, {buffer}, {});
    CHECK(tests::first_race(phase) == "");
  }
}
