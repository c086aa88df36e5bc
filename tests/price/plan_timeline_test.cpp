// The recorded timeline of every method: it ends where the price says, lanes are in order, and what it calls
// a stall is what the price calls exposed.
#include "costmodel/price/plan_timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "costmodel/base/error.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr double rounding = 1e-12;

Scenario h100_scenario(WorkPhase phase = WorkPhase::forward_backward) {
  Scenario scenario;
  scenario.model = *find_model_preset("llama-7b");
  scenario.cluster = *find_cluster_preset("dgx-h100");
  scenario.cluster.groups.front().count = 4;
  scenario.workload.sequence = 1 << 18;
  scenario.workload.phase = phase;
  return scenario;
}

std::vector<Rank> all_ranks(int count) {
  std::vector<Rank> ranks;
  for (int r = 0; r < count; ++r) ranks.emplace_back(r);
  return ranks;
}

double sum_of(const RankTimeline& rank, Activity activity) {
  double sum = 0;
  for (const TimelineSlice& slice : rank.slices)
    if (slice.activity == activity) sum += slice.end - slice.start;
  return sum;
}

// The largest error relative to the phase, of what must hold for each of its ranks.
struct Errors {
  double end = 0, order = 0, compute_lane = 0, exposed = 0;
};

Errors errors_of(const PhaseTimeline& recorded) {
  const double time = recorded.time.time.value;
  Errors errors;
  double last = 0, nearest = time;
  for (const RankTimeline& rank : recorded.ranks) {
    // Sends and receives of one lane, and everything else of it, never overlap.
    std::array<std::array<double, 6>, lane_count> lane_end{};
    double filled = 0;
    for (const TimelineSlice& slice : rank.slices) {
      double& end = lane_end[static_cast<std::size_t>(slice.lane)][static_cast<std::size_t>(slice.activity)];
      errors.order = std::max({errors.order, end - slice.start, slice.start - slice.end});
      end = slice.end;
      last = std::max(last, slice.end);
      if (slice.lane == Lane::compute) {
        errors.compute_lane = std::max(errors.compute_lane, std::abs(slice.start - filled));
        filled = slice.end;
      }
    }
    errors.compute_lane = std::max(errors.compute_lane, std::abs(time - filled));
    const double stalled = sum_of(rank, Activity::stall);
    errors.exposed = std::max(errors.exposed, std::abs(stalled - rank.stalled.value));
    nearest =
        std::min(nearest, std::abs(stalled + recorded.time.slowdown.value - recorded.time.exposed().value));
  }
  errors.end = std::abs(last - time);
  errors.exposed = std::max(errors.exposed, nearest);
  for (double* error : {&errors.end, &errors.order, &errors.compute_lane, &errors.exposed}) *error /= time;
  return errors;
}

}  // namespace

TEST_CASE("the timeline of every method ends with its price, in order, and stalls for the exposed time") {
  int phases = 0;
  for (const int ranks : {1, 6, 8}) {
    for (const Plan& plan : tests::every_plan(ranks)) {
      const Scenario scenario = tests::scenario_for(plan, 4096, {MaskKind::causal, 0});
      Pricer pricer(scenario);
      const PlanPrice price = pricer.price(plan);
      if (price.phases.empty()) continue;
      const PlanTimeline timeline = record_timeline(pricer, plan, {all_ranks(plan.world_size())});
      INFO(axes_text(plan));
      REQUIRE(timeline.phases.size() == price.phases.size());
      REQUIRE(std::abs((timeline.time() - price.time).value) <= rounding * price.time.value);
      for (std::size_t p = 0; p < timeline.phases.size(); ++p) {
        const Errors errors = errors_of(timeline.phases[p]);
        INFO(timeline.phase(timeline.phases[p]).name);
        REQUIRE(timeline.phases[p].time.time == price.phases[p].time);
        REQUIRE(errors.end <= rounding);
        REQUIRE(errors.order <= 0);
        REQUIRE(errors.compute_lane <= rounding);
        REQUIRE(errors.exposed <= rounding);
        REQUIRE(std::abs((timeline.phases[p].path.total() - price.phases[p].time).value) <=
                rounding * price.phases[p].time.value);
        ++phases;
      }
    }
  }
  CHECK(phases > tests::thinned_count(300, tests::every_nth_plan));
}

TEST_CASE("the timeline of a step has one layer forward and backward, and says how often they run") {
  const Scenario scenario = h100_scenario(WorkPhase::training_step);
  Pricer pricer(scenario);
  for (const char* alias : {"ring", "burst", "usp", "ulysses", "tensor", "all-gather"}) {
    const Plan plan = plan_from_alias(alias, scenario);
    if (reject(scenario, plan)) continue;
    const PlanTimeline timeline = record_timeline(pricer, plan, {all_ranks(32)});
    INFO(alias);
    REQUIRE(timeline.phases.size() == 2);
    CHECK(timeline.phase(timeline.phases[0]).name == "layer forward");
    CHECK(timeline.phase(timeline.phases[1]).name == "layer backward");
    for (const PhaseTimeline& recorded : timeline.phases) {
      const Errors errors = errors_of(recorded);
      CHECK(recorded.runs == 32);
      CHECK(errors.end <= rounding);
      CHECK(errors.order <= rounding);
      CHECK(errors.compute_lane <= rounding);
      CHECK(errors.exposed <= rounding);
    }
  }
}

TEST_CASE("critical slices of all ranks together fill the phase without a gap") {
  const Scenario scenario = h100_scenario();
  Pricer pricer(scenario);
  for (const char* alias : {"ring", "zigzag-ring", "burst", "double-ring", "usp", "all-gather"}) {
    const Plan plan = plan_from_alias(alias, scenario);
    if (reject(scenario, plan)) continue;
    INFO(alias);
    const PlanTimeline timeline = record_timeline(pricer, plan, {all_ranks(32)});
    for (const PhaseTimeline& recorded : timeline.phases) {
      // The union of critical slices over all ranks covers the phase.  Latency may overlap what follows.
      std::vector<std::pair<double, double>> spans;
      for (const RankTimeline& rank : recorded.ranks)
        for (const TimelineSlice& slice : rank.slices)
          if (slice.critical == OnPath::yes) spans.emplace_back(slice.start, slice.end);
      std::sort(spans.begin(), spans.end());
      double covered = 0, gap = 0;
      for (const auto& [start, end] : spans) {
        gap = std::max(gap, start - covered);
        covered = std::max(covered, end);
      }
      CHECK(gap <= rounding * recorded.time.time.value);
      CHECK(covered == Approx(recorded.time.time.value).epsilon(rounding));
    }
  }
}

TEST_CASE("a flat ring over nodes is held up by the sender at the edge of a node, burst is not") {
  const Scenario scenario = h100_scenario();
  Pricer pricer(scenario);
  const PlanTimeline ring = record_timeline(pricer, plan_from_alias("zigzag-ring", scenario));
  double network = 0, other = 0;
  for (const PhaseTimeline& recorded : ring.phases)
    for (const RankTimeline& rank : recorded.ranks)
      for (const TimelineSlice& slice : rank.slices)
        if (slice.critical == OnPath::yes && slice.activity == Activity::send)
          (slice.link == LinkClass::scale_out ? network : other) += slice.end - slice.start;
  CHECK(network > 0.5 * ring.time().value);
  CHECK(other < 0.1 * network);
  // The rank that sends through the card is among the representatives.
  CHECK(std::find_if(ring.places.begin(), ring.places.end(),
                     [](const Place& place) { return place.local == 7; }) != ring.places.end());

  const PlanTimeline burst = record_timeline(pricer, plan_from_alias("burst", scenario));
  CHECK(burst.time() < ring.time());
  CHECK(burst.path().compute > 0.9 * burst.time());
  CHECK(burst.stalled() < 0.1 * burst.time());
  CHECK(ring.path().network > 0.9 * ring.time());
  CHECK(ring.stalled() > 0.3 * ring.time());
}

TEST_CASE("what a receive shows is the sender's send") {
  const Scenario scenario = h100_scenario();
  Pricer pricer(scenario);
  const PlanTimeline timeline = record_timeline(pricer, plan_from_alias("ring", scenario), {all_ranks(32)});
  int pairs = 0;
  for (const PhaseTimeline& recorded : timeline.phases)
    for (const RankTimeline& rank : recorded.ranks)
      for (const TimelineSlice& slice : rank.slices) {
        if (slice.activity != Activity::receive) continue;
        const std::vector<TimelineSlice>& theirs = recorded.ranks[slice.peer.at()].slices;
        const auto send = std::find_if(theirs.begin(), theirs.end(), [&](const TimelineSlice& other) {
          return other.activity == Activity::send && other.op == slice.op;
        });
        REQUIRE(send != theirs.end());
        REQUIRE(send->peer == rank.rank);
        REQUIRE(send->start == slice.start);
        REQUIRE(send->end == slice.end);
        REQUIRE(send->link == slice.link);
        ++pairs;
      }
  CHECK(pairs > 1000);
}

TEST_CASE("a timeline of a plan that cannot run is refused with the reason") {
  const Scenario scenario = h100_scenario();
  const Pricer pricer(scenario);
  Plan plan = plan_from_alias("ring", scenario);
  plan.ring = plan.inner_ring = 5000;
  CHECK_THROWS_AS(record_timeline(pricer, plan), Error);
  CHECK_THROWS_AS(record_timeline(pricer, plan_from_alias("ring", scenario), {{Rank(32)}}), Error);
}
