#include "kernels/mpi_ranks.h"

#include "kernels/tensor_view.h"

#ifdef RINGSIDE_HAS_MPI

#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/mpi_group.h"

namespace kernels {

namespace {

class MpiExchange : public PendingExchange {
 public:
  MpiExchange(MpiGroup& group, const Exchange& exchange, std::chrono::milliseconds deadline)
      : group_(group), deadline_(deadline), name_(name_of(exchange)) {
    for (const int peer : {exchange.to, exchange.from})
      if (peer < 0 || peer >= group.size())
        group_.fail_here(name_, group.rank(),
                         "rank " + std::to_string(group.rank()) + " names rank " + std::to_string(peer) +
                             ", which does not exist; ranks are 0 to " + std::to_string(group.size() - 1));
    message_.emplace(group, MpiChannel::exchanges, exchange, name_);
  }

  void finish() override {
    if (finished_) throw ArgumentError("finish: this exchange was finished before; start a new one");
    finished_ = true;
    group_.finish({&*message_, 1}, name_, deadline_);
  }

 private:
  static std::string name_of(const Exchange& exchange) {
    return "exchange (tag " + std::to_string(exchange.tag) + ", to rank " + std::to_string(exchange.to) +
           ", from rank " + std::to_string(exchange.from) + ")";
  }

  MpiGroup& group_;
  std::chrono::milliseconds deadline_;
  std::string name_;
  std::optional<MpiMessage> message_;
  bool finished_ = false;
};

// Tags of the channel of collectives: so a rank sees which one another rank is in.
constexpr int all_gather_tag = 0, all_to_all_tag = 1, reduce_scatter_tag = 2, barrier_tag = 3;

class MpiCommunicator : public Communicator {
 public:
  MpiCommunicator(MpiGroup& group, std::chrono::milliseconds deadline) : group_(group), deadline_(deadline) {}

  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  void set_deadline(std::chrono::milliseconds deadline) override { deadline_ = deadline; }

  std::unique_ptr<PendingExchange> start_exchange(const Exchange& exchange) override {
    return std::make_unique<MpiExchange>(group_, exchange, deadline_);
  }
  void all_gather(std::span<const std::byte> send, std::span<std::byte> receive) override {
    to_and_from_all(all_gather_tag, send, 0, send.size(), receive);
  }
  void all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) override {
    const std::size_t part = send.size() / static_cast<std::size_t>(size());
    to_and_from_all(all_to_all_tag, send, part, part, receive);
  }
  void reduce_scatter(std::span<const float> send, std::span<float> receive) override {
    summed<float>(send, receive);
  }
  void reduce_scatter(std::span<const Bf16> send, std::span<Bf16> receive) override {
    summed<Bf16>(send, receive);
  }
  void barrier() override { to_and_from_all(barrier_tag, {}, 0, 0, {}); }
  void abort(const std::string& reason) override {
    group_.fail(rank(), "rank " + std::to_string(rank()) + " aborted: " + reason);
  }

 private:
  template <class Number>
  void summed(std::span<const Number> send, std::span<Number> receive) {
    std::vector<Number> parts(send.size());
    to_and_from_all(reduce_scatter_tag, std::as_bytes(send), receive.size_bytes(), receive.size_bytes(),
                    std::as_writable_bytes(std::span(parts)));
    sum_of_parts<Number>(parts, receive);
  }

  // Part r of send (at r x send_step) goes to rank r, part r of receive comes from there.
  void to_and_from_all(int tag, std::span<const std::byte> send, std::size_t send_step, std::size_t part,
                       std::span<std::byte> receive) {
    const std::string name(collective_name(tag));
    const std::size_t all = static_cast<std::size_t>(size()), me = static_cast<std::size_t>(rank());
    if (receive.size() != part * all || send.size() != (send_step == 0 ? part : part * all))
      group_.fail_here(name, rank(),
                       "rank " + std::to_string(rank()) + " gives buffers of " + std::to_string(send.size()) +
                           " and " + std::to_string(receive.size()) + " bytes for " + std::to_string(all) +
                           " ranks; the larger one must hold one equal part per rank");
    if (part > 0) std::memcpy(receive.data() + me * part, send.data() + me * send_step, part);
    std::vector<MpiMessage> messages;
    messages.reserve(all);
    for (std::size_t hop = 1; hop < all; ++hop) {
      const std::size_t to = (me + hop) % all, from = (me + all - hop) % all;
      messages.emplace_back(group_, MpiChannel::collectives,
                            Exchange{send.subspan(to * send_step, part), static_cast<int>(to),
                                     receive.subspan(from * part, part), static_cast<int>(from), tag},
                            name);
    }
    group_.finish(messages, name, deadline_);
  }

  MpiGroup& group_;
  std::chrono::milliseconds deadline_;
};

}  // namespace

class MpiSession::Implementation {
 public:
  explicit Implementation(std::chrono::milliseconds deadline) : communicator(group, deadline) {}
  MpiGroup group;
  MpiCommunicator communicator;
};

bool has_mpi() { return true; }

MpiSession::MpiSession(std::chrono::milliseconds deadline)
    : implementation_(std::make_unique<Implementation>(deadline)) {}
MpiSession::~MpiSession() = default;
Communicator& MpiSession::communicator() { return implementation_->communicator; }

void MpiSession::leave_after_failure(const std::string& reason, int exit_code) {
  implementation_->group.fail(implementation_->group.rank(),
                              "rank " + std::to_string(implementation_->group.rank()) + " failed: " + reason);
  implementation_->group.end_job(exit_code);
}

}  // namespace kernels

#else

namespace kernels {

class MpiSession::Implementation {};

bool has_mpi() { return false; }

MpiSession::MpiSession(std::chrono::milliseconds) {
  throw ArgumentError(
      "this ringside was built without MPI; install libopenmpi-dev and openmpi-bin and build it again, or "
      "start it without mpirun: ranks are then threads");
}
MpiSession::~MpiSession() = default;
Communicator& MpiSession::communicator() { throw std::logic_error("MpiSession: there is no MPI"); }
void MpiSession::leave_after_failure(const std::string& reason, int) { throw std::logic_error(reason); }

}  // namespace kernels

#endif
