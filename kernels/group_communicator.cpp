#include "kernels/group_communicator.h"

#include <algorithm>
#include <utility>

#include "kernels/sum_of_parts.h"
#include "kernels/tensor_view.h"

namespace kernels {

GroupCommunicator::GroupCommunicator(Communicator& world, std::vector<int> members, int first_tag)
    : world_(world), members_(std::move(members)), first_tag_(first_tag) {
  const auto mine = std::find(members_.begin(), members_.end(), world.rank());
  if (mine == members_.end())
    throw ArgumentError("GroupCommunicator: rank " + std::to_string(world.rank()) +
                        " is not among the members; only members may make the group");
  me_ = static_cast<int>(mine - members_.begin());
}

std::unique_ptr<PendingExchange> GroupCommunicator::start_exchange(const Exchange& exchange) {
  for (const int peer : {exchange.to, exchange.from})
    if (peer < 0 || peer >= size())
      throw ArgumentError("exchange: member " + std::to_string(peer) + " does not exist; members are 0 to " +
                          std::to_string(size() - 1));
  Exchange moved = exchange;
  moved.to = members_[static_cast<std::size_t>(exchange.to)];
  moved.from = members_[static_cast<std::size_t>(exchange.from)];
  moved.tag = first_tag_ + 1 + exchange.tag;
  return world_.start_exchange(moved);
}

// Part m of send (at m x send_step) goes to member m, part m of receive comes from there.
void GroupCommunicator::to_and_from_all(const char* operation, std::span<const std::byte> send,
                                        std::size_t send_step, std::size_t part,
                                        std::span<std::byte> receive) {
  const std::size_t all = static_cast<std::size_t>(size());
  if (receive.size() != part * all || send.size() != (send_step == 0 ? part : part * all))
    throw ArgumentError(std::string(operation) + ": buffers of " + std::to_string(send.size()) + " and " +
                        std::to_string(receive.size()) + " bytes for " + std::to_string(all) +
                        " members; the larger one must hold one equal part per member");
  const std::size_t me = static_cast<std::size_t>(me_);
  // All are started before one is finished: a member that is late holds up nobody but itself.  The own part
  // too is an exchange, since only `world` knows how to copy where the buffers lie.
  std::vector<std::unique_ptr<PendingExchange>> pending;
  pending.reserve(all);
  for (std::size_t hop = part > 0 ? 0 : 1; hop < all; ++hop) {
    const std::size_t to = (me + hop) % all, from = (me + all - hop) % all;
    pending.push_back(
        world_.start_exchange({send.subspan(to * send_step, part), members_[to],
                               receive.subspan(from * part, part), members_[from], first_tag_}));
  }
  for (const auto& exchange : pending) exchange->finish();
}

void GroupCommunicator::all_gather(std::span<const std::byte> send, std::span<std::byte> receive) {
  to_and_from_all("all_gather", send, 0, send.size(), receive);
}

void GroupCommunicator::all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) {
  const std::size_t part = send.size() / static_cast<std::size_t>(size());
  to_and_from_all("all_to_all", send, part, part, receive);
}

void GroupCommunicator::reduce_scatter(std::span<const float> send, std::span<float> receive) {
  std::vector<float> parts(send.size());
  to_and_from_all("reduce_scatter", std::as_bytes(send), receive.size_bytes(), receive.size_bytes(),
                  std::as_writable_bytes(std::span(parts)));
  sum_of_parts<float>(parts, receive);
}

void GroupCommunicator::reduce_scatter(std::span<const Bf16> send, std::span<Bf16> receive) {
  std::vector<Bf16> parts(send.size());
  to_and_from_all("reduce_scatter", std::as_bytes(send), receive.size_bytes(), receive.size_bytes(),
                  std::as_writable_bytes(std::span(parts)));
  sum_of_parts<Bf16>(parts, receive);
}

void GroupCommunicator::barrier() { to_and_from_all("barrier", {}, 0, 0, {}); }

}  // namespace kernels
