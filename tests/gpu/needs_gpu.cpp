// Without a GPU the tests of this folder end before the first of them: with 4 (Catch2's own for skipped),
// which ctest reports as skipped, or with 1 when RINGSIDE_REQUIRE_GPU is 1, so that a broken driver cannot
// pass unseen.
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // Catch2 2 declares listeners only then
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "kernels/cuda_device.h"
#include "tests/catch.h"

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

class NeedsGpu : public Listener {
 public:
  using Listener::Listener;

  void testRunStarting(const Catch::TestRunInfo&) override {
    const kernels::CudaDevices found = kernels::cuda_devices();
    if (!found.devices.empty()) return;
    std::cerr << found.why_none << '\n';
    const char* required = std::getenv("RINGSIDE_REQUIRE_GPU");
    std::exit(required != nullptr && std::string_view(required) == "1" ? 1 : 4);
  }
};

}  // namespace

CATCH_REGISTER_LISTENER(NeedsGpu)
