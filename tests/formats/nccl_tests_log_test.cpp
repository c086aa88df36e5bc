#include "costmodel/formats/nccl_tests_log.h"

#include "costmodel/base/error.h"
#include "costmodel/formats/link_fit.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

const std::string samples = std::string(RINGSIDE_SOURCE_DIR) + "/examples/import/";

const std::string head =
    "#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw  "
    " busbw  "
    "#wrong\n";
const std::string two_ranks =
    "# nThread 1 nGpus 2 minBytes 8 maxBytes 8 step: 2(factor)\n"
    "#  Rank  0 Group  0 Pid    10 on  node-a device  0 [0x1b] NVIDIA H200\n"
    "#  Rank  1 Group  0 Pid    10 on  node-a device  1 [0x2b] NVIDIA H200\n";
const std::string row = "  1000000  250000  float  sum  -1  20.00  50.00  50.00  0  20.00  50.00  50.00  0\n";
const std::string large_row =
    "  100000000  25000000  float  sum  -1  1010.0  99.01  99.01  0  1010.0  99.01  99.01  0\n";

std::string what_is_wrong(const std::string& text, const NcclTestsHints& hints = {}) {
  try {
    fit_link(parse_nccl_tests_log(text, "x.log", hints));
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

bool says(const std::string& message, const std::string& part) {
  INFO(message);
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a log of one node names its test, ranks, device and rows") {
  const NcclTestsLog log = read_nccl_tests_log(samples + "all-gather-8xh100.log");
  CHECK(log.version == "2.17.1");
  CHECK(log.test == NcclTest::all_gather);
  CHECK(log.ranks == 8);
  CHECK(log.nodes == 1);
  CHECK(log.device == "NVIDIA H100 80GB HBM3");
  REQUIRE(log.rows.size() == 21);
  CHECK(log.rows.front().size.value == 1024);
  CHECK(log.rows.back().size.value == 1073741824);
}

TEST_CASE("the prefixes of mpirun are taken off and a cut row is left out") {
  const NcclTestsLog log = read_nccl_tests_log(samples + "sendrecv-2-nodes.log");
  CHECK(log.test == NcclTest::sendrecv);
  CHECK(log.ranks == 2);
  CHECK(log.nodes == 2);
  CHECK(log.cut_lines.size() == 1);
  for (const char* prefix : {"0: ", "(head, rank=0, pid=3808) [1,0]<stdout>:", "> ", "[1,0]<stdout>: "}) {
    std::string text;
    for (const std::string& line :
         {two_ranks.substr(0, 60) + "\n", std::string("./build/all_reduce_perf\n"), head, row})
      text += prefix + line;
    INFO(prefix);
    const NcclTestsLog prefixed = parse_nccl_tests_log(text, "x.log", {.test = {}, .ranks = 2, .nodes = 1});
    CHECK(prefixed.rows.size() == 1);
    CHECK(prefixed.test == NcclTest::all_reduce);
  }
}

TEST_CASE("columns are found by their names: version 2.10 has no root and an error column") {
  const std::string text =
      two_ranks +
      "#       size  count  type  redop  time  algbw  busbw  error  time  algbw  busbw  error\n"
      "  1000000  250000  float  sum  20.00  50.00  50.00  1e-07  20.00  50.00  50.00  1e-07\n";
  const NcclTestsLog log =
      parse_nccl_tests_log(text, "x.log", {.test = NcclTest::all_reduce, .ranks = 0, .nodes = 0});
  CHECK(log.rows.front().time.value == Approx(20e-6));
}

TEST_CASE("rows alone are enough when the user says what they are") {
  const NcclTestsLog log =
      parse_nccl_tests_log(row + large_row, "x.log", {.test = NcclTest::sendrecv, .ranks = 4, .nodes = 2});
  CHECK(log.ranks == 4);
  CHECK(log.nodes == 2);
}

TEST_CASE("the number of ranks follows from the bus bandwidth when the head is missing") {
  const std::string text =
      "  1000000  250000  float  sum  -1  20.00  50.00  87.50  0  20.00  50.00  87.50  0\n";
  const NcclTestsLog log = parse_nccl_tests_log(text, "x.log", {.test = {}, .ranks = 0, .nodes = 1});
  CHECK(log.test == NcclTest::all_reduce);
  CHECK(log.ranks == 8);
}

TEST_CASE("split communicators count the ranks of one of them") {
  std::string text = "./build/sendrecv_perf\n# nThread 1 nGpus 1 minBytes 8\n";
  for (int rank = 0; rank < 4; ++rank)
    text += "#  Rank  " + std::to_string(rank) + " Group  " + std::to_string(rank % 2) + " Pid 10 on node-" +
            std::to_string(rank / 2) + " device " + std::to_string(rank % 2) + " [0x1b] NVIDIA H200\n";
  const NcclTestsLog log = parse_nccl_tests_log(text + head + row, "x.log");
  CHECK(log.ranks == 2);
  CHECK(log.nodes == 2);
}

TEST_CASE("what is wrong with a log is said with its line") {
  const std::string good = "./build/all_reduce_perf\n" + two_ranks + head;
  CHECK(says(what_is_wrong(""), "x.log: no result rows"));
  CHECK(says(what_is_wrong("{ \"version\": 1 }"), "x.log:1: this is JSON"));
  CHECK(says(what_is_wrong(good), "no result rows"));
  CHECK(says(what_is_wrong(good + "  8  2  float  sum  -1host:1:1 [0] NCCL INFO x\n"),
             "x.log:6: every result row is cut"));
  CHECK(says(what_is_wrong(good + row + good), "x.log:8: a second run begins here (the first on line 2)"));
  CHECK(says(what_is_wrong(two_ranks + "#  Rank  0 Pid 9 on node-b device 0 [0x1b] NVIDIA H200\n"),
             "x.log:4: rank 0 is listed twice"));
  CHECK(says(what_is_wrong(two_ranks + "#  Rank  2 Pid 9 on node-b device 0 [0x1b] NVIDIA A100\n"),
             "two kinds of GPU"));
  CHECK(says(what_is_wrong("#  Rank  x Pid 9 on node-b device 0 [0x1b] NVIDIA A100\n"),
             "x.log:1: cannot read the rank number \"x\""));
  CHECK(says(what_is_wrong("# size count type redop root cputime algbw busbw #wrong\n"), "-C"));
  CHECK(says(what_is_wrong("# (B) (elements) (ms) (GB/s)\n"), "milliseconds"));
  CHECK(says(what_is_wrong(good + "# Out of bounds values : 3 FAILED\n"), "not to be trusted"));
  CHECK(says(
      what_is_wrong(good +
                    "  1000000  250000  float  sum  -1  20.00  50.00  50.00  7  20.00  50.00  50.00  0\n"),
      "7 values of this row are wrong"));
  CHECK(says(what_is_wrong(good + "  1000000  250000  float  sum  -1  20.00  80.00  80.00  0\n"),
             "x.log:6: size / time is 50.00 GB/s, but the algbw column says 80.00"));
  CHECK(says(what_is_wrong(good + "  1000000  250000  float  sum  -1  nan  50.00  50.00  0\n"),
             "cannot read the time \"nan\""));
  CHECK(says(what_is_wrong(good + "  1000000  250000  float  sum  -1  0.00  50.00  50.00  0\n"),
             "the time is zero"));
  CHECK(says(what_is_wrong(good + "  1000000  250000  float  sum  -1  20.00  inf  50.00  0\n"),
             "cannot read the algbw \"inf\""));
  CHECK(says(what_is_wrong(good + "  9000000000000000000  1  float  sum  -1  20.00  1  50.00  0\n"),
             "too large"));
  CHECK(says(what_is_wrong("  8  2  float  1.0\n"), "x.log:1: a result row of 4 columns"));
  CHECK(says(what_is_wrong("# Collective test starting: broadcast_perf\n" + two_ranks + head + row),
             "\"broadcast_perf\""));
  CHECK(says(what_is_wrong(two_ranks + head + row), "does not say which test ran"));
  CHECK(says(what_is_wrong("all_gather_perf\n" + two_ranks + head + row),
             "busbw / algbw is 1.000, but all_gather over 2 ranks gives 0.500"));
  CHECK(says(what_is_wrong("sendrecv_perf\n" + head + row), "how many ranks"));
  CHECK(says(what_is_wrong("sendrecv_perf\nx nranks 4 y\n" + head + row), "how many hosts"));
  CHECK(
      says(what_is_wrong(head + row, {.test = NcclTest::sendrecv, .ranks = 1, .nodes = 1}), "only one GPU"));
  CHECK(says(what_is_wrong(head + row, {.test = NcclTest::sendrecv, .ranks = 3, .nodes = 2}),
             "3 ranks on 2 nodes"));
  CHECK(says(what_is_wrong(good + row), "one message size"));
}

TEST_CASE("a path that is no log is refused") {
  CHECK_THROWS_AS(read_nccl_tests_log(samples + "no-such.log"), Error);
  CHECK_THROWS_AS(read_nccl_tests_log(samples), Error);
}
