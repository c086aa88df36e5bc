#include "costmodel/price/calibration_keys.h"

#include <array>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"

namespace costmodel {

namespace {

ConstantView view(Sourced<double>& constant) {
  return {&constant.value, &constant.provenance, &constant.source};
}
template <class Quantity>
ConstantView view(Sourced<Quantity>& constant) {
  return {&constant.value.value, &constant.provenance, &constant.source};
}

constexpr ConstantUnit none = ConstantUnit::none, seconds = ConstantUnit::seconds;

constexpr std::array keys{
    CalibrationKey{"forward_peak_fraction", none, 1e-3, 10,
                   [](Calibration& c) { return view(c.forward.peak_fraction); }},
    CalibrationKey{"forward_tail", none, 0, 10, [](Calibration& c) { return view(c.forward.tail); }},
    CalibrationKey{"forward_start", seconds, 0, 1, [](Calibration& c) { return view(c.forward.start); }},
    CalibrationKey{"backward_peak_fraction", none, 1e-3, 10,
                   [](Calibration& c) { return view(c.backward.peak_fraction); }},
    CalibrationKey{"forward_pair_flop", none, 0, 1e5,
                   [](Calibration& c) { return view(c.forward.pair_flop); }, Presence::when_known},
    CalibrationKey{"backward_pair_flop", none, 0, 1e5,
                   [](Calibration& c) { return view(c.backward.pair_flop); }, Presence::when_known},
    CalibrationKey{"backward_tail", none, 0, 10, [](Calibration& c) { return view(c.backward.tail); }},
    CalibrationKey{"backward_start", seconds, 0, 1, [](Calibration& c) { return view(c.backward.start); }},
    CalibrationKey{"gemm_peak_fraction", none, 1e-3, 10,
                   [](Calibration& c) { return view(c.gemm.peak_fraction); }},
    CalibrationKey{"gemm_fp8_fraction", none, 1e-3, 10,
                   [](Calibration& c) { return view(c.gemm.fp8_fraction); }},
    CalibrationKey{"gemm_start", seconds, 0, 1, [](Calibration& c) { return view(c.gemm.start); }},
    CalibrationKey{"host_update", ConstantUnit::bytes_per_second, 1, 1e15,
                   [](Calibration& c) { return view(c.host_update); }},
    CalibrationKey{"memory_efficiency", none, 1e-3, 10,
                   [](Calibration& c) { return view(c.memory_efficiency); }},
    CalibrationKey{"merge_passes", none, 0, 1000, [](Calibration& c) { return view(c.merge_passes); }},
    CalibrationKey{"launch", seconds, 0, 1, [](Calibration& c) { return view(c.launch); }},
    CalibrationKey{"step_overhead", seconds, 0, 1, [](Calibration& c) { return view(c.step_overhead); }},
    CalibrationKey{"compute_slowdown", none, 0, 10, [](Calibration& c) { return view(c.compute_slowdown); }},
    CalibrationKey{"link_bandwidth", ConstantUnit::bytes_per_second, 0, 1e15,
                   [](Calibration& c) { return view(c.link_bandwidth); }, Presence::when_known},
    CalibrationKey{"link_latency", seconds, 0, 1, [](Calibration& c) { return view(c.link_latency); },
                   Presence::when_known},
};

constexpr std::array residuals{
    ResidualKey{"forward_residual", [](Calibration& c) -> double& { return c.forward.residual; }},
    ResidualKey{"backward_residual", [](Calibration& c) -> double& { return c.backward.residual; }},
    ResidualKey{"gemm_residual", [](Calibration& c) -> double& { return c.gemm.residual; }},
    ResidualKey{"memory_residual", [](Calibration& c) -> double& { return c.memory_residual; }},
    ResidualKey{"host_residual", [](Calibration& c) -> double& { return c.host_residual; }},
    ResidualKey{"link_residual", [](Calibration& c) -> double& { return c.link_residual; }},
    ResidualKey{"method_residual", [](Calibration& c) -> double& { return c.method_residual; }},
    ResidualKey{"run_residual", [](Calibration& c) -> double& { return c.run_residual; }},
};

}  // namespace

std::span<const CalibrationKey> calibration_keys() { return keys; }
std::span<const ResidualKey> residual_keys() { return residuals; }

const CalibrationKey& calibration_key(std::string_view name) {
  for (const CalibrationKey& key : keys)
    if (key.name == name) return key;
  throw Error("there is no constant " + in_quotes(name) + " in a calibration");
}

}  // namespace costmodel
