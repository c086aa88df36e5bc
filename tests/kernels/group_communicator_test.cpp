// Groups of ranks talk among themselves, side by side, and send exactly what the closed formulas say.
#include "kernels/group_communicator.h"

#include <chrono>
#include <numeric>
#include <thread>

#include "kernels/tensor_view.h"
#include "kernels/thread_ranks.h"
#include "tests/catch.h"
#include "validation/lane_communicator.h"

using namespace kernels;

namespace {

// Even and odd ranks of six, the odd ones in falling order.
std::vector<int> members_for(int rank) {
  return rank % 2 == 0 ? std::vector<int>{0, 2, 4} : std::vector<int>{5, 3, 1};
}

std::span<const std::byte> bytes_of_numbers(const std::vector<float>& numbers) {
  return std::as_bytes(std::span(numbers));
}
std::span<std::byte> writable(std::vector<float>& numbers) {
  return std::as_writable_bytes(std::span(numbers));
}

template <class Call>
bool refuses(Call call) {
  try {
    call();
  } catch (const ArgumentError&) {
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("group: collectives follow the order of the members and leave other groups alone") {
  run_ranks(6, {}, [](Communicator& world) {
    validation::LaneCommunicator counted(world);
    const std::vector<int> members = members_for(world.rank());
    GroupCommunicator group(counted, members, 100 + world.rank() % 2);
    const float mine = static_cast<float>(world.rank());
    std::vector<float> send{mine}, all(3);
    group.all_gather(bytes_of_numbers(send), writable(all));
    for (std::size_t m = 0; m < 3; ++m)
      if (all[m] != static_cast<float>(members[m])) throw std::runtime_error("all_gather");
    if (counted.sent() != 2 * 4) throw std::runtime_error("all_gather sends its part to both others");
    std::vector<float> parts{mine, mine + 10, mine + 20}, received(3), sum(1);
    group.all_to_all(bytes_of_numbers(parts), writable(received));
    for (std::size_t m = 0; m < 3; ++m)
      if (received[m] != static_cast<float>(members[m] + 10 * group.rank()))
        throw std::runtime_error("all_to_all");
    group.reduce_scatter(std::span<const float>(parts), std::span<float>(sum));
    const float total = std::accumulate(received.begin(), received.end(), 0.0F);
    if (sum[0] != total) throw std::runtime_error("reduce_scatter");
    group.barrier();
    if (counted.sent() != 3 * 2 * 4) throw std::runtime_error("each collective sends two parts");
  });
}

TEST_CASE("group: exchanges name members, and a rank outside cannot make the group") {
  run_ranks(6, {}, [](Communicator& world) {
    GroupCommunicator group(world, members_for(world.rank()), 7);
    std::vector<float> send{static_cast<float>(group.rank())}, receive(1);
    group.exchange(
        {bytes_of_numbers(send), (group.rank() + 1) % 3, writable(receive), (group.rank() + 2) % 3, 0});
    if (receive[0] != static_cast<float>((group.rank() + 2) % 3)) throw std::runtime_error("exchange");
    if (!refuses([&] {
          group.exchange({bytes_of_numbers(send), 3, writable(receive), 0, 0});
        }) ||
        !refuses([&] { group.all_gather(bytes_of_numbers(send), writable(receive)); }) ||
        !refuses([&] { GroupCommunicator(world, {(world.rank() + 1) % 6}, 0); }))
      throw std::runtime_error("a wrong argument was taken");
  });
}

namespace {

// What the other rank of two sent, with the order of starting turned round between them.
struct Turned {
  Communicator& world;
  bool first() const { return world.rank() == 0; }
  // Both orders of two calls, the second one in a thread of its own after the first one has started.
  template <class A, class B>
  void both(A a, B b) const {
    const auto later = [&](auto& call) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      call();
    };
    if (first()) {
      const std::jthread second([&] { later(b); });
      a();
    } else {
      const std::jthread second([&] { later(a); });
      b();
    }
  }
};

}  // namespace

TEST_CASE("group: messages of two groups of the same ranks are told apart whatever order they start in") {
  run_ranks(2, {}, [](Communicator& world) {
    GroupCommunicator one(world, {0, 1}, 100), other(world, {0, 1}, 200);
    const int peer = 1 - world.rank();
    const float mine = static_cast<float>(world.rank());
    std::vector<float> to_one{mine + 10}, to_other{mine + 20}, from_one(1), from_other(1);
    const auto start = [&](GroupCommunicator& group, std::vector<float>& send, std::vector<float>& receive) {
      return group.start_exchange({bytes_of_numbers(send), peer, writable(receive), peer, 0});
    };
    std::unique_ptr<PendingExchange> a, b;
    if (world.rank() == 0) a = start(one, to_one, from_one);
    b = start(other, to_other, from_other);
    if (world.rank() == 1) a = start(one, to_one, from_one);
    a->finish();
    b->finish();
    if (from_one[0] != static_cast<float>(peer) + 10 || from_other[0] != static_cast<float>(peer) + 20)
      throw std::runtime_error("exchanges of two groups met");
  });
}

TEST_CASE("group: collectives of two groups, and a group's exchange beside its collective, do not meet") {
  run_ranks(2, {}, [](Communicator& world) {
    GroupCommunicator one(world, {0, 1}, 100), other(world, {0, 1}, 200);
    const int peer = 1 - world.rank();
    const float mine = static_cast<float>(world.rank()), theirs = static_cast<float>(peer);
    std::vector<float> to_one{mine + 10}, to_other{mine + 20}, all_one(2), all_other(2);
    Turned{world}.both([&] { one.all_gather(bytes_of_numbers(to_one), writable(all_one)); },
                       [&] { other.all_gather(bytes_of_numbers(to_other), writable(all_other)); });
    const std::size_t p = static_cast<std::size_t>(peer);
    if (all_one[p] != theirs + 10 || all_other[p] != theirs + 20)
      throw std::runtime_error("collectives of two groups met");
    std::vector<float> received(1);
    Turned{world}.both([&] { one.all_gather(bytes_of_numbers(to_one), writable(all_one)); },
                       [&] {
                         one.exchange({bytes_of_numbers(to_other), peer, writable(received), peer, 0});
                       });
    if (all_one[p] != theirs + 10 || received[0] != theirs + 20)
      throw std::runtime_error("an exchange met a collective");
  });
}
