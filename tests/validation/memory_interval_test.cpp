#include "validation/memory_interval.h"

#include "costmodel/price/memory.h"
#include "costmodel/schedule/lowering.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"
#include "tests/validation/published_tables.h"

using namespace validation;
using costmodel::Bytes;

TEST_CASE("the error of a peak is the one that calibration rows give") {
  const std::vector<PublishedRow> rows = tests::published("calibration");
  CHECK(memory_error_from(rows, costmodel::built_in_calibrations()) ==
        Approx(costmodel::moving_memory_error).epsilon(0.005));
  // By hand: no row leaves the 5 % that were assumed, and the interval of a spread that one number tells.
  CHECK(memory_error_from({}, costmodel::built_in_calibrations()) ==
        Approx(0.05 * 6.314 / 1.6449).epsilon(1e-4));
}

TEST_CASE("weights are counted exactly: the error of a peak is of what comes and goes") {
  costmodel::Scenario scenario;
  scenario.model = *costmodel::find_model_preset("llama-13b");
  scenario.cluster = *costmodel::find_cluster_preset("a100-pcie-80gb");
  scenario.workload.phase = costmodel::WorkPhase::prefill;
  scenario.workload.sequence = 4096;
  const costmodel::Schedule schedule = costmodel::lower(scenario, costmodel::Plan{});
  // By hand: 13,015,864,320 weights of two bytes stay.
  const double weights = 2 * 13'015'864'320.0;
  CHECK(costmodel::moving_bytes(schedule, Bytes(30e9)).value == Approx(30e9 - weights));
  CHECK(costmodel::moving_bytes(schedule, Bytes(1e9)).value == 0);
}

TEST_CASE("a row's interval is 1.645 standard deviations of what comes and goes") {
  for (const PublishedRow& row : tests::published("calibration")) {
    if (row.metric != Metric::memory) continue;
    const PublishedCase published = case_of(row, costmodel::built_in_calibrations());
    const ReproducedRow reproduced = reproduce(row, costmodel::built_in_calibrations());
    const double moving =
        costmodel::moving_bytes(costmodel::lower(published.scenarios.front(), published.plan),
                                Bytes(reproduced.predicted * 1e9))
            .value;
    CHECK(reproduced.high - reproduced.predicted ==
          Approx(1.6449 * costmodel::moving_memory_error * moving * 1e-9).epsilon(1e-4));
    CHECK(reproduced.inside());
  }
}
