// Groups of ranks talk among themselves, side by side, and send exactly what the closed formulas say.
#include "kernels/group_communicator.h"

#include <numeric>

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
