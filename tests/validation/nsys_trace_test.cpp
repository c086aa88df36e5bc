#include "validation/nsys_trace.h"

#include <string>

#include "costmodel/base/error.h"
#include "tests/catch.h"
#include "tests/validation/refusal_text.h"

using namespace validation;
using validation_tests::contains;

namespace {

const std::string samples = std::string(RINGSIDE_SOURCE_DIR) + "/examples/import/";
const std::string header = "Start (ns),Duration (ns),CorrId,Bytes (MB),Throughput (MB/s),Device,Strm,Name\n";

std::string refusal(const std::string& text) {
  return validation_tests::refusal_of([&] { parse_nsys_trace(text, "n.csv"); });
}

}  // namespace

TEST_CASE("nsys trace: every GPU of the sample is a rank, in the order of the devices") {
  const std::vector<GpuTrace> ranks = read_nsys_trace(samples + "nsys-gpu-trace.csv", 4);
  REQUIRE(ranks.size() == 2);
  CHECK(ranks[0].rank == 4);
  CHECK(ranks[1].rank == 5);
  CHECK(ranks[1].device == "NVIDIA A100-SXM4-80GB (1)");
  CHECK(ranks[0].events.size() == 1 + 3 * 40);
}

TEST_CASE("nsys trace: the unit of times is in the header, and notices may stand before it") {
  const std::string notice =
      "\nNOTICE: Existing export found\n\nProcessing [x.sqlite] with [cuda_gpu_trace.py]...\n";
  const GpuTrace ns =
      parse_nsys_trace(notice + header + "2000,500,1,,,GPU (0),7,\"void f<int, 2>(int)\"\n", "n.csv").front();
  CHECK(ns.events.front().start == Approx(2e-6));
  CHECK(ns.events.front().end == Approx(2.5e-6));
  CHECK(ns.names.front() == "void f<int, 2>(int)");
  const GpuTrace us =
      parse_nsys_trace("Start (us),Duration (us),Device,Strm,Name\n2,0.5,GPU (0),7,f\n", "n.csv").front();
  CHECK(us.events.front().end == Approx(2.5e-6));
  CHECK(contains(refusal("Start (min),Duration (min),Device,Strm,Name\n2,1,G,7,f\n"),
                 "expected ns, us, ms or s"));
}

TEST_CASE("nsys trace: what is broken is said with line and column") {
  CHECK(contains(refusal(""), "no line with the names of the columns"));
  CHECK(contains(refusal("a,b\n1,2\n"), "no line with the names of the columns"));
  CHECK(contains(refusal("Start (ns),Duration (ns),Device,Name\n1,2,G,f\n"), "no column \"Strm\""));
  CHECK(contains(refusal(header), "there is no kernel in it"));
  CHECK(contains(refusal("\n" + header + "x,5,1,,,GPU,7,f\n"), "n.csv:3:1: \"x\" is not a time"));
  CHECK(contains(refusal(header + "1,5,1,,,GPU,z,f\n"), "n.csv:2:13: \"z\" is not a stream"));
  CHECK(contains(refusal(header + "1,5\n"), "n.csv:2"));
  // By hand: 1 MB at 1,000 MB/s takes 1 ms, not 5 ns.
  CHECK(contains(refusal(header + "1,5,1,1.000,1000.000,GPU,7,[CUDA memcpy Host-to-Device]\n"),
                 "the unit of one"));
  CHECK(parse_nsys_trace(header + "1,1000000,1,1.000,1000.000,GPU,7,[CUDA memcpy Host-to-Device]\n", "n.csv")
            .size() == 1);
}
