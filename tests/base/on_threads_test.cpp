#include "costmodel/base/on_threads.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/catch.h"

TEST_CASE("threads: each does its work once, also when one is asked for") {
  for (const int threads : {0, 1, 4}) {
    std::vector<std::atomic<int>> calls(4);
    costmodel::on_threads(
        threads, [&](int t) { ++calls[static_cast<std::size_t>(t)]; }, [] {});
    for (int t = 0; t < 4; ++t)
      CHECK(calls[static_cast<std::size_t>(t)] == (t < std::max(1, threads) ? 1 : 0));
  }
}

TEST_CASE("threads: what one throws stops the others and is thrown when they have ended") {
  std::atomic<bool> stopped{false};
  std::atomic<int> ended{0};
  const auto work = [&](int t) {
    if (t == 2) throw std::runtime_error("two");
    while (!stopped) std::this_thread::yield();
    ++ended;
  };
  CHECK_THROWS_WITH(costmodel::on_threads(4, work, [&] { stopped = true; }), "two");
  CHECK(ended == 3);
}
