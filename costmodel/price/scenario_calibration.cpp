#include "costmodel/price/scenario_calibration.h"

#include "costmodel/price/calibration_file.h"

namespace costmodel {

namespace {

template <class Quantity>
void replace(Sourced<Quantity>& stated, const Sourced<Quantity>& measured) {
  if (stated.provenance != Provenance::given) stated = measured;
}

}  // namespace

const CalibrationSet& calibrations_for(const Scenario& scenario) {
  return scenario.calibrations ? *scenario.calibrations : built_in_calibrations();
}

void read_scenario_calibrations(Scenario& scenario) {
  if (scenario.calibration_file.empty()) return;
  scenario.calibrations =
      std::make_shared<const CalibrationSet>(read_calibrations(scenario.calibration_file));
  use_measured_links(scenario.cluster, *scenario.calibrations);
}

void use_measured_links(ClusterSpec& cluster, const CalibrationSet& calibrations) {
  for (NodeGroup& group : cluster.groups) {
    const Calibration& calibration = calibrations.of(group.node.device.name);
    if (calibration.link_bandwidth.value.value <= 0) continue;
    ScaleUpSpec& link = group.node.scale_up;
    replace(link.one_peer, calibration.link_bandwidth);
    // In a mesh a flow gets one of several links of the GPU.
    if (link.kind != ScaleUpKind::mesh) replace(link.per_gpu, calibration.link_bandwidth);
    replace(link.alpha, calibration.link_latency);
  }
}

}  // namespace costmodel
