#include "validation/torch_trace.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "costmodel/base/error.h"
#include "tests/catch.h"
#include "tests/validation/refusal_text.h"

using namespace validation;
using validation_tests::contains;

namespace {

const std::string samples = std::string(RINGSIDE_SOURCE_DIR) + "/examples/import/";

std::string kernel(const std::string& name, double ts, double dur, int stream = 7,
                   const std::string& more = "") {
  return "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"" + name + "\",\"ts\":" + std::to_string(ts) +
         ",\"dur\":" + std::to_string(dur) + ",\"args\":{\"device\":0,\"stream\":" + std::to_string(stream) +
         more + "}}";
}

std::string trace(const std::string& events, const std::string& head = "") {
  return "{" + head + "\"traceEvents\":[\n" + events + "\n]}";
}

std::string refusal(const std::string& text) {
  return validation_tests::refusal_of([&] { parse_torch_trace(text, "t.json"); });
}

}  // namespace

TEST_CASE("torch trace: kernels, ranks and annotations of a sample") {
  const GpuTrace rank = read_torch_trace(samples + "torch-rank1.json");
  CHECK(rank.rank == 1);
  CHECK(rank.world == 4);
  CHECK(rank.device == "NVIDIA A100-SXM4-80GB");
  CHECK(rank.marks.size() == 3);
  CHECK(rank.events.size() == 1 + 3 * 40);  // one fill before three steps
  for (std::size_t i = 1; i < rank.events.size(); ++i)
    CHECK(rank.events[i - 1].start <= rank.events[i].start);
}

TEST_CASE("torch trace: microseconds become seconds from the first event, with the origin in nanoseconds") {
  const GpuTrace parsed = parse_torch_trace(
      trace(kernel("flash_fwd_kernel", 1000.5, 20) + "," + kernel("ncclDevKernel_SendRecv", 1010.25, 5, 20),
            "\"baseTimeNanoseconds\":1700000000000000123,"),
      "t.json");
  REQUIRE(parsed.events.size() == 2);
  CHECK(parsed.origin == 1700000000000000123 + 1000 * 1000);
  CHECK(parsed.events[0].start == Approx(0.5e-6));
  CHECK(parsed.events[0].end == Approx(20.5e-6));
  CHECK(parsed.events[1].start == Approx(10.25e-6));
  CHECK(parsed.events[1].stream == 20);
  CHECK(parsed.rank == -1);
  // Before version 2.4 times count from 1970: the digits of the nanosecond stay.
  const GpuTrace old = parse_torch_trace(
      trace(kernel("flash_fwd_kernel", 1.7e15, 20) + "," + kernel("flash_fwd_kernel", 1.7e15 + 30, 20)),
      "t.json");
  CHECK(old.events[1].start == Approx(30e-6));
}

TEST_CASE("torch trace: events of the CPU need no device, those of the GPU do") {
  const std::string cpu = "{\"ph\":\"X\",\"cat\":\"cpu_op\",\"name\":\"aten::add\",\"ts\":1,\"dur\":2},";
  CHECK(parse_torch_trace(trace(cpu + kernel("k", 1, 2)), "t.json").events.size() == 1);
  CHECK(contains(refusal(trace(cpu.substr(0, cpu.size() - 1))), "there is no kernel of a GPU in it"));
  CHECK(contains(refusal(trace("{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k\",\"ts\":1,\"dur\":2}")),
                 "traceEvents/0/args: is missing"));
  CHECK(contains(refusal(trace(cpu + "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k\",\"ts\":1,\"dur\":2,"
                                     "\"args\":{\"device\":0,\"stream\":\"seven\"}}")),
                 "traceEvents/1/args/stream: is not a whole number"));
}

TEST_CASE("torch trace: what is broken is said with its place") {
  CHECK(contains(refusal("{\n\"traceEvents\": [\n{,"), "t.json:3: this is not JSON"));
  CHECK(contains(refusal(""), "this is not JSON"));
  CHECK(contains(refusal("[]"), "there is no list \"traceEvents\""));
  CHECK(contains(refusal("{\"traceEvents\":{}}"), "there is no list \"traceEvents\""));
  CHECK(contains(refusal(trace("")), "no kernel of a GPU"));
  CHECK(contains(refusal(trace("{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k\",\"ts\":\"1\",\"dur\":2}")),
                 "traceEvents/0/ts: is not a time"));
  CHECK(contains(refusal(trace(kernel("k", 1, -2))), "traceEvents/0/dur: is not a duration"));
  const std::string second =
      "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k\",\"ts\":1,\"dur\":2,\"args\":{"
      "\"device\":3,\"stream\":7}}";
  CHECK(contains(refusal(trace(kernel("k", 1, 2) + "," + second)), "kernels of two GPUs"));
}

TEST_CASE("torch trace: a copy's own bandwidth shows that times are not microseconds") {
  const auto copy = [](double dur) {
    return trace(
        "{\"ph\":\"X\",\"cat\":\"gpu_memcpy\",\"name\":\"Memcpy HtoD (Pinned -> Device)\",\"ts\":1,\"dur\":" +
        std::to_string(dur) +
        ",\"args\":{\"device\":0,\"stream\":7,\"bytes\":25000000,\"memory bandwidth (GB/s)\":25.0}}");
  };
  // By hand: 25 MB at 25 GB/s take 1,000 us.
  CHECK(parse_torch_trace(copy(1000), "t.json").events.size() == 1);
  CHECK(contains(refusal(copy(1e6)), "the times are not in microseconds"));
}

TEST_CASE("torch trace: a packed file that ends early is said to") {
  const std::string file = std::filesystem::temp_directory_path() / "ringside_trace_test.json.gz";
  std::ofstream(file, std::ios::binary) << "\x1f\x8b\x08";
  CHECK_THROWS_WITH(read_torch_trace(file),
                    ContainsSubstring("the packed text is cut off; copy or record the file again"));
  std::filesystem::remove(file);
  CHECK_THROWS_WITH(read_torch_trace(samples + "no-such-file.json"), ContainsSubstring("no-such-file.json"));
}
