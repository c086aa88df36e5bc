// Limits of [search] and axes of [plan] changed in the text of a file, by hand and as a verdict proposes.
#include "costmodel/spec/search_edit.h"

#include <string>

#include "costmodel/answer/memory_remedy.h"
#include "costmodel/answer/plan_answer.h"
#include "costmodel/base/error.h"
#include "costmodel/spec/scenario_writer.h"
#include "tests/catch.h"

using costmodel::allowed_values;
using costmodel::limited_document;
using costmodel::ScenarioDocument;

namespace {

const std::string head =
    "# ours\n[model]\npreset = \"llama-3-8b\"\n\n[cluster]\npreset = \"dgx-h100\"\n\n[workload]\nphase = "
    "\"training_step\"\nsequence = \"128K\"\n";

ScenarioDocument document(const std::string& tail) {
  return costmodel::parse_document(head + tail, "s.toml", "");
}

using Values = std::vector<std::string>;

costmodel::PlanAnswer answer(const ScenarioDocument& file) {
  costmodel::Pricer pricer(file.scenario);
  return costmodel::answer_plan(pricer, costmodel::Shown::best_of_families, costmodel::FlipSearch::later);
}

}  // namespace

TEST_CASE("a limit is added, changed and taken out, and the rest of the file stays") {
  const ScenarioDocument one = limited_document(document(""), "transport", {"ring", "hybrid"});
  CHECK(one.text == head + "\n[search]\ntransport = [\"ring\", \"hybrid\"]\n");
  CHECK(allowed_values(one.scenario.search, "transport") == Values{"ring", "hybrid"});
  const ScenarioDocument other = limited_document(one, "zero", {"3"});
  CHECK(other.text == one.text.substr(0, one.text.size() - 1) + "\nzero = 3\n");
  CHECK(limited_document(other, "transport", {}).text == head + "\n[search]\nzero = 3\n");
  CHECK(limited_document(other, "zero", {"3"}).text == other.text);
  CHECK(limited_document(document(""), "zero", {}).text == head);
}

TEST_CASE("a limit that fills many lines is written anew and still reads as meant") {
  const ScenarioDocument many = document("[search]\nzero = [\n  0,\n  1,\n]\noffload = \"none\"\n");
  for (const Values& values : {Values{"3"}, Values{}}) {
    const ScenarioDocument edited = limited_document(many, "zero", values);
    CHECK(allowed_values(edited.scenario.search, "zero") == values);
    CHECK(allowed_values(edited.scenario.search, "offload") == Values{"none"});
    CHECK(edited.scenario.workload.sequence == many.scenario.workload.sequence);
  }
}

TEST_CASE("wrong values and unknown axes are refused") {
  CHECK_THROWS_AS(limited_document(document(""), "transport", {"wire"}), costmodel::Error);
  CHECK_THROWS_AS(limited_document(document(""), "sequence", {"1M"}), costmodel::Error);
  CHECK_THROWS_AS(costmodel::planned_document(document(""), "zero", "3"), costmodel::Error);
}

TEST_CASE("every change that a verdict proposes makes a plan fit, in [search] and in [plan]") {
  for (const char* tail :
       {"[search]\ncheckpoint = \"none\"  # quick\nzero = [0, 1]\noffload = \"none\"\n",
        "[search]\nzero = 0\ncheckpoint = \"none\"\noffload = \"none\"\nfused_loss = \"no\"\n",
        "[plan]\nalias = \"ring\"\ncheckpoint = \"none\"\nzero = 1  # as ever\n"}) {
    INFO(tail);
    const ScenarioDocument file = document(tail);
    const costmodel::Verdict verdict = answer(file).verdict;
    REQUIRE(verdict.plan.empty());
    REQUIRE(!verdict.changes.empty());
    for (const costmodel::MemoryChange& change : verdict.changes) {
      INFO(change.text);
      REQUIRE(!costmodel::axes_of(change).empty());
      const ScenarioDocument remedied = costmodel::remedied_document(file, change);
      CHECK(remedied.text.starts_with(head));
      CHECK(!answer(remedied).verdict.plan.empty());
      // What was allowed still is.
      if (!file.scenario.plan)
        for (const auto& [axis, value] : costmodel::axes_of(change))
          for (const std::string& before : allowed_values(file.scenario.search, axis)) {
            const Values now = allowed_values(remedied.scenario.search, axis);
            CHECK(std::find(now.begin(), now.end(), before) != now.end());
          }
    }
  }
}

TEST_CASE("a change of several axes is read axis by axis") {
  using Axes = std::vector<std::pair<std::string, std::string>>;
  CHECK(costmodel::axes_of(costmodel::MemoryChange{"zero = 3", {}, 1}) == Axes{{"zero", "3"}});
  CHECK(costmodel::axes_of(costmodel::MemoryChange{"checkpoint = full, zero = 3", {}, 1}) ==
        Axes{{"checkpoint", "full"}, {"zero", "3"}});
  CHECK(costmodel::axes_of(costmodel::MemoryChange{"", {}, 1}).empty());
}
