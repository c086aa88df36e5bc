// Calibration files: what is written reads back; what is wrong is said with its place.
#include "costmodel/price/calibration_file.h"

#include "costmodel/base/error.h"
#include "costmodel/price/calibration_keys.h"
#include "costmodel/price/calibration_prior.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

std::string message_of(const std::string& toml) {
  try {
    parse_calibrations(toml, "here.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string without(std::string text, const std::string& line_start) {
  const std::size_t at = text.find(line_start);
  REQUIRE(at != std::string::npos);
  return text.erase(at, text.find('\n', at) + 1 - at);
}

}  // namespace

TEST_CASE("calibrations are written and read back") {
  const CalibrationSet prior = prior_calibrations();
  const CalibrationSet read = parse_calibrations(calibration_text(prior, "by hand\n"), "here.toml");
  REQUIRE(read.devices.size() == prior.devices.size());
  CHECK(read.staged.exchange.value == prior.staged.exchange.value);
  CHECK(read.staged.collective.source == prior.staged.collective.source);
  for (std::size_t i = 0; i < prior.devices.size(); ++i) {
    Calibration a = prior.devices[i], b = read.devices[i];
    INFO(a.device);
    CHECK(a.device == b.device);
    CHECK(a.method == b.method);
    CHECK(a.merge_style == b.merge_style);
    CHECK(a.forward.tile_rows == b.forward.tile_rows);
    CHECK(a.backward.tile_columns == b.backward.tile_columns);
    for (const CalibrationKey& key : calibration_keys()) {
      INFO(key.name);
      CHECK(*key.view(a).number == Approx(*key.view(b).number).epsilon(1e-12));
      CHECK(*key.view(a).provenance == *key.view(b).provenance);
      CHECK(*key.view(a).source == *key.view(b).source);
    }
    for (const ResidualKey& key : residual_keys()) CHECK(key.of(a) == key.of(b));
  }
}

TEST_CASE("the built-in calibrations serve every device") {
  const CalibrationSet& set = built_in_calibrations();
  CHECK(set.of("a100-sxm-80gb").name == "a100-sxm-80gb built in");
  CHECK(set.of("no such device").name == "generic built in");
  // A file with one device leaves the others as they are.
  CalibrationSet one;
  one.devices.push_back(set.of("h20"));
  CHECK(&one.of("h20") == &one.devices.front());
  CHECK(one.of("a100-sxm-80gb").name == "a100-sxm-80gb built in");
}

TEST_CASE("mistakes in a calibration file have their place") {
  CalibrationSet set;
  set.devices.push_back(prior_calibrations().devices.front());
  set.staged = prior_calibrations().staged;
  const std::string text = calibration_text(set, "");
  CHECK(message_of(text) == "");
  CHECK(message_of("") == "here.toml:1:1: schema: is missing; expected schema = \"ringside/calibration/1\"");
  CHECK(message_of(without(text, "schema")).find("schema") != std::string::npos);
  CHECK(message_of(without(text, "launch")).find("launch = \"8 us\"") != std::string::npos);
  CHECK(message_of(text + "launhc = 3\n").find("launhc") != std::string::npos);
  CHECK(message_of("schema = \"ringside/calibration/1\"\n").find("[[device]]") != std::string::npos);
  CHECK(message_of("schema = \"ringside/calibration/9\"\n").find("expected \"ringside/calibration/1\"") !=
        std::string::npos);
  std::string wrong = text;
  const std::size_t at = wrong.find("launch = { value = \"8 us\"");
  REQUIRE(at != std::string::npos);
  wrong.replace(at, 24, "launch = { value = \"8 GB\"");
  CHECK(message_of(wrong).find("here.toml:") == 0);
  CHECK(message_of(wrong).find("launch") != std::string::npos);
  const std::size_t device = text.find("[[device]]");
  CHECK(message_of(text + text.substr(device)).find("is there twice") != std::string::npos);
}
