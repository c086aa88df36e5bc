// Where `ringside validate` runs its ranks: threads or processes on CPU cores, several ranks on one GPU, or
// one per GPU over NCCL; and who computes there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"
#include "kernels/backend.h"
#include "kernels/launch_environment.h"
#include "validation/rank_host.h"
#include "validation/validate_plan.h"

namespace cli {

struct PlaceOptions {
  std::string backend = "cpu";
  std::string gpus;      // how many, one rank each
  bool one_gpu = false;  // all ranks on one GPU
  bool on_gpus() const { return backend.starts_with("cuda"); }
};

enum class RanksOn : std::uint8_t { cores, one_gpu, own_gpus };

struct ValidatePlace {
  RanksOn on = RanksOn::cores;
  std::vector<int> devices;  // GPUs of the ranks of this process
};

// Fills backend, place, gpu_memory and scenario of the request, whose plan is set, for the attention operator
// of `scenario`.  Throws costmodel::Error when there are no such GPUs, no NCCL, or no backend that can
// compute this.
ValidatePlace choose_place(const PlaceOptions& options, const costmodel::Scenario& scenario,
                           const std::optional<kernels::LaunchedAs>& launched,
                           validation::ValidationRequest& request);

// "4 ranks as threads on 2 cores", "8 ranks on one NVIDIA H100".
std::string ranks_text(const ValidatePlace& place, const validation::ValidationRequest& request,
                       const std::optional<kernels::LaunchedAs>& launched);

// `world`: null unless this is one of several processes.
std::unique_ptr<validation::RankHost> host_of(const ValidatePlace& place, std::chrono::milliseconds deadline,
                                              kernels::Communicator* world);

}  // namespace cli
