// The processes of an MPI job as mpi_ranks.cpp uses them: messages that are polled, and one failure that all
// ranks learn of.  For that file alone.
//
// MPI is called by one thread at a time, under one lock; lanes of a rank take turns.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/communicator.h"
#include "kernels/sum_of_parts.h"

namespace kernels {

// Exchanges and collectives never see each other's messages.
enum class MpiChannel { exchanges, collectives, failures };

class MpiGroup;

// One message out and one in.  Made under way; MpiGroup::finish ends it.
class MpiMessage {
 public:
  MpiMessage(MpiGroup& group, MpiChannel channel, const Exchange& exchange, const std::string& operation);
  ~MpiMessage();
  MpiMessage(MpiMessage&& other) noexcept;
  MpiMessage(const MpiMessage&) = delete;
  MpiMessage& operator=(const MpiMessage&) = delete;

  // What the message still waits for: its peer's name, or nothing when it is done.  The lock is held.
  std::optional<int> waits_for(const std::string& operation);

 private:
  void look_for_incoming(const std::string& operation);

  MpiGroup* group_;
  MpiChannel channel_;
  Exchange exchange_;
  MPI_Request sending_ = MPI_REQUEST_NULL;
  MPI_Request receiving_ = MPI_REQUEST_NULL;
  bool found_ = false;  // the incoming message is there and being received
};

class MpiGroup {
 public:
  MpiGroup();
  ~MpiGroup();
  MpiGroup(const MpiGroup&) = delete;
  MpiGroup& operator=(const MpiGroup&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }

  // Polls until all messages are done; throws CommunicatorError when they are not within the deadline, or
  // when any rank has failed.
  void finish(std::span<MpiMessage> messages, const std::string& operation,
              std::chrono::milliseconds deadline);
  // Notes a failure (the first counts) and tells all ranks.
  void fail(int cause_rank, const std::string& cause);
  [[noreturn]] void fail_here(const std::string& operation, int cause_rank, const std::string& cause);
  // Gives messages about the failure a second to arrive, and ends all processes.
  [[noreturn]] void end_job(int exit_code);

 private:
  friend class MpiMessage;
  struct Failure {
    int rank = 0;
    std::string cause;
  };
  struct Notice {
    std::string text;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  MPI_Comm comm(MpiChannel channel) const { return comms_[static_cast<std::size_t>(channel)]; }
  void fail_locked(int cause_rank, const std::string& cause);
  [[noreturn]] void throw_locked(const std::string& operation) const;
  void hear_of_failures();

  std::mutex mutex_;
  int rank_ = 0, size_ = 1;
  MPI_Comm comms_[3] = {MPI_COMM_NULL, MPI_COMM_NULL, MPI_COMM_NULL};
  int largest_tag_ = 32767;
  std::optional<Failure> failure_;
  std::list<Notice> notices_;  // being sent
};

std::string_view collective_name(int tag);

}  // namespace kernels
