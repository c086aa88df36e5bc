// Tests that need a GPU.  Without one they exit with 4 (Catch2's own for skipped), which ctest reports as
// skipped, or with 1 when RINGSIDE_REQUIRE_GPU is 1, so that a broken driver cannot pass unseen.
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "kernels/cuda_device.h"

#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

int main(int arguments, char** values) {
  bool lists = false;  // ctest asks for the names of the tests when they are built
  for (int i = 1; i < arguments; ++i)
    lists = lists || std::string_view(values[i]).find("--list") == 0 || std::string_view(values[i]) == "-l";
  const kernels::CudaDevices found = kernels::cuda_devices();
  if (found.devices.empty() && !lists) {
    std::cerr << found.why_none << '\n';
    const char* required = std::getenv("RINGSIDE_REQUIRE_GPU");
    return required != nullptr && std::string_view(required) == "1" ? 1 : 4;
  }
  return Catch::Session().run(arguments, values);
}
