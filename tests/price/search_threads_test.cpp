// A search says the same on any number of threads, and flip points can be given up.
#include "costmodel/answer/plan_answer.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

Scenario step_on(int nodes, int gpus, Bytes memory) {
  Scenario scenario = tests::small_scenario(nodes, gpus, 48 * nodes * gpus);
  scenario.model = tests::small_model(64, 16, 16);
  scenario.model.layers = 3;
  scenario.workload.phase = WorkPhase::training_step;
  scenario.cluster.groups.front().node.device.memory.value = memory;
  return scenario;
}

void check_same(const std::vector<PlanPrice>& one, const std::vector<PlanPrice>& other) {
  REQUIRE(one.size() == other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    REQUIRE(one[i].plan == other[i].plan);
    REQUIRE(one[i].time == other[i].time);
    REQUIRE(one[i].memory == other[i].memory);
    REQUIRE(one[i].traffic.per_gpu == other[i].traffic.per_gpu);
    REQUIRE(one[i].rejected.has_value() == other[i].rejected.has_value());
    if (one[i].rejected) REQUIRE(one[i].rejected->text == other[i].rejected->text);
  }
}

}  // namespace

TEST_CASE("a search finds the same on any number of threads") {
  for (const double gigabytes : {80.0, 2.2, 0.001}) {  // all fits, some, nothing
    const Scenario scenario = step_on(2, 4, Bytes(gigabytes * 1e9));
    Pricer pricer(scenario);
    const SearchResult one = search_plans(pricer);
    REQUIRE(one.ranked.size() + one.rejected.size() > 100);
    for (const int threads : {2, 5, 64}) {
      Pricer other(scenario);
      const SearchResult many = search_plans(other, SearchOptions{threads});
      check_same(one.ranked, many.ranked);
      check_same(one.rejected, many.rejected);
      REQUIRE(one.priced == many.priced);
    }
  }
}

TEST_CASE("flip points that are given up leave the verdict as it is") {
  const Scenario scenario = tests::small_scenario(2, 4, 4096);
  Pricer pricer(scenario);
  const PlanAnswer answer = answer_plan(pricer, Shown::best_of_families, FlipSearch::later);
  std::vector<PlanPrice> best;
  for (const PlanPrice& price : answer.shown)
    if (!price.rejected) best.push_back(price);
  REQUIRE(best.size() > 1);
  Verdict verdict = answer.verdict;
  int asked = 0;
  CHECK_FALSE(add_flips(verdict, scenario, best, [&] { return ++asked < 3; }));
  CHECK(verdict.reasons.size() == answer.verdict.reasons.size());
  CHECK(asked < 20);  // stopped soon
  CHECK(add_flips(verdict, scenario, best));
  CHECK(verdict.reasons.size() == answer.verdict.reasons.size() + 1);
  Pricer again(scenario);
  CHECK(answer_plan(again, Shown::best_of_families).verdict.flips.size() == verdict.flips.size());
}
