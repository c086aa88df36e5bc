// Measuring probes: on threads, and in memory that only kernels and communicators can touch, as that of a
// GPU.
#include "validation/probe_run.h"

#include "kernels/thread_ranks.h"
#include "tests/catch.h"
#include "tests/validation/far_memory.h"
#include "validation/live_calibration.h"
#include "validation/machine.h"

using namespace validation;

namespace {

// Ranks as threads whose tensors lie far away.
class FarHost : public RankHost {
 public:
  bool reports() const override { return true; }
  void on_ranks(int ranks, const std::function<void(const RankEnds&)>& body) override {
    kernels::run_ranks(
        ranks, {}, [](int) { return validation_tests::far_rank_memory(); },
        [&](kernels::Communicator& communicator) {
          const auto memory = validation_tests::far_tensor_memory();
          body(RankEnds{communicator, [&](costmodel::Lane) -> kernels::Communicator& { return communicator; },
                        *memory});
        });
  }
};

ProbeOptions quick(int ranks, const kernels::Backend& backend) {
  ProbeOptions options;
  options.backend = &backend;
  options.ranks = ranks;
  options.samples = 3;
  return options;
}

}  // namespace

TEST_CASE("every probe has a time on one, two and three ranks") {
  const auto host = ranks_as_threads(std::chrono::seconds(30));
  for (const int ranks : {1, 2, 3}) {
    ProbeOptions options = quick(ranks, kernels::backend_named("cpu"));
    std::size_t done = 0, total = 0;
    options.progress = [&](std::size_t d, std::size_t t) { done = d, total = t; };
    const std::vector<Probe> probes = cpu_probes(ranks, Effort::quick);
    const std::vector<ProbeTime> times = measure_probes(probes, options, *host);
    REQUIRE(times.size() == probes.size());
    CHECK(done == total);
    CHECK(total == 4 * probes.size());
    for (const ProbeTime& time : times) {
      INFO(name_of(time.probe));
      CHECK(time.time.median > 0);
      CHECK(time.time.deviation >= 0);
    }
  }
}

TEST_CASE("probes of a GPU touch tensors by way of kernels and communicators alone") {
  FarHost host;
  std::vector<Probe> probes = gpu_probes(3, Effort::quick);
  // Few enough for a processor.
  for (Probe& probe : probes) {
    probe.shape.heads = 2, probe.shape.kv_heads = 1;
    probe.queries = std::min<std::int64_t>(probe.queries, 64),
    probe.keys = std::min<std::int64_t>(probe.keys, 64);
    probe.calls = 1;
  }
  ProbeOptions options = quick(3, validation_tests::far_backend());
  options.element = kernels::Element::bf16;
  for (const ProbeTime& time : measure_probes(probes, options, host)) {
    INFO(name_of(time.probe));
    CHECK(time.time.median > 0);
  }
}

TEST_CASE("a live calibration measures what the model needs, and says where") {
  FarHost host;
  LiveRequest request;
  request.how = quick(2, validation_tests::far_backend());
  request.probes = cpu_probes(2, Effort::quick);
  request.node = cpu_node(2, 2);
  request.start = costmodel::built_in_calibrations();
  request.measured = {"2026-03-01", "a machine", "far: cpu", 2, 0, 0, 0};
  const LiveCalibration live = calibrate_live(request, host);
  CHECK(live.after.name == "cpu-core measured on a machine");
  REQUIRE(live.after.measured);
  CHECK(live.after.measured->ranks == 2);
  CHECK(live.after.measured->samples == 3);
  CHECK(live.ring.steps == 2);
  CHECK(live.ring.measured.median > 0);
  CHECK(live.times.back().probe.kind == ProbeKind::overlap);
  // Rates and links of sizes this small may say nothing on a busy machine.
  REQUIRE(live.overlap);
  CHECK((live.after.compute_slowdown.provenance == costmodel::Provenance::measured) ==
        live.overlap->complaint().empty());
  CHECK(live.after.step_overhead.provenance == costmodel::Provenance::measured);
  CHECK(live.after.gemm.peak_fraction.provenance == costmodel::Provenance::assumed);
  CHECK(live.mean_error(live.after) >= 0);
}

TEST_CASE("GPUs are known by the names that their driver gives them") {
  CHECK(preset_of_gpu("NVIDIA H100 80GB HBM3") == "h100-sxm");
  CHECK(preset_of_gpu("NVIDIA H100 PCIe") == "h100-pcie-80gb");
  CHECK(preset_of_gpu("NVIDIA H200") == "h200-sxm");
  CHECK(preset_of_gpu("NVIDIA H20") == "h20");
  CHECK(preset_of_gpu("NVIDIA A100-SXM4-80GB") == "a100-sxm-80gb");
  CHECK(preset_of_gpu("NVIDIA A100 80GB PCIe") == "a100-pcie-80gb");
  CHECK(preset_of_gpu("NVIDIA GB200") == "gb200");
  CHECK(preset_of_gpu("NVIDIA GeForce RTX 4090") == "rtx-4090");
  CHECK(preset_of_gpu("NVIDIA T4") == "");
  CHECK_THROWS(gpu_node("t4", 1));
}
