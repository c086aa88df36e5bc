// Calibration: the constants that turn a data sheet into this machine.  Each has a physical meaning, a
// provenance and a residual; formulas that use them are in docs/model.md.  Those of all devices are a
// CalibrationSet (calibration_set.h), the built-in ones the file calibration_builtin.toml.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "costmodel/base/provenance.h"
#include "costmodel/base/units.h"

namespace costmodel {

enum class MergeStyle {
  carried,   // the kernel carries the fp32 state in and out: 8 bytes per element and step, no extra launch
  inside,    // the attention rate was measured with the state carried and sums added to: nothing on top
  separate,  // elementwise kernels merge partial outputs (public PyTorch implementations)
};

// One direction of the attention kernel, formula 3.1.
struct AttentionRate {
  Sourced<double> peak_fraction;  // share of the matrix rate reached inside a full wave of tiles
  Sourced<Seconds> start;         // fixed time of one kernel: prologue, tail, launch gap
  Sourced<double> tail;  // share of the longest tile that runs alone at the end of a masked block: 1 when
                         // the longest starts last, 0 when it starts first
  Sourced<double> pair_flop{0.0, Provenance::assumed,
                            "not counted"};  // flop that a kept pair costs beside the
                                             // products: the exponentials, as time
  int tile_rows = 128;                       // rows of the tile that one multiprocessor owns
  int tile_columns = 128;                    // granularity of masked work
  double residual = 0.2;                     // relative, one standard deviation
};

// Dense matrix products, formula 3.9.
struct GemmRate {
  Sourced<double> peak_fraction;  // share of the matrix rate reached inside a full wave of large tiles
  Sourced<double> fp8_fraction;   // the same of the fp8 rate
  Sourced<Seconds> start;         // fixed time of one kernel
  double residual = 0.2;          // relative, one standard deviation
};

// What was measured where, by `ringside calibrate --backend`.
struct MeasuredOn {
  std::string date;     // "2026-03-01", UTC
  std::string machine;  // "AMD EPYC 9654"
  std::string backend;  // "cpu: AVX-512, ..."
  int cores = 0;
  int ranks = 0;
  int samples = 0;    // of each quantity
  double spread = 0;  // largest median absolute deviation of a quantity, relative to its median
};

struct Calibration {
  std::string device;  // "a100-sxm-80gb"; "" serves all that have none of their own
  std::string name;    // "a100 built in"
  std::string method;  // what was fitted or assumed, rows used
  AttentionRate forward;
  AttentionRate backward;
  GemmRate gemm;
  Sourced<BytesPerSecond> host_update;  // host memory traffic of an optimizer step there, per GPU
  double host_residual = 0.3;    // relative, one standard deviation, of copies to the host and work there
  double memory_residual = 0.1;  // relative, one standard deviation, of elementwise passes
  Sourced<double> memory_efficiency;  // share of the memory bandwidth that elementwise kernels reach
  MergeStyle merge_style = MergeStyle::carried;
  Sourced<double> merge_passes;      // fp32 passes over the output per merge, when separate
  Sourced<Seconds> launch;           // one kernel launch that is not hidden
  Sourced<Seconds> step_overhead;    // host and stream synchronisation per ring step
  Sourced<double> compute_slowdown;  // compute is slower by this share while communication is in flight
  // Of the link inside the node, one flow per rank, all ranks at once; 0: not measured, the cluster's own
  // hold.
  Sourced<BytesPerSecond> link_bandwidth{BytesPerSecond(0), Provenance::assumed, "not measured"};
  Sourced<Seconds> link_latency{Seconds(0), Provenance::assumed, "not measured"};
  double link_residual = 0.15;    // relative, one standard deviation, of transfer times
  double method_residual = 0.02;  // relative, one standard deviation, independent from plan to plan
  double run_residual = 0.07;     // of whole runs on several GPUs or of whole models, beyond the parts above:
                                  // hosts and programs differ; shared by all plans
  std::optional<MeasuredOn> measured;
};

// The built-in calibration for a device name; the generic one (all assumed) for an unknown device.
const Calibration& built_in_calibration(std::string_view device);

}  // namespace costmodel
