// A scenario: what the user has (model, cluster, workload) and may have decided (search limits, one plan).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/cluster_spec.h"
#include "costmodel/spec/model_spec.h"
#include "costmodel/spec/workload_spec.h"

namespace costmodel {

struct CalibrationSet;  // price/calibration_set.h: a scenario only says which one

// Limits on the plan space.  An empty list allows every value.
struct SearchLimits {
  std::vector<Transport> transports;
  std::vector<Layout> layouts;
  std::vector<BackwardSide> backwards;
  std::vector<GradDtype> grad_dtypes;
  std::vector<int> ulysses;
  std::vector<int> inner_rings;
  std::vector<int> tensors;
  std::vector<int> datas;
  std::vector<ForwardSide> forwards;
  std::vector<Checkpoint> checkpoints;
  std::vector<int> zeros;
  std::vector<Offload> offloads;
  std::vector<FusedLoss> fused_losses;
  Bytes memory_reserve{2.0 * 1073741824.0};  // kept free on every GPU for the allocator, NCCL and the context
};

struct Scenario {
  std::string name;  // the file as the user wrote it, or a label
  ModelSpec model;
  ClusterSpec cluster;
  WorkloadSpec workload;
  SearchLimits search;
  std::optional<Plan> plan;  // exactly one plan, when the file has [plan]
  std::string plan_text;     // alias and axes it was made from: resolved again when the cluster changes
  std::vector<DeviceId> placement;  // device of each rank; empty = rank i on device i
  std::string calibration_file;     // "": the built-in calibrations
  // What that file says, once it was read (price/scenario_calibration.h); null: the built-in calibrations.
  std::shared_ptr<const CalibrationSet> calibrations;

  // GPUs that ranks may run on.
  int usable_gpus() const {
    return placement.empty() ? cluster.gpu_count() : static_cast<int>(placement.size());
  }
};

}  // namespace costmodel
