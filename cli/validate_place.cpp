#include "cli/validate_place.h"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

#include "costmodel/base/error.h"
#include "costmodel/plan/reject.h"
#include "kernels/cuda_device.h"
#include "kernels/nccl_ranks.h"
#include "validation/busy_ranks.h"
#include "validation/cpu_ranks.h"
#include "validation/gpu_place.h"
#include "validation/gpu_ranks.h"
#include "validation/problem.h"

namespace cli {

using costmodel::Bytes;
using costmodel::Error;
using costmodel::InputLocation;
using kernels::CudaDevice;
using validation::ValidationRequest;

namespace {

InputLocation flag(const char* name) { return InputLocation{"", 0, 0, name}; }

const kernels::Backend& backend_of(const PlaceOptions& options, const costmodel::Scenario& scenario) {
  kernels::StepNeeds needs{scenario.model.head_dim, validation::element_of(scenario.workload.dtype), true};
  if (options.on_gpus()) needs.memory = kernels::Memory::device;
  try {
    if (options.backend == "cuda") {
      // The reasons of backends that read host memory would only confuse here.
      std::string reasons;
      for (const kernels::Backend& backend : kernels::backends()) {
        if (!backend.name.starts_with("cuda")) continue;
        const std::string why = backend.rejects(needs);
        if (why.empty()) return backend;
        reasons += (reasons.empty() ? "" : "; ") + why;
      }
      throw Error(reasons + "; expected another backend, such as cpu", flag("--backend"));
    }
    const kernels::Backend& backend = kernels::backend_named(options.backend);
    const std::string why = backend.rejects(needs);
    if (!why.empty()) throw Error(why + "; expected another backend, such as reference", flag("--backend"));
    return backend;
  } catch (const kernels::ArgumentError& error) {
    throw Error(error.what(), flag("--backend"));
  }
}

// Before anything is said about the machine.
void check_name(const std::string& backend) {
  if (backend == "cuda") return;
  try {
    kernels::backend_named(backend);
  } catch (const kernels::ArgumentError& error) {
    throw Error(error.what(), flag("--backend"));
  }
}

std::vector<CudaDevice> gpus_here() {
  const kernels::CudaDevices found = kernels::cuda_devices();
  if (found.devices.empty())
    throw Error(found.why_none + "; expected --backend cpu on this machine", flag("--backend"));
  return found.devices;
}

void need_nccl() {
  if (const std::string why = kernels::why_no_nccl(); !why.empty())
    throw Error("one rank per GPU needs NCCL: " + why + "; expected --virtual, which needs none, or NCCL",
                flag("--backend"));
}

// Of the ranks of this process.
std::vector<int> choose_devices(const PlaceOptions& options, const std::vector<CudaDevice>& gpus,
                                const std::optional<kernels::LaunchedAs>& launched, int ranks) {
  const int count = static_cast<int>(gpus.size());
  if (options.one_gpu) {
    if (launched)
      throw Error("ranks on one GPU are threads of one process, mpirun started several; expected no mpirun",
                  flag("--virtual"));
    return {0};
  }
  need_nccl();
  if (launched) {
    if (launched->local_rank >= count)
      throw Error(fmt::format("{} processes on a machine with {} GPU{}; expected at most one per GPU",
                              launched->local_size, count, count == 1 ? "" : "s"),
                  flag("--backend"));
    return {launched->local_rank};
  }
  if (ranks > count)
    throw Error(fmt::format("{} ranks, and this machine has {} GPU{}; expected at most as many, --virtual "
                            "(all ranks on one GPU), or mpirun over several machines",
                            ranks, count, count == 1 ? "" : "s"),
                flag("--ranks"));
  std::vector<int> devices(static_cast<std::size_t>(ranks));
  std::iota(devices.begin(), devices.end(), 0);
  return devices;
}

}  // namespace

ValidatePlace choose_place(const PlaceOptions& options, const costmodel::Scenario& scenario,
                           const std::optional<kernels::LaunchedAs>& launched, ValidationRequest& request) {
  check_name(options.backend);
  const costmodel::Scenario attention = validation::attention_operator_of(scenario);
  const int ranks = request.plan.world_size();
  ValidatePlace place;
  if (!options.on_gpus()) {
    if (options.one_gpu)
      throw Error("virtual ranks are ranks on a GPU; expected --backend cuda with it", flag("--virtual"));
    const int here = launched ? launched->local_size : ranks;
    request.place = {validation::cores_here(), here, 0};
    // A rank that waits leaves its core to the others.
    const costmodel::Scenario alone = validation::on_cpu_ranks(attention, {ranks, ranks, 0});
    if (here > request.place.cores && !reject(alone, request.plan))
      request.place.busy = validation::busy_ranks(alone, request.plan) * here / ranks;
    request.scenario = validation::on_cpu_ranks(attention, request.place);
    request.backend = &backend_of(options, attention);
    return place;
  }
  const std::vector<CudaDevice> gpus = gpus_here();
  place.on = options.one_gpu ? RanksOn::one_gpu : RanksOn::own_gpus;
  place.devices = choose_devices(options, gpus, launched, ranks);
  kernels::use_cuda_device(place.devices.front());
  request.place = {validation::cores_here(), launched ? launched->local_size : ranks, 0};
  request.scenario = options.one_gpu ? validation::on_one_gpu(attention, ranks) : attention;
  request.backend = &backend_of(options, attention);
  const double memory = static_cast<double>(gpus[static_cast<std::size_t>(place.devices.front())].memory);
  request.gpu_memory = validation::rank_memory_of_gpu(Bytes(memory), options.one_gpu ? ranks : 1);
  return place;
}

std::string ranks_text(const ValidatePlace& place, const ValidationRequest& request,
                       const std::optional<kernels::LaunchedAs>& launched) {
  const int ranks = request.plan.world_size();
  const std::string count = fmt::format("{} rank{}", ranks, ranks == 1 ? "" : "s");
  if (place.on == RanksOn::cores)
    return fmt::format("{} as {} on {} core{}", count, launched ? "processes" : "threads",
                       request.place.cores, request.place.cores == 1 ? "" : "s");
  const CudaDevice gpu = gpus_here()[static_cast<std::size_t>(place.devices.front())];
  const std::string driver = fmt::format("driver for CUDA {}.{}", gpu.driver / 1000, gpu.driver % 1000 / 10);
  if (place.on == RanksOn::one_gpu) return fmt::format("{} on one {} ({})", count, gpu.name, driver);
  return fmt::format("{} as {} on one {} each ({}, NCCL {})", count, launched ? "processes" : "threads",
                     gpu.name, driver, kernels::nccl_version());
}

std::unique_ptr<validation::RankHost> host_of(const ValidatePlace& place, std::chrono::milliseconds deadline,
                                              kernels::Communicator* world) {
  switch (place.on) {
    case RanksOn::cores:
      return world == nullptr ? validation::ranks_as_threads(deadline)
                              : validation::ranks_as_processes(*world);
    case RanksOn::one_gpu: return validation::virtual_ranks(place.devices.front(), deadline);
    case RanksOn::own_gpus:
      return world == nullptr ? validation::nccl_ranks_as_threads(place.devices, deadline)
                              : validation::nccl_ranks_as_processes(*world, place.devices.front(), deadline);
  }
  throw std::logic_error("host_of: no such place");
}

}  // namespace cli
