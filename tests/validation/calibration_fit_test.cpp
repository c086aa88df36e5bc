// Fitting constants to rows: known constants are found again, wild rows do not pull, and the built-in
// calibrations are what the fit makes of the published table.
#include "validation/calibration_fit.h"

#include <algorithm>

#include "costmodel/price/calibration_keys.h"
#include "costmodel/price/calibration_prior.h"
#include "tests/catch.h"
#include "tests/validation/published_tables.h"

using namespace validation;
using costmodel::CalibrationSet;

namespace {

double constant(CalibrationSet set, const std::string& device, const std::string& key) {
  return *costmodel::calibration_key(key).view(*set.find(device)).number;
}

// The rows of the table with the values that a calibration would give.
std::vector<PublishedRow> made_by(const CalibrationSet& truth) {
  std::vector<PublishedRow> rows;
  for (PublishedRow row : tests::published("calibration")) {
    if (row.metric == Metric::memory) continue;
    row.value = reproduce(row, truth).predicted;
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("the constants that made the rows are found again", "[numbers]") {
  CalibrationSet truth = costmodel::prior_calibrations();
  for (const char* device : {"a100-sxm-80gb", "a100-sxm-40gb", "a800-sxm-80gb"}) {
    truth.find(device)->forward.peak_fraction.value = 0.60;
    truth.find(device)->step_overhead.value = costmodel::Seconds(60e-6);
  }
  truth.find("h100-hbm2e-96gb")->gemm.fp8_fraction.value = 0.5;
  const CalibrationFit fit = fit_calibrations(costmodel::prior_calibrations(), made_by(truth));
  CHECK(constant(fit.set, "a100-sxm-80gb", "forward_peak_fraction") == Approx(0.60).epsilon(0.01));
  CHECK(constant(fit.set, "a100-sxm-80gb", "step_overhead") == Approx(60e-6).epsilon(0.25));
  CHECK(constant(fit.set, "h100-hbm2e-96gb", "gemm_fp8_fraction") == Approx(0.5).epsilon(0.03));
  CHECK(constant(fit.set, "h800-sxm", "forward_peak_fraction") == Approx(0.37).epsilon(0.01));
}

TEST_CASE("a wild row pulls little", "[numbers]") {
  std::vector<PublishedRow> rows = made_by(costmodel::prior_calibrations());
  rows.front().value *= 3;  // of the A100, full mask
  const CalibrationFit fit = fit_calibrations(costmodel::prior_calibrations(), rows);
  CHECK(constant(fit.set, "a100-sxm-80gb", "forward_peak_fraction") == Approx(0.69).epsilon(0.02));
}

TEST_CASE("rows of two devices leave the attention of all others at its prior") {
  std::vector<PublishedRow> rows = tests::published("calibration");
  std::erase_if(rows, [](const PublishedRow& row) { return row.gpu != "h20" && row.gpu != "b200"; });
  const CalibrationSet prior = costmodel::prior_calibrations();
  const CalibrationFit fit = fit_calibrations(prior, rows);
  CHECK(fit.groups >= 2);
  for (const char* device : {"a100-sxm-80gb", "h800-sxm"})
    CHECK(constant(fit.set, device, "forward_peak_fraction") ==
          Approx(constant(prior, device, "forward_peak_fraction")).epsilon(1e-3));
  CHECK(constant(fit.set, "h20", "forward_peak_fraction") !=
        Approx(constant(prior, "h20", "forward_peak_fraction")).epsilon(1e-3));
}

TEST_CASE("what no row speaks of stays at its prior and keeps its provenance", "[numbers]") {
  const CalibrationFit fit =
      fit_calibrations(costmodel::prior_calibrations(), tests::published("calibration"));
  const costmodel::Calibration before = costmodel::prior_calibrations().of("h20"), after = fit.set.of("h20");
  CHECK(after.backward.peak_fraction.value == Approx(before.backward.peak_fraction.value).epsilon(1e-3));
  CHECK(after.backward.peak_fraction.provenance == costmodel::Provenance::assumed);
  CHECK(after.forward.peak_fraction.provenance == costmodel::Provenance::published);
  for (const FitParameter& parameter : fit.parameters) {
    INFO(parameter.name);
    CHECK(parameter.sigma <= 1.01 * parameter.prior_sigma);
    CHECK(parameter.from_rows >= 0);
    CHECK(parameter.from_rows <= 1);
  }
  CHECK(fit.cross_validated < 0.06);
  CHECK(fit.groups >= 8);
}

TEST_CASE("the built-in calibrations are what the fit makes of calibration.csv", "[numbers]") {
  CalibrationFit fit = fit_calibrations(costmodel::prior_calibrations(), tests::published("calibration"));
  CalibrationSet built_in = costmodel::built_in_calibrations();
  REQUIRE(fit.set.devices.size() == built_in.devices.size());
  INFO(
      "run: ringside calibrate --from validation/published/calibration.csv -o "
      "costmodel/price/calibration_builtin.toml");
  for (std::size_t i = 0; i < built_in.devices.size(); ++i)
    for (const costmodel::CalibrationKey& key : costmodel::calibration_keys()) {
      INFO(built_in.devices[i].device << " " << key.name);
      CHECK(*key.view(fit.set.devices[i]).number ==
            Approx(*key.view(built_in.devices[i]).number).epsilon(2e-3));
    }
  CHECK(fit.set.staged.exchange.value == Approx(built_in.staged.exchange.value).epsilon(2e-3));
}
