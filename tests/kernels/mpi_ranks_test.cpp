// The communicator `mpi`: this program is started again by mpirun, as ranks that play one of the hidden cases
// below.  Skipped, with a word, where there is no mpirun.
#include <filesystem>
#include <iostream>
#include <numeric>
#include <thread>

#include "tests/catch.h"
#include "tests/kernels/mpi_processes.h"

using namespace kernels;
using std::chrono::milliseconds;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::span<const std::byte> read(const std::vector<float>& numbers) {
  return std::as_bytes(std::span(numbers));
}
std::span<std::byte> write(std::vector<float>& numbers) { return std::as_writable_bytes(std::span(numbers)); }

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

// Each rank has one number, 10 x its rank.
void good_ranks(Communicator& ranks) {
  const int size = ranks.size(), me = ranks.rank(), next = (me + 1) % size, before = (me + size - 1) % size;
  std::vector<float> mine{10.0F * static_cast<float>(me)}, got(1), all(static_cast<std::size_t>(size));
  // Two in flight, finished in another order than they were started in.
  std::vector<float> other(1);
  auto first = ranks.start_exchange({read(mine), next, write(got), before, 1});
  auto second = ranks.start_exchange({read(mine), before, write(other), next, 2});
  second->finish();
  first->finish();
  require(got[0] == 10.0F * static_cast<float>(before) && other[0] == 10.0F * static_cast<float>(next),
          "exchange");
  ranks.exchange({read(mine), me, write(got), me, 3});
  require(got == mine, "exchange with itself");
  ranks.all_gather(read(mine), write(all));
  for (int r = 0; r < size; ++r)
    require(all[static_cast<std::size_t>(r)] == 10.0F * static_cast<float>(r), "all_gather");
  std::vector<float> parts(all.size()), swapped(all.size()), sum(1);
  std::iota(parts.begin(), parts.end(), mine[0]);
  ranks.all_to_all(read(parts), write(swapped));
  for (int r = 0; r < size; ++r)
    require(swapped[static_cast<std::size_t>(r)] == static_cast<float>(10 * r + me), "all_to_all");
  ranks.reduce_scatter(std::span<const float>(parts), std::span<float>(sum));
  require(sum[0] == std::accumulate(swapped.begin(), swapped.end(), 0.0F), "reduce_scatter");
  std::vector<float> large(1 << 20, mine[0]), incoming(large.size());
  ranks.exchange({read(large), next, write(incoming), before, 4});
  require(incoming.back() == 10.0F * static_cast<float>(before), "a large message");
  ranks.barrier();
}

void play(const std::string& name, Communicator& ranks) {
  std::vector<float> one(16), two(32);
  if (name == "good") {
    good_ranks(ranks);
  } else if (name == "size") {
    std::vector<float>& receive = ranks.rank() == 1 ? two : one;
    ranks.exchange({read(one), (ranks.rank() + 1) % 3, write(receive), (ranks.rank() + 2) % 3, 0});
    ranks.barrier();
  } else if (name == "operation") {
    if (ranks.rank() == 0)
      ranks.barrier();
    else
      ranks.reduce_scatter(std::span<const float>(std::vector<float>(3)), std::span<float>(one).first(1));
  } else if (name == "late") {
    if (ranks.rank() == 1) std::this_thread::sleep_for(milliseconds(800));
    ranks.barrier();
  } else if (name == "abort") {
    if (ranks.rank() == 2) ranks.abort("the loss is NaN");
    ranks.barrier();
  }
}

program::ShellResult run_case(const std::string& name) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  return program::shell("export RINGSIDE_TEST_CASE=" + name + "; R=" + self + "; " + mpi_processes::start(3) +
                        "'mpi rank: plays a case'");
}

// How often rank 0, 1 and 2 say this.
void check_all_say(const program::ShellResult& result, const std::string& what) {
  INFO(result.out << result.err);
  CHECK(result.exit == 3);
  for (const char* rank : {"rank 0 says: ", "rank 1 says: ", "rank 2 says: "}) {
    const std::size_t at = result.out.find(rank);
    REQUIRE(at != std::string::npos);
    CHECK(has(result.out.substr(at, result.out.find('\n', at) - at), what));
  }
}

}  // namespace

TEST_CASE("mpi rank: plays a case", "[.]") {
  MpiSession session(milliseconds(500));
  try {
    play(std::getenv("RINGSIDE_TEST_CASE"), session.communicator());
  } catch (const std::exception& error) {
    std::cout << "rank " + std::to_string(session.communicator().rank()) + " says: " + error.what() + "\n"
              << std::flush;
    session.leave_after_failure(error.what(), 3);
  }
}

TEST_CASE("mpi: exchanges and collectives between processes, and every way to fail on all ranks") {
  if (const std::string why = mpi_processes::missing(); !why.empty()) {
    WARN("skipped: " << why);
    return;
  }
  const auto good = run_case("good");
  INFO(good.out << good.err);
  CHECK(good.exit == 0);
  check_all_say(run_case("size"), "rank 0 sends 64 bytes with tag 0 to rank 1, which expects 128");
  check_all_say(run_case("operation"), "all ranks must call the same operations in the same order");
  check_all_say(run_case("late"), "rank 1 did not come to the barrier of rank ");
  check_all_say(run_case("abort"), "rank 2 aborted: the loss is NaN");
}
