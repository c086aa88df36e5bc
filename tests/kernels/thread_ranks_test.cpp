// The `threads` communicator: what arrives where, and that every kind of misbehaviour ends in an error on
// every rank, in time, that names who and what.
#include "kernels/thread_ranks.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "kernels/tensor_view.h"
#include "tests/catch.h"

using namespace kernels;
using namespace std::chrono_literals;

namespace {

using Numbers = std::vector<float>;

std::span<const std::byte> bytes(const Numbers& numbers) { return std::as_bytes(std::span(numbers)); }
std::span<std::byte> room(Numbers& numbers) { return std::as_writable_bytes(std::span(numbers)); }

// Catch2 may only be used from one thread at a time: ranks note what they see, the test looks afterwards.
template <class Value>
std::vector<Value> on_ranks(int size, const std::function<Value(Communicator&)>& body) {
  std::vector<Value> values(static_cast<std::size_t>(size));
  run_ranks(size, {},
            [&](Communicator& ranks) { values[static_cast<std::size_t>(ranks.rank())] = body(ranks); });
  return values;
}

struct Failed {
  std::string cause;
  std::vector<std::string> errors;
  std::chrono::milliseconds took{};
};

Failed failure_of(int size, std::chrono::milliseconds deadline,
                  const std::function<void(Communicator&)>& body) {
  const auto start = std::chrono::steady_clock::now();
  Failed failed;
  try {
    run_ranks(size, {deadline}, body);
  } catch (const RanksFailed& error) {
    failed.cause = error.what();
    failed.errors = error.errors();
  }
  failed.took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  return failed;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Every rank has an error that carries the same cause.
void check_all_know(const Failed& failed) {
  for (std::size_t rank = 0; rank < failed.errors.size(); ++rank) {
    INFO("rank " << rank << ": " << failed.errors[rank]);
    CHECK(says(failed.errors[rank], failed.cause));
    CHECK(says(failed.errors[rank], "rank " + std::to_string(rank)));
  }
}

constexpr std::chrono::milliseconds generous =
    20s;  // far less than a hang, far more than a busy machine needs

}  // namespace

TEST_CASE("a block that goes around a ring visits every rank and comes home") {
  for (const int size : {1, 2, 5, 16}) {
    const auto seen = on_ranks<std::vector<float>>(size, [&](Communicator& ranks) {
      Numbers block(1000, static_cast<float>(ranks.rank())), next(1000);
      std::vector<float> visitors;
      for (int hop = 0; hop < size; ++hop) {
        visitors.push_back(block.back());
        ranks.exchange(
            {bytes(block), (ranks.rank() + 1) % size, room(next), (ranks.rank() + size - 1) % size, hop % 2});
        std::swap(block, next);
      }
      visitors.push_back(block.front());
      return visitors;
    });
    for (int rank = 0; rank < size; ++rank)
      for (int hop = 0; hop <= size; ++hop) {
        const int from = (rank - hop % size + size) % size;
        REQUIRE(seen[static_cast<std::size_t>(rank)][static_cast<std::size_t>(hop)] ==
                static_cast<float>(from));
      }
  }
}

TEST_CASE("two exchanges in flight keep apart by their tags, whatever the order in which they finish") {
  const auto got = on_ranks<std::vector<float>>(3, [](Communicator& ranks) {
    const int to = (ranks.rank() + 1) % 3, from = (ranks.rank() + 2) % 3;
    const Numbers block(10, 1.0F), gradient(20, 2.0F);
    Numbers block_in(10), gradient_in(20);
    // Even ranks start with the block, odd ones with the gradient.
    std::unique_ptr<PendingExchange> first, second;
    const Exchange blocks{bytes(block), to, room(block_in), from, 0};
    const Exchange gradients{bytes(gradient), to, room(gradient_in), from, 1};
    first = ranks.start_exchange(ranks.rank() % 2 == 0 ? blocks : gradients);
    second = ranks.start_exchange(ranks.rank() % 2 == 0 ? gradients : blocks);
    first->finish();
    second->finish();
    return std::vector<float>{block_in[9], gradient_in[19]};
  });
  for (const auto& values : got) CHECK(values == std::vector<float>{1.0F, 2.0F});
}

TEST_CASE("gather, all-to-all and reduce-scatter move every part to its place") {
  constexpr int size = 4;
  const auto gathered = on_ranks<Numbers>(size, [](Communicator& ranks) {
    const Numbers mine = {static_cast<float>(ranks.rank()), 10.0F * static_cast<float>(ranks.rank())};
    Numbers all(2 * size);
    ranks.all_gather(bytes(mine), room(all));
    return all;
  });
  for (const Numbers& all : gathered) CHECK(all == Numbers{0, 0, 1, 10, 2, 20, 3, 30});

  const auto turned = on_ranks<Numbers>(size, [](Communicator& ranks) {
    Numbers out(size), in(size);
    for (int to = 0; to < size; ++to)
      out[static_cast<std::size_t>(to)] = static_cast<float>(10 * ranks.rank() + to);
    ranks.all_to_all(bytes(out), room(in));
    ranks.barrier();
    return in;
  });
  for (int rank = 0; rank < size; ++rank)
    for (int from = 0; from < size; ++from)
      CHECK(turned[static_cast<std::size_t>(rank)][static_cast<std::size_t>(from)] ==
            static_cast<float>(10 * from + rank));

  const auto summed = on_ranks<Numbers>(size, [](Communicator& ranks) {
    Numbers out(2 * size), in(2);
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>(i) * static_cast<float>(ranks.rank() + 1);
    ranks.reduce_scatter(out, in);
    return in;
  });
  for (std::size_t rank = 0; rank < size; ++rank)
    CHECK(summed[rank] ==
          Numbers{static_cast<float>(2 * rank * 10), static_cast<float>((2 * rank + 1) * 10)});
}

TEST_CASE("a bf16 reduce-scatter sums in fp32 and rounds once") {
  // 256 + 1 + 1 + 1: bf16 has 8 bits, so adding in bf16 would stay at 256; the sum 259 rounds to 260.
  const auto sums = on_ranks<float>(4, [](Communicator& ranks) {
    const std::vector<Bf16> out(4, to_bf16(ranks.rank() == 0 ? 256.0F : 1.0F));
    std::vector<Bf16> in(1);
    ranks.reduce_scatter(std::span<const Bf16>(out), std::span<Bf16>(in));
    return to_float(in[0]);
  });
  for (const float sum : sums) CHECK(sum == 260.0F);
}

TEST_CASE("a reduce-scatter adds in the order of the ranks, so its bits never change") {
  const auto body = [](Communicator& ranks) {
    // 1e8 + 1 - 1e8 + 1 is 1 from left to right in fp32, and 2 or 0 in other orders.
    const std::array<float, 4> parts = {1e8F, 1.0F, -1e8F, 1.0F};
    std::this_thread::sleep_for(std::chrono::milliseconds(5 * (3 - ranks.rank())));
    const Numbers out(4, parts.at(static_cast<std::size_t>(ranks.rank())));
    Numbers in(1);
    ranks.reduce_scatter(out, in);
    return in[0];
  };
  for (const float sum : on_ranks<float>(4, body)) CHECK(sum == 1.0F);
}

TEST_CASE("a message of the wrong size is an error on every rank that names both sizes") {
  const Failed failed = failure_of(3, generous, [](Communicator& ranks) {
    const Numbers out(ranks.rank() == 1 ? 16 : 32);
    Numbers in(32);
    for (int hop = 0; hop < 3; ++hop)
      ranks.exchange({bytes(out), (ranks.rank() + 1) % 3, room(in), (ranks.rank() + 2) % 3});
  });
  CHECK(says(failed.cause, "rank 1 sends 64 bytes with tag 0 to rank 2, which expects 128"));
  CHECK(says(failed.cause, "same size"));
  check_all_know(failed);
  CHECK(failed.took < generous);
}

TEST_CASE("a rank that throws stops all others at once") {
  const Failed failed = failure_of(4, generous, [](Communicator& ranks) {
    if (ranks.rank() == 2) throw ArgumentError("q is too short");
    Numbers all(4);
    const Numbers mine(1);
    ranks.all_gather(bytes(mine), room(all));
  });
  CHECK(failed.cause == "rank 2 threw: q is too short");
  check_all_know(failed);
  CHECK(failed.took < generous);
}

TEST_CASE("a rank that sleeps past the deadline is named on every rank") {
  // The others must not wait for it: they note when they got their error, while rank 0 still sleeps.
  for (const bool collective : {false, true}) {
    std::atomic<int> in_time{0};
    std::atomic<bool> awake{false};
    const Failed failed = failure_of(3, 200ms, [&](Communicator& ranks) {
      if (ranks.rank() == 0) {
        std::this_thread::sleep_for(2s);
        awake = true;
      }
      try {
        const Numbers out(8);
        Numbers in(8);
        if (collective)
          ranks.barrier();
        else
          ranks.exchange({bytes(out), (ranks.rank() + 1) % 3, room(in), (ranks.rank() + 2) % 3, 7});
      } catch (const CommunicatorError& error) {
        if (!awake) ++in_time;
        if (error.cause_rank() != 0 && !collective) throw ArgumentError("the wrong rank is blamed");
        throw;
      }
    });
    INFO(failed.cause);
    CHECK(says(failed.cause, "within 200 ms"));
    CHECK(says(failed.cause, collective ? "rank 0 did not come to the barrier"
                                        : "rank 0 did not come to the exchange (tag 7"));
    CHECK(says(failed.cause, "longer deadline"));
    CHECK(in_time == 2);
    check_all_know(failed);
  }
}

TEST_CASE("a rank may set its own deadline, and its failure is the failure of all") {
  const Failed failed = failure_of(3, generous, [](Communicator& ranks) {
    if (ranks.rank() == 1) ranks.set_deadline(100ms);
    if (ranks.rank() == 2) std::this_thread::sleep_for(1s);
    ranks.barrier();
  });
  CHECK(says(failed.cause, "rank 2 did not come to the barrier of rank 1 within 100 ms"));
  check_all_know(failed);
}

TEST_CASE("a rank that has returned is missed at once, not at the deadline") {
  for (const bool collective : {false, true}) {
    const Failed failed = failure_of(3, generous, [&](Communicator& ranks) {
      if (ranks.rank() == 1) return;
      Numbers in(8);
      const Numbers out(8);
      if (collective)
        ranks.barrier();
      else
        ranks.exchange({bytes(out), 1, room(in), 1});
    });
    INFO(failed.cause);
    CHECK(says(failed.cause, "rank 1 returned without taking part in the"));
    CHECK(failed.errors[1] == "");
    CHECK(says(failed.errors[0], failed.cause));
    CHECK(says(failed.errors[2], failed.cause));
    CHECK(failed.took < generous);
  }
}

TEST_CASE("ranks in different operations, or in one with different sizes, are told apart") {
  const Failed operations = failure_of(3, generous, [](Communicator& ranks) {
    const Numbers mine(1);
    Numbers all(3);
    if (ranks.rank() == 1)
      ranks.barrier();
    else
      ranks.all_gather(bytes(mine), room(all));
  });
  CHECK(says(operations.cause, "in barrier"));
  CHECK(says(operations.cause, "in all_gather"));
  CHECK(says(operations.cause, "same order"));
  check_all_know(operations);

  const Failed sizes = failure_of(3, generous, [](Communicator& ranks) {
    const Numbers mine(ranks.rank() == 1 ? 2 : 1);
    Numbers all(3 * mine.size());
    ranks.all_gather(bytes(mine), room(all));
  });
  INFO(sizes.cause);
  CHECK(says(sizes.cause, "with 4"));
  CHECK(says(sizes.cause, "with 8"));
  check_all_know(sizes);
}

TEST_CASE("impossible buffers and peers are refused with the remedy") {
  const Failed buffer = failure_of(2, generous, [](Communicator& ranks) {
    const Numbers mine(4);
    Numbers all(7);
    ranks.all_gather(bytes(mine), room(all));
  });
  CHECK(says(buffer.cause, "one equal part per rank"));
  check_all_know(buffer);
  const Failed peer = failure_of(2, generous, [](Communicator& ranks) {
    const Numbers out(4);
    Numbers in(4);
    ranks.exchange({bytes(out), ranks.rank() + 1, room(in), 0});
  });
  CHECK(says(peer.cause, "names rank 2, which does not exist; ranks are 0 to 1"));
  check_all_know(peer);
  CHECK_THROWS_AS(run_ranks(0, {}, [](Communicator&) {}), ArgumentError);
}

TEST_CASE("abort stops every rank with the given reason, also in operations that start later") {
  const Failed failed = failure_of(3, generous, [](Communicator& ranks) {
    ranks.barrier();
    if (ranks.rank() == 0) ranks.abort("the loss is NaN");
    if (ranks.rank() == 1) std::this_thread::sleep_for(50ms);
    ranks.barrier();
  });
  CHECK(failed.cause == "rank 0 aborted: the loss is NaN");
  check_all_know(failed);
}

TEST_CASE("an exchange that is left behind by an error does not touch dead memory") {
  // Rank 0 throws with an exchange in flight; its buffers die with the exception.
  for (int round = 0; round < 20; ++round) {
    const Failed failed = failure_of(2, generous, [&](Communicator& ranks) {
      Numbers out(100'000), in(100'000);
      const auto pending = ranks.start_exchange({bytes(out), 1 - ranks.rank(), room(in), 1 - ranks.rank()});
      if (ranks.rank() == 0) throw ArgumentError("stop");
      pending->finish();
      ranks.barrier();
    });
    REQUIRE(failed.cause == "rank 0 threw: stop");
  }
}

TEST_CASE("an exchange is finished once") {
  const Failed failed = failure_of(1, generous, [](Communicator& ranks) {
    const Numbers out(1);
    Numbers in(1);
    const auto pending = ranks.start_exchange({bytes(out), 0, room(in), 0});
    pending->finish();
    pending->finish();
  });
  CHECK(says(failed.cause, "finished before"));
}
