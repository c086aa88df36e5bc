// What is believed of devices before published rows are fitted: constants read off single rows by hand
// (`published`), and our judgement (`assumed`).
#include "costmodel/price/calibration_prior.h"

#include <array>

namespace costmodel {

namespace {

struct Constant {
  double value;
  Provenance from;
};

struct Row {
  std::string_view device;
  Constant forward, backward;            // share of the dense matrix rate inside a full wave
  Constant forward_tail, backward_tail;  // share of the longest tile that runs alone under a mask
  Constant gemm;                         // share of the dense matrix rate in large matrix products
  double residual;
  std::string_view source;
};

constexpr Provenance pub = Provenance::published, ass = Provenance::assumed;
constexpr std::string_view fa2_a100 =
    "FlashAttention-2 on A100, BurstAttention and ring-flash-attention READMEs";
constexpr std::string_view fa2_h800 = "FlashAttention-2 on H800, ring-flash-attention README";
constexpr std::string_view fa3_h100 = "FlashAttention-3 on H100, arXiv 2411.01783 table 5";
constexpr std::string_view fa3_h100_charts = "FlashAttention-3 on H100 SXM, charts of arXiv 2407.08608";
constexpr std::string_view fa4_b200 = "FlashAttention-4 on B200, flash-attention pull request 2280";
constexpr std::string_view fa3_h20 = "FlashAttention-3 on H20, flash-attention issue 1310";

constexpr std::string_view cpu_core = "cpu-core";

// A tail is published only where rows with a mask, or with different numbers of heads, separate it from the
// rate.
constexpr std::array rows{
    Row{"a100-sxm-40gb", {0.69, pub}, {0.61, pub}, {0.8, pub}, {0.4, pub}, {0.84, ass}, 0.05, fa2_a100},
    Row{"a100-sxm-80gb", {0.69, pub}, {0.61, pub}, {0.8, pub}, {0.4, pub}, {0.84, ass}, 0.05, fa2_a100},
    Row{"a100-pcie-80gb",
        {0.69, ass},
        {0.61, ass},
        {0.8, ass},
        {0.4, ass},
        {0.75, ass},
        0.15,
        "as A100 SXM; the lower power limit is not modelled"},
    Row{"a800-sxm-80gb", {0.69, pub}, {0.61, pub}, {0.8, pub}, {0.4, pub}, {0.84, ass}, 0.05, fa2_a100},
    Row{"h800-sxm", {0.37, pub}, {0.32, pub}, {0.8, pub}, {0.5, pub}, {0.75, ass}, 0.06, fa2_h800},
    Row{"h100-sxm", {0.68, pub}, {0.58, pub}, {0.7, ass}, {0.3, ass}, {0.75, ass}, 0.08, fa3_h100_charts},
    Row{"h100-hbm2e-96gb", {0.68, pub}, {0.55, ass}, {0.7, ass}, {0.3, ass}, {0.75, ass}, 0.08, fa3_h100},
    Row{"h200-sxm", {0.68, ass}, {0.55, ass}, {0.7, ass}, {0.3, ass}, {0.79, pub}, 0.12, "as H100 SXM"},
    Row{"h20", {0.91, pub}, {0.80, ass}, {0.6, pub}, {0.3, ass}, {0.92, ass}, 0.08, fa3_h20},
    Row{"b200", {0.70, pub}, {0.61, pub}, {1.0, pub}, {1.0, pub}, {0.75, ass}, 0.06, fa4_b200},
    Row{"gb200",
        {0.63, ass},
        {0.55, ass},
        {1.0, ass},
        {1.0, ass},
        {0.70, ass},
        0.15,
        "the B200 rate on a faster part"},
    Row{cpu_core,
        {0.80, ass},
        {0.85, ass},
        {0.0, ass},
        {0.0, ass},
        {0.5, ass},
        0.3,
        "the kernels of the cpu backend reach 75 to 88 % of a core's peak (docs/kernels.md)"},
    Row{"",
        {0.55, ass},
        {0.42, ass},
        {1.0, ass},
        {0.3, ass},
        {0.65, ass},
        0.25,
        "no measurement of this device is known to us"},
};

Calibration make(const Row& row) {
  const bool generic = row.device.empty();
  const std::string source(row.source);
  Calibration c;
  c.name = generic ? "generic built in" : std::string(row.device) + " built in";
  c.method = source;
  const auto direction = [&](const Constant& fraction, const Constant& tail) {
    AttentionRate rate;
    // A source that published the forward rate alone says nothing of the backward one.
    const bool unmeasured = fraction.from == ass && row.forward.from == pub;
    rate.peak_fraction = {fraction.value, fraction.from,
                          unmeasured ? "scaled from the forward rate; nobody published it" : source};
    rate.start = {Seconds(15e-6), ass, "one kernel launch with its Python front end"};
    rate.tail = {tail.value, tail.from,
                 tail.from == pub ? "masked rows of the same source separate it from the rate"
                                  : "no masked row of this device is known to us"};
    rate.residual = row.residual;
    return rate;
  };
  c.forward = direction(row.forward, row.forward_tail);
  c.backward = direction(row.backward, row.backward_tail);
  c.gemm.peak_fraction = {row.gemm.value, row.gemm.from,
                          row.gemm.from == pub ? "8192 cubed, cuBLAS on an H200, 769 to 798 TFLOP/s"
                                               : "large products reach 70 to 92 % of the data sheet"};
  c.gemm.fp8_fraction = {0.65, ass, "large fp8 products reach 50 to 80 % of the data sheet"};
  c.gemm.start = {Seconds(10e-6), ass, "one launch and its prologue"};
  c.gemm.residual = generic ? 0.25 : 0.1;
  c.host_update = {BytesPerSecond(20e9), ass, "eight GPUs share the memory of two sockets"};
  c.memory_efficiency = {0.88, ass, "streaming kernels reach 85 to 92 % of the data sheet"};
  c.merge_style = MergeStyle::separate;
  c.merge_passes = {9.5, ass,
                    "to fp32, difference, product and sum, each read and written by a kernel of its own"};
  c.launch = {Seconds(8e-6), ass, "one launch from Python that is not hidden"};
  c.step_overhead = {Seconds(20e-6), ass, "waiting for the transfer and posting the next one"};
  c.compute_slowdown = {0.05, ass, "5 to 20 % published on NVLink rings"};
  c.link_residual = 0.15;
  c.method_residual = 0.02;
  c.run_residual = 0.07;
  return c;
}

// Ranks that are threads on the cores of one machine: function calls instead of kernel launches, one core
// instead of many multiprocessors, state that the attention step carries along.
Calibration on_cpu(Calibration c) {
  for (AttentionRate* rate : {&c.forward, &c.backward}) {
    rate->start = {Seconds(5e-6), ass, "a call and its scratch memory"};
    rate->tail.source = "one core has no other to wait for";
    rate->tile_rows = 16;
  }
  // A tile on the edge of a mask is computed whole: 192 x 192 forward, 96 rows backward.
  c.forward.tile_columns = 192;
  c.backward.tile_columns = 96;
  c.gemm.start = {Seconds(1e-6), ass, "a call"};
  c.gemm.residual = 0.5;
  c.memory_residual = 0.5;
  c.memory_efficiency = {0.8, ass, "as other streaming loops"};
  c.merge_style = MergeStyle::inside;  // of rates measured in steps that carry their state
  c.launch = {Seconds(1e-6), ass, "a call"};
  c.step_overhead = {Seconds(20e-6), ass, "one thread wakes another"};
  c.compute_slowdown = {0.05, ass, "copies share the memory bandwidth"};
  c.link_residual = 0.5;
  c.method_residual = 0.1;
  c.run_residual = 0.3;
  return c;
}

}  // namespace

CalibrationSet prior_calibrations() {
  CalibrationSet set;
  set.name = "prior";
  for (const Row& row : rows) {
    set.devices.push_back(row.device == cpu_core ? on_cpu(make(row)) : make(row));
    set.devices.back().device = row.device;
  }
  set.staged.exchange = {1.0, ass, "as stated"};
  set.staged.collective = {1.17, ass,
                           "all-reduce bytes over whole runs give 5.2 to 5.8 GB/s where ring bytes give 4.7"};
  return set;
}

}  // namespace costmodel
