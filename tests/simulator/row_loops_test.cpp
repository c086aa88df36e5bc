// Loops over rows of ranks against the same thing said one rank at a time.
#include "simulator/row_loops.h"

#include <random>

#include "simulator/recurrence_rows.h"
#include "tests/catch.h"

using namespace simulator;

namespace {

Row random_row(std::mt19937& random, std::size_t width, double lowest, double highest) {
  std::uniform_real_distribution<double> number(lowest, highest);
  Row row(width);
  for (double& x : row) x = number(random);
  return row;
}

}  // namespace

TEST_CASE("row loops: peers at one distance are one run") {
  const std::vector<std::int32_t> to{1, 2, 3, 0}, from{3, 0, 1, 2};
  const std::vector<PeerRun> runs = peer_runs(to, from);
  REQUIRE(runs.size() == 3);  // the first and the last rank go around
  CHECK(runs[0].count == 1);
  CHECK(runs[0].from == 3);
  CHECK(runs[1].count == 2);
  CHECK(runs[1].to == 1);
  CHECK(runs[1].from == -1);
  CHECK(runs[2].to == -3);
}

TEST_CASE("row loops: an exchange by hand") {
  // Rank 2 is late and rank 0's message is slow.
  const std::vector<std::int32_t> to{1, 2, 0}, from{2, 0, 1};
  const Row ready{0, 1, 5}, alone{10, 2, 3};
  Row end(3);
  rows_exchange(peer_runs(to, from), ready.data(), alone.data(), end.data());
  // Messages end at 1 + 10, 5 + 2, 5 + 3; a rank ends with the later of its send and its receive.
  CHECK(end == Row{11, 11, 8});
}

TEST_CASE("row loops: kernels beside flights are those of one rank at a time") {
  std::mt19937 random(7);
  for (const std::size_t width : {1U, 7U, 8U, 64U, 129U}) {
    const Row ready = random_row(random, width, 0, 1), cost = random_row(random, width, 0.1, 2);
    // The first flight is under way or over when the kernel begins, the second follows without a gap.
    const Row begin = random_row(random, width, -1, 0), middle = random_row(random, width, -0.5, 1.5);
    const Row later = random_row(random, width, -1, 0), last = random_row(random, width, -0.5, 3);
    Row end(width), busy(width, 1.0), slow(width, 2.0), covered(width);
    const std::vector<FlightRows> flights{{begin.data(), middle.data()}, {later.data(), last.data()}};
    std::vector<char> met(2);
    const KernelRows kernel{ready.data(), cost.data(), 1.25, end.data(), busy.data(), slow.data()};
    REQUIRE(rows_of_slowed_kernel(kernel, flights, covered.data(), met, width));
    for (std::size_t w = 0; w < width; ++w) {
      std::vector<std::pair<double, double>> own{{begin[w], middle[w]}, {later[w], last[w]}};
      const double expected = slowed_end(ready[w], cost[w], 1.25, own);
      CHECK(end[w] == Approx(expected).epsilon(1e-14));
      CHECK(busy[w] == 1.0 + cost[w]);
      CHECK(slow[w] == Approx(2.0 + expected - ready[w] - cost[w]).epsilon(1e-14));
    }
  }
}

TEST_CASE("row loops: a gap between flights is seen, and so is who had ended before") {
  const Row ready{0, 0}, cost{1, 1}, over{-1, -1}, ended{-0.5, -0.5};
  const Row begin{0, 0.25}, end_of_flight{1, 1};
  Row end{7, 7}, busy{0, 0}, slow{0, 0}, covered(2);
  std::vector<char> met(2);
  const KernelRows kernel{ready.data(), cost.data(), 1.5, end.data(), busy.data(), slow.data()};
  const std::vector<FlightRows> flights{{over.data(), ended.data()}, {begin.data(), end_of_flight.data()}};
  CHECK_FALSE(rows_of_slowed_kernel(kernel, flights, covered.data(), met, 2));
  CHECK(end == Row{7, 7});
  CHECK(met[0] == 0);
  CHECK(met[1] == 1);
}
