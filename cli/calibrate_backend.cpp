#include "cli/calibrate_backend.h"

#include <fmt/format.h>

#include <numeric>
#include <optional>
#include <stdexcept>

#include "cli/calibrate_live_report.h"
#include "cli/count_flags.h"
#include "cli/progress.h"
#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/price/calibration_file.h"
#include "kernels/cuda_device.h"
#include "kernels/launch_environment.h"
#include "kernels/nccl_ranks.h"
#include "validation/cpu_ranks.h"
#include "validation/gpu_ranks.h"
#include "validation/machine.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;
using validation::Effort;
using validation::LiveRequest;

namespace {

InputLocation flag(const char* name) { return InputLocation{"", 0, 0, name}; }

struct Place {
  LiveRequest request;
  std::unique_ptr<validation::RankHost> host;
  std::string words;
};

void place_on_cores(const CalibrateBackendOptions& options, Effort effort, Place& place) {
  if (!options.gpus.empty())
    throw Error("the ranks of the cpu backend are threads; expected --ranks", flag("--gpus"));
  if (!options.device.empty())
    throw Error("the cpu backend measures cores; expected --backend cuda with it", flag("--device"));
  LiveRequest& request = place.request;
  const int cores = validation::cores_here();
  // Two, so that there are links.
  request.how.ranks = options.ranks.empty() ? std::max(2, cores)
                                            : count_flag("--ranks", options.ranks, "the number of ranks", 64);
  request.how.backend = &kernels::backend_named("cpu");
  request.how.element = kernels::Element::fp32;
  request.probes = validation::cpu_probes(request.how.ranks, effort);
  request.node = validation::cpu_node(request.how.ranks, cores);
  request.how.clock = validation::KernelClock::processor;
  request.how.share = request.node.share;
  request.measured.machine = validation::processor_name();
  request.measured.cores = cores;
  place.host = validation::ranks_as_threads(deadline_flag(options.deadline));
  place.words = fmt::format("{} rank{} as threads on {} core{}", request.how.ranks,
                            request.how.ranks == 1 ? "" : "s", cores, cores == 1 ? "" : "s");
}

void place_on_gpus(const CalibrateBackendOptions& options, Effort effort, Place& place) {
  if (!options.ranks.empty()) throw Error("every GPU is one rank; expected --gpus", flag("--ranks"));
  const kernels::CudaDevices found = kernels::cuda_devices();
  if (found.devices.empty())
    throw std::runtime_error("there is no GPU to measure: " + found.why_none +
                             "; --backend cpu measures the cores of this machine");
  if (const std::string why = kernels::why_no_nccl(); !why.empty())
    throw std::runtime_error("ranks on GPUs talk through NCCL: " + why);
  LiveRequest& request = place.request;
  const int here = static_cast<int>(found.devices.size());
  request.how.ranks =
      options.gpus.empty() ? here : count_flag("--gpus", options.gpus, "the number of GPUs", here);
  const kernels::CudaDevice& gpu = found.devices.front();
  const std::string device = options.device.empty() ? validation::preset_of_gpu(gpu.name) : options.device;
  if (device.empty())
    throw Error("no device preset is known for " + costmodel::in_quotes(gpu.name) +
                    "; expected --device with the name of one, such as h100-sxm (docs/scenario.md)",
                flag("--device"));
  request.how.element = kernels::Element::bf16;
  request.how.backend = &kernels::choose_backend({128, request.how.element, false, kernels::Memory::device});
  request.probes = validation::gpu_probes(request.how.ranks, effort);
  try {
    request.node = validation::gpu_node(device, request.how.ranks);
  } catch (const Error& error) {
    throw error.at(flag("--device"));
  }
  request.measured.machine = fmt::format("{} x {}", request.how.ranks, gpu.name);
  request.measured.cores = gpu.multiprocessors;
  std::vector<int> devices(static_cast<std::size_t>(request.how.ranks));
  std::iota(devices.begin(), devices.end(), 0);
  place.host = validation::nccl_ranks_as_threads(std::move(devices), deadline_flag(options.deadline));
  place.words = fmt::format("{} GPU{}, NCCL {}", request.how.ranks, request.how.ranks == 1 ? "" : "s",
                            kernels::nccl_version());
}

Place place_of(const CalibrateBackendOptions& options) {
  Place place;
  const Effort effort = options.quick ? Effort::quick : Effort::full;
  place.request.how.samples = count_flag("--samples", options.samples, "the number of samples", 10'000);
  if (options.backend == "cpu")
    place_on_cores(options, effort, place);
  else if (options.backend == "cuda")
    place_on_gpus(options, effort, place);
  else
    throw Error("nothing can be measured with the backend " + costmodel::in_quotes(options.backend) +
                    "; expected cpu or cuda",
                flag("--backend"));
  place.request.measured.backend = place.request.how.backend->description({});
  place.request.measured.date = validation::today();
  return place;
}

// The set that was started from, when it is a file, with this device in its place.
costmodel::CalibrationSet set_with(const costmodel::CalibrationSet& start, bool from_file,
                                   const costmodel::Calibration& measured) {
  costmodel::CalibrationSet set = start;
  if (!from_file) set.devices.clear();
  if (costmodel::Calibration* old = set.find(measured.device); old != nullptr)
    *old = measured;
  else
    set.devices.push_back(measured);
  return set;
}

}  // namespace

Output run_calibrate_backend(const CalibrateBackendOptions& options) {
  if (const auto launched = kernels::launched_as(); launched && launched->size > 1)
    throw Error("calibrating runs its ranks as threads of one process; expected no mpirun",
                flag("--backend"));
  if (!options.progress.empty() && options.progress != "json")
    throw Error(costmodel::in_quotes(options.progress) + " is unknown; expected json", flag("--progress"));
  Place place = place_of(options);
  place.request.start = options.start.empty() ? costmodel::built_in_calibrations()
                                              : costmodel::read_calibrations(options.start);
  ProgressLines lines(options.progress == "json");
  CalibrateLiveReport report;
  {
    Progress progress("calibrate", options.report.quiet ? ShowProgress::no : ShowProgress::when_terminal);
    place.request.how.progress = [&](std::size_t done, std::size_t total) {
      progress.update(done, total);
      lines.update(static_cast<double>(done) / static_cast<double>(total));
    };
    report.live = calibrate_live(place.request, *place.host);
  }
  report.place = place.words;
  report.complaint = report.live.complaint();
  report.refused = !report.complaint.empty() && !options.noisy;
  if (!report.refused && !options.output.empty()) {
    const costmodel::CalibrationSet set =
        set_with(place.request.start, !options.start.empty(), report.live.after);
    write_file(options.output,
               costmodel::calibration_text(
                   set, fmt::format("Written by ringside calibrate --backend {}.\n{}\n{}", options.backend,
                                    calibrate_live_headline(report),
                                    report.complaint.empty() ? "" : "Noisy: " + report.complaint + ".\n")));
    report.written = options.output;
  }
  Output output;
  output.exit = report.refused ? ExitCode::no : ExitCode::answered;
  output.text = options.report.json ? json_text(calibrate_live_json(report))
                                    : calibrate_live_text(report, options.report);
  return output;
}

}  // namespace cli
