// A scenario that names its calibration file is predicted with it; mistakes have their place.
#include "costmodel/price/scenario_calibration.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "costmodel/base/error.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/calibration_file.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/spec/scenario_reader.h"
#include "costmodel/spec/scenario_writer.h"
#include "tests/catch.h"

using namespace costmodel;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("ringside_calibrations_" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

std::string scenario_text(const std::string& cluster_lines) {
  return "[model]\npreset = \"llama-7b\"\n[cluster]\npreset = \"dgx-a100-80gb\"\n" + cluster_lines +
         "[workload]\nphase = \"forward_backward\"\nsequence = \"128K\"\n";
}

CalibrationSet slower_a100(double link) {
  CalibrationSet set;
  set.staged = built_in_calibrations().staged;
  Calibration c = built_in_calibration("a100-sxm-80gb");
  c.name = "a100 here";
  c.forward.peak_fraction.value /= 2;
  c.backward.peak_fraction.value /= 2;
  c.link_bandwidth = {BytesPerSecond(link), Provenance::measured, "here"};
  c.link_latency = {Seconds(3e-6), Provenance::measured, "here"};
  c.measured = MeasuredOn{"2026-03-01", "8 x A100", "cuda_sm80", 108, 8, 20, 0.011};
  set.devices.push_back(c);
  return set;
}

}  // namespace

TEST_CASE("[cluster] calibration names a file beside the scenario, and prices follow it") {
  const Folder folder;
  folder.write("here.toml", calibration_text(slower_a100(100e9), ""));
  const std::string file = folder.write("s.toml", scenario_text("calibration = \"here.toml\"\n"));
  Scenario scenario = read_scenario(file);
  const Plan plan = plan_from_alias("burst", scenario);
  const PlanPrice built_in = Pricer(scenario).price(plan);
  read_scenario_calibrations(scenario);
  REQUIRE(scenario.calibrations);
  Pricer pricer(scenario);
  CHECK(pricer.calibration().name == "a100 here");
  CHECK(pricer.price(plan).compute.value > 1.8 * built_in.compute.value);
  // The measured link takes the place of the preset's.
  const ScaleUpSpec& link = scenario.cluster.groups.front().node.scale_up;
  CHECK(link.one_peer.value.value == Approx(100e9));
  CHECK(link.per_gpu.provenance == Provenance::measured);
  CHECK(link.alpha.value.value == Approx(3e-6));
}

TEST_CASE("a link that the user gave stays") {
  const Folder folder;
  folder.write("here.toml", calibration_text(slower_a100(100e9), ""));
  Scenario scenario = read_scenario(
      folder.write("s.toml", scenario_text("calibration = \"here.toml\"\nlink_bandwidth = \"250 GB/s\"\n")));
  read_scenario_calibrations(scenario);
  CHECK(scenario.cluster.groups.front().node.scale_up.per_gpu.value.value == Approx(250e9));
}

TEST_CASE("a scenario with a calibration is written and read as itself") {
  const Folder folder;
  folder.write("here.toml", calibration_text(slower_a100(100e9), ""));
  Scenario scenario = read_scenario(folder.write("s.toml", scenario_text("calibration = \"here.toml\"\n")));
  Scenario again = parse_scenario(costmodel::scenario_text(scenario), "again", "");
  read_scenario_calibrations(again);
  REQUIRE(again.calibrations);
  CHECK(again.calibrations->devices.front().name == "a100 here");
}

TEST_CASE("where a machine was measured is read back") {
  const CalibrationSet set = slower_a100(7e9);
  const CalibrationSet read = parse_calibrations(calibration_text(set, ""), "here.toml");
  REQUIRE(read.devices.front().measured);
  const MeasuredOn on = *read.devices.front().measured;
  CHECK(on.date == "2026-03-01");
  CHECK(on.machine == "8 x A100");
  CHECK(on.backend == "cuda_sm80");
  CHECK(on.cores == 108);
  CHECK(on.ranks == 8);
  CHECK(on.samples == 20);
  CHECK(on.spread == 0.011);
  CHECK(read.devices.front().link_bandwidth.value.value == Approx(7e9));
}

TEST_CASE("a calibration without links and exponentials has no such lines") {
  CalibrationSet set;
  set.staged = built_in_calibrations().staged;
  set.devices.push_back(built_in_calibration("h20"));
  const std::string text = calibration_text(set, "");
  CHECK(text.find("link_bandwidth") == std::string::npos);
  CHECK(text.find("pair_flop") == std::string::npos);
  CHECK(text.find("[device.measured]") == std::string::npos);
}

TEST_CASE("mistakes in a named calibration have their place in that file") {
  const Folder folder;
  const auto message = [&](const std::string& text) {
    const std::string file = folder.write("bad.toml", text);
    Scenario scenario = read_scenario(folder.write("s.toml", scenario_text("calibration = \"bad.toml\"\n")));
    try {
      read_scenario_calibrations(scenario);
    } catch (const Error& error) {
      const std::string what = error.what();
      return what.starts_with(file) ? what.substr(file.size()) : "elsewhere: " + what;
    }
    return std::string();
  };
  std::string text = calibration_text(slower_a100(7e9), "");
  CHECK(message(text) == "");
  std::string wrong = text;
  wrong.insert(wrong.find("ranks = 8"), "rnaks = 8\n");
  CHECK(message(wrong).find("rnaks") != std::string::npos);
  wrong = text;
  wrong.replace(wrong.find("\"7 GB/s\""), 8, "\"7 GB\"");
  CHECK(message(wrong).find("link_bandwidth") != std::string::npos);
  CHECK(message(wrong).front() == ':');
  Scenario missing = read_scenario(folder.write("s.toml", scenario_text("calibration = \"none.toml\"\n")));
  CHECK_THROWS_AS(read_scenario_calibrations(missing), Error);
  CHECK_THROWS_AS(parse_scenario(scenario_text("calibration = \"\"\n"), "s.toml", ""), Error);
  CHECK_THROWS_AS(parse_scenario(scenario_text("calibration = 3\n"), "s.toml", ""), Error);
}
