// One rank's end of a communicator over NCCL: what is called, in which order, and when to give up.
//
// Written against two seams, so that its deadlines and failures are tested without a GPU: the table of NCCL's
// functions, and NcclQueue, the little that it needs of a GPU.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "kernels/communicator.h"
#include "kernels/nccl/nccl_functions.h"
#include "kernels/nccl_ranks.h"

namespace kernels {

// The stream that messages are queued on.
class NcclQueue {
 public:
  NcclQueue() = default;
  NcclQueue(const NcclQueue&) = delete;
  NcclQueue& operator=(const NcclQueue&) = delete;
  virtual ~NcclQueue() = default;

  virtual cudaStream_t stream() = 0;
  // What is queued from now on starts after the rank's own work so far.
  virtual void follow_work() = 0;
  virtual bool is_done() = 0;
  // Device memory that stays until the next call.
  virtual std::byte* scratch(std::size_t bytes) = 0;
  virtual void sum(const std::byte* parts, int number, Element element, std::size_t count, std::byte* to) = 0;
};

// The failure that the ranks of one process share.
class SharedFailure {
 public:
  struct What {
    int rank;
    std::string cause;
  };
  void set(int rank, const std::string& cause);  // the first counts
  std::optional<What> what() const;

 private:
  mutable std::mutex mutex_;
  std::optional<What> what_;
};

class NcclCommunicator : public Communicator {
 public:
  // Connects; throws CommunicatorError when that fails or takes longer than the deadline.
  NcclCommunicator(NcclFunctions nccl, NcclQueue& queue, SharedFailure& failure, const NcclPlace& place,
                   const NcclOptions& options);
  ~NcclCommunicator() override;

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }
  void set_deadline(std::chrono::milliseconds deadline) override { deadline_ = deadline; }

  std::unique_ptr<PendingExchange> start_exchange(const Exchange& exchange) override;
  void all_gather(std::span<const std::byte> send, std::span<std::byte> receive) override;
  void all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) override;
  void reduce_scatter(std::span<const float> send, std::span<float> receive) override;
  void reduce_scatter(std::span<const Bf16> send, std::span<Bf16> receive) override;
  void barrier() override;
  void abort(const std::string& reason) override;

 private:
  friend class NcclExchange;
  struct Operation {
    std::string name;
    int blame;  // the rank that is probably late
  };

  void wait_until_done(const Operation& operation);
  // Polls NCCL until it is no longer in progress and done() holds.
  void poll(const Operation& operation, const std::function<bool()>& done);
  void check(const Operation& operation, ncclResult_t result);
  void throw_if_failed(const Operation& operation);
  [[noreturn]] void fail(const Operation& operation, int cause_rank, const std::string& cause);
  void drop();
  void check_sizes(const Operation& operation, std::size_t whole, std::size_t part);
  void send_parts(const Operation& operation, const std::byte* send, std::byte* receive, std::size_t part);
  void sum_parts(std::span<const std::byte> send, std::span<std::byte> receive, Element element);
  Operation collective(const char* name) const { return {name, place_.rank}; }

  NcclFunctions nccl_;
  NcclQueue& queue_;
  SharedFailure& failure_;
  NcclPlace place_;
  std::chrono::milliseconds deadline_;
  ncclComm_t communicator_ = nullptr;
};

}  // namespace kernels
