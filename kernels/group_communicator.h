// A communicator of some ranks of another one, made of that one's exchanges: tensor, head and ring groups of
// a plan.
//
// Collectives go straight from every member to every other, size() - 1 exchanges each, so that each rank
// sends exactly what the collective's closed formula says.  Sums are in the order of the members and need
// buffers in host memory; everything else takes whatever memory `world` takes.
#pragma once

#include <vector>

#include "kernels/communicator.h"

namespace kernels {

class GroupCommunicator : public Communicator {
 public:
  // `members` are ranks of `world` in the order of the group, the calling rank among them; all members give
  // the same list.  Exchanges use tags from `first_tag` on (collectives the first one), which nothing else in
  // `world` may use between members.
  GroupCommunicator(Communicator& world, std::vector<int> members, int first_tag);

  int rank() const override { return me_; }
  int size() const override { return static_cast<int>(members_.size()); }
  void set_deadline(std::chrono::milliseconds deadline) override { world_.set_deadline(deadline); }
  std::unique_ptr<PendingExchange> start_exchange(const Exchange& exchange) override;
  void all_gather(std::span<const std::byte> send, std::span<std::byte> receive) override;
  void all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) override;
  void reduce_scatter(std::span<const float> send, std::span<float> receive) override;
  void reduce_scatter(std::span<const Bf16> send, std::span<Bf16> receive) override;
  void barrier() override;
  void abort(const std::string& reason) override { world_.abort(reason); }

 private:
  void to_and_from_all(const char* operation, std::span<const std::byte> send, std::size_t send_step,
                       std::size_t part, std::span<std::byte> receive);

  Communicator& world_;
  std::vector<int> members_;
  int first_tag_;
  int me_ = 0;
};

}  // namespace kernels
