// What ranks say to each other: exchange, gather, scatter, barrier, and how all of them stop when one fails.
//
// The promise every implementation keeps: an operation ends within the deadline, either done or with a
// CommunicatorError on *every* rank that is in an operation or starts one later.  A rank that dies, comes
// late or sends the wrong size never leaves the others waiting.  After a failure the communicator is used up.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "kernels/element.h"

namespace kernels {

// what() names the rank that reports, its operation, the cause, and what to do about it.
class CommunicatorError : public std::runtime_error {
 public:
  CommunicatorError(int reporting_rank, const std::string& operation, const std::string& cause,
                    int cause_rank);

  const std::string& cause() const { return cause_; }
  int cause_rank() const { return cause_rank_; }  // who is to blame, as far as one can tell

 private:
  std::string cause_;
  int cause_rank_;
};

// Send to one rank, receive from another (they may be the same, or this one).  The n-th exchange that a rank
// starts towards a peer with a tag meets the n-th that the peer starts from there with the same tag, so
// exchanges in flight at the same time, such as a visiting block and the gradient that follows it, need
// different tags only if the peers may start them in a different order.
struct Exchange {
  std::span<const std::byte> send;
  int to = 0;
  std::span<std::byte> receive;  // must be exactly as large as what the peer sends
  int from = 0;
  int tag = 0;
};

// An exchange that was started.  Its buffers must stay as they are until finish() returns; destroying it
// unfinished withdraws it, which is only for leaving after an error.
class PendingExchange {
 public:
  PendingExchange() = default;
  PendingExchange(const PendingExchange&) = delete;
  PendingExchange& operator=(const PendingExchange&) = delete;
  virtual ~PendingExchange() = default;

  virtual void finish() = 0;  // once
};

// One rank's end.  The ranks call the same collectives in the same order, one at a time.  Exchanges with
// different tags may be started and finished in several threads of a rank at once, also beside a collective:
// the lanes of a schedule are such threads.  Everything else is for one thread.
class Communicator {
 public:
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  // How long an operation may wait for other ranks, from the moment that it blocks.
  virtual void set_deadline(std::chrono::milliseconds deadline) = 0;

  virtual std::unique_ptr<PendingExchange> start_exchange(const Exchange& exchange) = 0;
  void exchange(const Exchange& exchange) { start_exchange(exchange)->finish(); }

  // receive = what rank 0 sent, then rank 1, ...: size() times as large as send.
  virtual void all_gather(std::span<const std::byte> send, std::span<std::byte> receive) = 0;
  // Part r of send, one of size() equal parts, goes to rank r; part s of receive comes from rank s.
  virtual void all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) = 0;
  // receive = sum over ranks 0, 1, ... (in this order, in fp32) of part rank() of what each sent.
  virtual void reduce_scatter(std::span<const float> send, std::span<float> receive) = 0;
  virtual void reduce_scatter(std::span<const Bf16> send, std::span<Bf16> receive) = 0;
  virtual void barrier() = 0;

  // Makes the current and all later operations of all ranks fail with this reason.
  virtual void abort(const std::string& reason) = 0;
};

}  // namespace kernels
