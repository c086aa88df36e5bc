// The script that checks a GPU, up to where it would need one: nvidia-smi, cmake and the programs that it
// builds are stand-ins.
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/cli/program.h"

namespace {

using Json = nlohmann::json;

// A machine with two GPUs, whose answer takes a moment from line to line; `environment` says what goes wrong.
program::ShellResult checked(const std::string& environment) {
  return program::shell(
      "D=$(mktemp -d); mkdir -p $D/bin $D/build/tests/gpu; "
      "program() { cat > $1; chmod +x $1; }; "
      "{ echo '#!/bin/bash'; echo 'case \"$*\" in *throttle*) [[ -z $OTHER_DRIVER ]] || { echo no such "
      "field; exit 2; };; esac'; "
      "echo 'case \"$*\" in *gpu=compute_cap*) A=9.0;; *gpu=name*) A=\"Some \\\"GPU\\\"\";; *) A=580.1;; "
      "esac'; "
      "echo 'echo \"$A\"; sleep 0.1; echo \"$A\"'; } | program $D/bin/nvidia-smi; "
      "for P in bin/nvcc bin/compute-sanitizer bin/cmake build/tests/gpu/ringside_gpu_tests "
      "build/tests/gpu/ringside_gpu_sweep; do "
      "{ echo '#!/bin/bash'; echo \"[[ \\$FAILS != $(basename $P) ]]\"; } | program $D/$P; done; " +
      environment +
      " PATH=$D/bin:$PATH RINGSIDE_BUILD_DIR=$D/build validation/gpu_check --quick $D/out; CODE=$?; "
      "[ ! -e $D/out/gpu_check.json ] || cat $D/out/gpu_check.json; rm -r $D; exit $CODE");
}

}  // namespace

TEST_CASE("gpu_check: several GPUs and drivers that do not know a field end in a result") {
  for (const std::string environment : {"", "OTHER_DRIVER=1"}) {
    INFO(environment);
    const program::ShellResult result = checked(environment);
    INFO(result.err);
    REQUIRE(result.exit == 0);
    const Json json = Json::parse(result.out);
    CHECK(json.at("device") == "Some GPU");
    CHECK(json.at("driver") == "580.1");
    CHECK(json.at("tests") == "passed");
    CHECK(json.at("sweep") == "passed");
    CHECK(json.at("sanitizers").at("racecheck") == "passed");
    for (const char* key : {"date", "commit", "before", "after"}) CHECK_FALSE(json.at(key).empty());
  }
}

TEST_CASE("gpu_check: what fails is named in the result, and a build that fails has none") {
  for (const std::string part : {"tests", "sweep"}) {
    const program::ShellResult result = checked("FAILS=ringside_gpu_" + part);
    CHECK(result.exit == 1);
    CHECK(Json::parse(result.out).at(part) == "failed");
  }
  const program::ShellResult sanitizer = checked("FAILS=compute-sanitizer");
  CHECK(sanitizer.exit == 1);
  CHECK(Json::parse(sanitizer.out).at("sanitizers").at("memcheck") == "failed");
  const program::ShellResult build = checked("FAILS=cmake");
  CHECK(build.exit == 3);
  CHECK(build.err.find("the build failed") != std::string::npos);
}
