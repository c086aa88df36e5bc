// Packed documents: causal inside each, by hand and against counting.
#include "costmodel/plan/plan_text.h"
#include "costmodel/plan/reject.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/lowering.h"
#include "costmodel/spec/cluster_presets.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

Scenario packed(const std::vector<std::int64_t>& documents) {
  Scenario scenario;
  scenario.model = tests::small_model(32, 8, 128);
  scenario.cluster = *find_cluster_preset("h800");
  scenario.workload.phase = WorkPhase::forward_backward;
  scenario.workload.mask = {MaskKind::documents, 0, documents};
  for (const std::int64_t document : documents) scenario.workload.sequence += document;
  return scenario;
}

Plan plan_of(const std::string& axes) {
  Plan plan;
  apply_axes(plan, axes);
  return plan;
}

double triangle(std::int64_t n) { return static_cast<double>(n) * static_cast<double>(n + 1) / 2; }

}  // namespace

TEST_CASE("packed documents keep the pairs of each document") {
  const std::vector<std::int64_t> documents{1024, 512, 2560};
  const Mask mask{MaskKind::documents, 0, documents};
  const TokenSet all = all_tokens(4096);
  const BlockGeometry block = block_geometry(all, all, mask);
  CHECK(block.kept_pairs == triangle(1024) + triangle(512) + triangle(2560));
  CHECK(block.query_rows == 4096);
  CHECK(block.longest_row == 2560);
  // Tokens 512 to 1535: the later half of the first document and all of the second.
  const TokenSet middle{{TokenRun{512, 1, 1024}, TokenRun{}}, 1};
  CHECK(block_geometry(middle, all, mask).kept_pairs == triangle(1024) - triangle(512) + triangle(512));
}

TEST_CASE("one document is the causal mask") {
  Scenario one = packed({65536}), causal = one;
  causal.workload.mask = {};
  for (const char* axes :
       {"transport=ring:ring=8:layout=contiguous", "transport=ring:ring=8:layout=zigzag",
        "transport=all_to_all:ulysses=8", "transport=all_gather:ring=8:layout=contiguous"}) {
    INFO(axes);
    const Plan plan = plan_of(axes);
    CHECK(Pricer(one).price(plan).time.value == Approx(Pricer(causal).price(plan).time.value).epsilon(1e-12));
  }
}

TEST_CASE("a ring over packed documents computes every pair once") {
  const Scenario scenario = packed({32768, 8192, 24576});
  for (const char* axes :
       {"transport=ring:ring=8:layout=contiguous", "transport=ring:ring=8:layout=zigzag",
        "transport=ring:ring=8:layout=striped:backward=q", "transport=all_gather:ring=8:layout=contiguous"}) {
    INFO(axes);
    const Schedule schedule = lower(scenario, plan_of(axes));
    for (const Phase& phase : schedule.phases) {
      double pairs = 0;
      for (int r = 0; r < 8; ++r)
        for (const Op& op : phase.ops)
          if (op.kind == OpKind::attention)
            pairs += schedule.geometry(op, schedule.grid.coordinates(Rank(r))).kept_pairs;
      CHECK(pairs == triangle(32768) + triangle(8192) + triangle(24576));
    }
  }
}

TEST_CASE("equal documents cost a ring less than one long text, by their number") {
  const Plan plan = plan_of("transport=ring:ring=8:layout=zigzag");
  Scenario four = packed({65536, 65536, 65536, 65536}), one = packed({262144});
  const PlanPrice short_texts = Pricer(four).price(plan), long_text = Pricer(one).price(plan);
  CHECK(short_texts.flops.value / long_text.flops.value == Approx(0.25).epsilon(1e-4));
  CHECK(short_texts.traffic.per_gpu == long_text.traffic.per_gpu);
  CHECK(short_texts.time < 0.5 * long_text.time);
}

TEST_CASE("documents that do not divide over the ring are refused") {
  const Scenario scenario = packed({65536 - 4, 4});
  const auto rejection = reject(scenario, plan_of("transport=ring:ring=8:layout=zigzag"));
  REQUIRE(rejection);
  CHECK(rejection->text == "a document of 65532 tokens does not divide by 16 (twice the ring, for zigzag)");
  CHECK(!reject(scenario, plan_of("transport=all_to_all:ulysses=8")));
}
