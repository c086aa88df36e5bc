// `ringside calibrate --backend`, `--calibration` and `--update-calibration`: what they write, say and
// refuse.
#include <sys/wait.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "costmodel/price/calibration_file.h"
#include "kernels/cuda_device.h"
#include "tests/catch.h"
#include "tests/cli/program.h"

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// A file that is not there, and is gone afterwards.
class Scratch {
 public:
  explicit Scratch(const std::string& name)
      : path_(fs::temp_directory_path() / ("ringside_" + std::to_string(::getpid()) + "_" + name)) {
    fs::remove(path_);
  }
  ~Scratch() { fs::remove(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path() const { return path_.string(); }
  bool exists() const { return fs::exists(path_); }
  // Of it or of a draft of it.
  bool has_traces() const {
    for (const auto& entry : fs::directory_iterator(path_.parent_path()))
      if (entry.path().filename().string().starts_with(path_.filename().string())) return true;
    return false;
  }

 private:
  fs::path path_;
};

const std::string quick = "calibrate --backend cpu --quick --samples 3 --noisy ";

std::string calibrated(const Scratch& file) {
  const cli::Output output = program::run_line(quick + "--ranks 2 -o " + file.path());
  REQUIRE(output.exit == cli::ExitCode::answered);
  return file.path();
}

}  // namespace

TEST_CASE("calibrate: measures the cores and writes a calibration that reads back") {
  const Scratch file("live.toml");
  const cli::Output output = program::run_line(quick + "--ranks 3 --json -o " + file.path());
  REQUIRE(output.exit == cli::ExitCode::answered);
  const Json json = Json::parse(output.text);
  CHECK(json.at("schema") == "ringside/calibrate/1");
  CHECK(json.at("device") == "cpu-core");
  CHECK(json.at("ranks") == 3);
  CHECK(json.at("samples") == 3);
  CHECK(json.at("written") == file.path());
  CHECK(json.at("refused").is_null());
  CHECK(json.at("mean_after").get<double>() >= 0);
  // Rates of sizes this small may say nothing on a busy machine.
  bool steps = false;
  for (const Json& constant : json.at("constants")) {
    CHECK(constant.at("value").get<double>() >= 0);
    steps |= constant.at("key") == "step_overhead";
  }
  CHECK(steps);
  CHECK(json.at("overlap").at("ratio").get<double>() > 0);
  CHECK(json.at("overlap").at("control").get<double>() > 0);
  CHECK(json.at("residuals").at("link_residual").get<double>() >= 0.03);
  for (const Json& quantity : json.at("quantities")) {
    INFO(quantity.dump());
    CHECK(quantity.at("measured").at("value").get<double>() > 0);
    CHECK(quantity.at("before").is_null() == quantity.at("after").is_null());
  }
  const costmodel::CalibrationSet set = costmodel::read_calibrations(file.path());
  REQUIRE(set.devices.size() == 1);
  CHECK(set.devices.front().device == "cpu-core");
  REQUIRE(set.devices.front().measured);
  CHECK(set.devices.front().measured->ranks == 3);
}

TEST_CASE("calibrate: the text has constants, quantities and what became of them") {
  const cli::Output output = program::run_line(quick + "--ranks 2");
  CHECK(output.exit == cli::ExitCode::answered);
  for (const char* part : {"mean error of the model", "step_overhead", "residual",
                           "Under messages attention takes", "exchange of 4 KiB, all ranks", "delta, 16 rows",
                           "attention forward under messages", "Nothing was written; -o FILE"}) {
    INFO(part);
    CHECK(output.text.find(part) != std::string::npos);
  }
  const cli::Output line = program::run_line(quick + "--ranks 2 --quiet");
  CHECK(line.text.find('\n') + 1 == line.text.size());
}

TEST_CASE("calibrate: starts from a file and keeps its other devices") {
  const Scratch old("old.toml"), file("new.toml");
  costmodel::CalibrationSet set;
  set.staged = costmodel::built_in_calibrations().staged;
  set.devices.push_back(costmodel::built_in_calibration("h20"));
  cli::write_file(old.path(), costmodel::calibration_text(set, ""));
  const cli::Output output =
      program::run_line(quick + "--ranks 2 --calibration " + old.path() + " -o " + file.path());
  CHECK(output.exit == cli::ExitCode::answered);
  costmodel::CalibrationSet read = costmodel::read_calibrations(file.path());
  CHECK(read.devices.size() == 2);
  CHECK(read.find("h20") != nullptr);
  CHECK(read.find("cpu-core") != nullptr);
}

TEST_CASE("calibrate: what is wrong with the flags is said, and nothing is measured") {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", "expected --backend cpu or cuda to measure this machine, or --from"},
      {"--backend gpu", "--backend: nothing can be measured with the backend \"gpu\"; expected cpu or cuda"},
      {"--backend cpu --gpus 2", "--gpus: the ranks of the cpu backend are threads; expected --ranks"},
      {"--backend cpu --device h20", "--device: the cpu backend measures cores"},
      {"--backend cpu --ranks 0", "--ranks: cannot read \"0\""},
      {"--backend cpu --samples none", "--samples: cannot read \"none\""},
      {"--backend cpu --deadline 3", "--deadline: cannot read \"3\""},
      {"--backend cpu --progress bar", "--progress: \"bar\" is unknown; expected json"},
      {"--backend cpu --calibration no/such/file.toml", "no/such/file.toml"},
      {"--backend cuda --ranks 2", "--ranks: every GPU is one rank; expected --gpus"},
      {"--backend cpu --from x.csv", "--from"},
  };
  for (const auto& [flags, says] : wrong) {
    INFO(flags);
    const cli::Output output = program::run_line("calibrate " + flags);
    CHECK(output.exit == cli::ExitCode::bad_input);
    CHECK(output.message.find(says) != std::string::npos);
  }
}

TEST_CASE("calibrate: a machine without a GPU is no place to measure one") {
  if (!kernels::cuda_devices().devices.empty()) return;
  const Scratch file("gpu.toml");
  const cli::Output output = program::run_line("calibrate --backend cuda -o " + file.path());
  CHECK(output.exit == cli::ExitCode::failed);
  CHECK(output.message.find("there is no GPU to measure: ") != std::string::npos);
  CHECK_FALSE(file.exists());
}

TEST_CASE("calibrate: Ctrl-C ends it and leaves no part of a file") {
  const Scratch file("cut.toml");
  const std::string path = file.path();
  const ::pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGINT, SIG_DFL);
    ::execl(RINGSIDE_BINARY, "ringside", "calibrate", "--backend", "cpu", "--samples", "10000", "--noisy",
            "-o", path.c_str(), nullptr);
    ::_exit(127);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGINT));
  CHECK_FALSE(file.has_traces());
}

TEST_CASE("the flag --calibration is what every prediction rests on, and every answer says so") {
  const Scratch file("used.toml");
  const std::string with = " --json --calibration " + calibrated(file);
  for (const std::string command :
       {"plan examples/quick-cpu.toml", "estimate examples/quick-cpu.toml --plan ring",
        "compare examples/quick-cpu.toml --plans ring,burst",
        "sweep examples/quick-cpu.toml --over sequence=2K,4K"}) {
    INFO(command);
    const cli::Output output = program::run_line(command + with);
    REQUIRE(output.exit == cli::ExitCode::answered);
    const Json calibration = Json::parse(output.text).at("calibration");
    CHECK(calibration.at("file") == file.path());
    CHECK(calibration.at("measured").at("ranks") == 2);
    CHECK(calibration.at("constants").at("forward.peak_fraction").at("provenance") == "measured");
    const Json built_in = Json::parse(program::run_line(command + " --json").text).at("calibration");
    CHECK(built_in.at("file").is_null());
  }
  const cli::Output text =
      program::run_line("estimate examples/quick-cpu.toml --plan ring --calibration " + file.path());
  CHECK(text.text.find("cpu-core measured on ") != std::string::npos);
  CHECK(text.text.find(file.path()) != std::string::npos);
  // A device that the file does not have.
  const cli::Output other = program::run_line(
      "estimate examples/llama-7b-128k-8xa100.toml --plan burst --calibration " + file.path());
  CHECK(other.exit == cli::ExitCode::answered);
  CHECK(other.text.find("a100-sxm-80gb built in") != std::string::npos);
  CHECK(other.text.find("has none") != std::string::npos);
}

TEST_CASE("the flag --calibration: a wrong file is named with its place") {
  const Scratch file("wrong.toml");
  cli::write_file(file.path(),
                  "schema = \"ringside/calibration/1\"\n[[device]]\nname = \"h20\"\nlaunhc = 3\n");
  for (const std::string command : {"plan", "estimate", "compare", "sweep", "validate", "export"}) {
    INFO(command);
    std::string line = command + " examples/quick-cpu.toml --calibration " + file.path();
    if (command == "compare") line += " --plans ring,burst";
    if (command == "sweep") line += " --over sequence=2K,4K";
    if (command == "export") line += " --plan ring --to usp";
    const cli::Output output = program::run_line(line);
    CHECK(output.exit == cli::ExitCode::bad_input);
    CHECK(output.message.starts_with(file.path() + ":"));
  }
  const cli::Output empty = program::run_line("plan examples/quick-cpu.toml --calibration none.toml");
  CHECK(empty.exit == cli::ExitCode::bad_input);
  CHECK(empty.message.find("none.toml") != std::string::npos);
}

TEST_CASE("validate --update-calibration folds the run in, or says why not") {
  const Scratch file("folded.toml");
  const std::string run =
      "validate examples/quick-cpu.toml --ranks 2 --sequence 512 --repetitions 4 --json "
      "--update-calibration " +
      file.path();
  const cli::Output output = program::run_line(run);
  REQUIRE(output.exit == cli::ExitCode::answered);
  const Json update = Json::parse(output.text).at("update");
  CHECK(update.at("file") == file.path());
  CHECK(std::abs(update.at("error_after").get<double>()) <=
        std::abs(update.at("error_before").get<double>()));
  CHECK(update.at("taken").get<bool>() == file.exists());
  CHECK(update.at("taken").get<bool>() == update.at("why_not").is_null());
  if (file.exists()) {
    CHECK(costmodel::read_calibrations(file.path()).devices.size() == 1);
    const Json again = Json::parse(program::run_line(run).text);
    CHECK(again.at("calibration").at("file") == file.path());
  }
  const cli::Output few = program::run_line(
      "validate examples/quick-cpu.toml --repetitions 3 --update-calibration " + file.path());
  CHECK(few.exit == cli::ExitCode::bad_input);
  CHECK(few.message.find("--repetitions: 3 repetitions are too few to hold half of them back; expected at "
                         "least 4") != std::string::npos);
}

TEST_CASE("validation/cpu_check calibrates, runs its plans and holds them against the bar") {
  const Scratch folder("cpu_check");
  const program::ShellResult result =
      program::shell("RINGSIDE=$R validation/cpu_check --quick --ranks 2 " + folder.path());
  INFO(result.out << result.err);
  // On sizes this small it may miss the bar, not fail.
  CHECK((result.exit == 0 || result.exit == 1));
  for (const char* plan : {"zigzag-ring ", "ring ", "burst ", "ulysses ", "all-gather "})
    CHECK(result.out.find(std::string("\n") + plan) != std::string::npos);
  CHECK(result.out.find("mean error ") != std::string::npos);
  CHECK(result.out.find(result.exit == 0 ? "within the bar" : "over the bar") != std::string::npos);
  CHECK(fs::exists(folder.path() + "/here.toml"));
  fs::remove_all(folder.path());
  CHECK(program::shell("validation/cpu_check --ranks none").exit == 2);
  CHECK(program::shell("validation/cpu_check --bar").exit == 2);
}
