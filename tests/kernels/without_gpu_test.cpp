// What the CUDA half says on a machine without a GPU, or in a build without CUDA: reasons, never a crash.
#include "kernels/backend.h"
#include "kernels/cuda_device.h"
#include "kernels/nccl_ranks.h"
#include "kernels/virtual_ranks.h"
#include "tests/catch.h"
#include "tests/kernels/refusal.h"

using namespace kernels;
using namespace kernel_tests;

TEST_CASE("the cuda backends reject host tensors, fp32 and odd head dims, with reasons") {
  for (const char* name : {"cuda_sm80", "cuda_sm90a"}) {
    const Backend& backend = backend_named(name);
    CHECK(backend.rejects({}) != "");
    StepNeeds needs;
    needs.memory = Memory::device;
    CHECK(backend.rejects(needs) != "");  // fp32, or no CUDA
    needs.element = Element::bf16;
    if (cuda_devices().devices.empty()) CHECK(backend.rejects(needs) != "");
    needs.dim = 96;
    CHECK(backend.rejects(needs) != "");
    CHECK(backend.description({}) != "");
  }
  StepNeeds needs;
  needs.memory = Memory::device;
  needs.element = Element::bf16;
  if (cuda_devices().devices.empty()) {
    const std::string message = message_of([&] { choose_backend(needs); });
    CHECK(message.find("the cpu backend reads host memory") != std::string::npos);
    CHECK(message.find("no backend can compute this") != std::string::npos);
  }
}

TEST_CASE("without a GPU everything that needs one says so") {
  const CudaDevices found = cuda_devices();
  if (!found.devices.empty()) return;
  CHECK(found.why_none != "");
  CHECK_THROWS_AS(CudaStream(), CudaError);
  CHECK_THROWS_AS(CudaMemory(16), CudaError);
  CHECK_THROWS_AS(run_virtual_ranks(2, {}, [](const VirtualRank&) {}), CudaError);
  CHECK_THROWS_AS(run_nccl_ranks({0}, {}, [](const NcclRank&) {}), CudaError);
}

TEST_CASE("nccl is there, or the reason why not is") {
  const std::string why = why_no_nccl();
  if (why.empty()) {
    CHECK(nccl_version().find('.') != std::string::npos);
    CHECK(new_nccl_id() != NcclId{});
  } else {
    CHECK_THROWS_AS(nccl_version(), CudaError);
    CHECK(why.find("NCCL") != std::string::npos);
  }
}
