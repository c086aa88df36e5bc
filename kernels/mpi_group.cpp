#include "kernels/mpi_group.h"

#include <algorithm>
#include <array>
#include <limits>
#include <thread>
#include <utility>

#include "kernels/rank_list.h"
#include "kernels/tensor_view.h"

namespace kernels {

namespace {

using Clock = std::chrono::steady_clock;
using Lock = std::unique_lock<std::mutex>;

std::string in_words(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

int count_of(std::size_t bytes) {
  if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw ArgumentError("mpi: a message of " + std::to_string(bytes) +
                        " bytes; one message may have 2147483647: use more ranks or a shorter sequence");
  return static_cast<int>(bytes);
}

// Between two looks: short at first, so that a message that is nearly there is not kept waiting.
void pause(int looks) {
  if (looks < 200)
    std::this_thread::yield();
  else
    std::this_thread::sleep_for(std::chrono::microseconds(50));
}

}  // namespace

std::string_view collective_name(int tag) {
  constexpr std::array<std::string_view, 4> names{"all_gather", "all_to_all", "reduce_scatter", "barrier"};
  return names.at(static_cast<std::size_t>(tag));
}

MpiMessage::MpiMessage(MpiGroup& group, MpiChannel channel, const Exchange& exchange,
                       const std::string& operation)
    : group_(&group), channel_(channel), exchange_(exchange) {
  const Lock lock(group.mutex_);
  group.hear_of_failures();
  if (group.failure_) group.throw_locked(operation);
  if (exchange.tag < 0 || exchange.tag > group.largest_tag_)
    throw ArgumentError("mpi: the tag " + std::to_string(exchange.tag) + " is not between 0 and " +
                        std::to_string(group.largest_tag_));
  MPI_Isend(exchange.send.data(), count_of(exchange.send.size()), MPI_BYTE, exchange.to, exchange.tag,
            group.comm(channel), &sending_);
}

MpiMessage::MpiMessage(MpiMessage&& other) noexcept
    : group_(other.group_),
      channel_(other.channel_),
      exchange_(other.exchange_),
      sending_(std::exchange(other.sending_, MPI_REQUEST_NULL)),
      receiving_(std::exchange(other.receiving_, MPI_REQUEST_NULL)),
      found_(other.found_) {}

// Unfinished only after a failure: what is under way is given up, and end_job follows.
MpiMessage::~MpiMessage() {
  if (sending_ == MPI_REQUEST_NULL && receiving_ == MPI_REQUEST_NULL) return;
  const Lock lock(group_->mutex_);
  for (MPI_Request* request : {&sending_, &receiving_}) {
    if (*request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(request);
    MPI_Request_free(request);
  }
}

void MpiMessage::look_for_incoming(const std::string& operation) {
  const bool collective = channel_ == MpiChannel::collectives;
  int there = 0, count = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  MPI_Improbe(exchange_.from, collective ? MPI_ANY_TAG : exchange_.tag, group_->comm(channel_), &there,
              &message, &status);
  if (there == 0) return;
  const std::string me = std::to_string(group_->rank_), from = std::to_string(exchange_.from);
  if (status.MPI_TAG != exchange_.tag) {
    group_->fail_locked(exchange_.from, "rank " + me + " is in " + operation + ", rank " + from + " in " +
                                            std::string(collective_name(status.MPI_TAG)) +
                                            "; all ranks must call the same operations in the same order");
    group_->throw_locked(operation);
  }
  MPI_Get_count(&status, MPI_BYTE, &count);
  if (static_cast<std::size_t>(count) != exchange_.receive.size()) {
    group_->fail_locked(exchange_.from, "rank " + from + " sends " + std::to_string(count) +
                                            " bytes with tag " + std::to_string(exchange_.tag) + " to rank " +
                                            me + ", which expects " +
                                            std::to_string(exchange_.receive.size()) +
                                            "; both sides must give the same size");
    group_->throw_locked(operation);
  }
  MPI_Imrecv(exchange_.receive.data(), count, MPI_BYTE, &message, &receiving_);
  found_ = true;
}

std::optional<int> MpiMessage::waits_for(const std::string& operation) {
  if (!found_) look_for_incoming(operation);
  if (!found_) return exchange_.from;
  int done = 0;
  if (receiving_ != MPI_REQUEST_NULL) MPI_Test(&receiving_, &done, MPI_STATUS_IGNORE);
  if (receiving_ != MPI_REQUEST_NULL) return exchange_.from;
  if (sending_ != MPI_REQUEST_NULL) MPI_Test(&sending_, &done, MPI_STATUS_IGNORE);
  if (sending_ != MPI_REQUEST_NULL) return exchange_.to;
  return {};
}

MpiGroup::MpiGroup() {
  int provided = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS)
    throw CommunicatorError(0, "start", "MPI did not start; start this program with mpirun", 0);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
  if (provided < MPI_THREAD_SERIALIZED)
    throw CommunicatorError(rank_, "start",
                            "this MPI cannot be called from several threads; install one that can", rank_);
  for (MPI_Comm& comm : comms_) MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  int* largest = nullptr;
  int known = 0;
  MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, static_cast<void*>(&largest), &known);
  if (known != 0) largest_tag_ = *largest;
}

MpiGroup::~MpiGroup() {
  if (failure_) return;  // MPI_Finalize would wait for ranks that are gone
  for (MPI_Comm& comm : comms_) MPI_Comm_free(&comm);
  MPI_Finalize();
}

void MpiGroup::finish(std::span<MpiMessage> messages, const std::string& operation,
                      std::chrono::milliseconds deadline) {
  constexpr std::chrono::hours longest(24 * 365);  // so that the sum below cannot overflow
  const auto end = Clock::now() + std::min<std::chrono::milliseconds>(deadline, longest);
  for (int looks = 0;; ++looks) {
    Lock lock(mutex_);
    std::vector<int> missing;
    for (MpiMessage& message : messages)
      if (const std::optional<int> peer = message.waits_for(operation)) missing.push_back(*peer);
    if (missing.empty()) return;
    hear_of_failures();
    if (failure_) throw_locked(operation);
    if (Clock::now() >= end) {
      fail_locked(missing.front(), rank_list(missing) + " did not come to the " + operation + " of rank " +
                                       std::to_string(rank_) + " within " + in_words(deadline) +
                                       "; look at what came before it on " + rank_list(missing) +
                                       ", or set a longer deadline");
      throw_locked(operation);
    }
    lock.unlock();
    pause(looks);
  }
}

void MpiGroup::throw_locked(const std::string& operation) const {
  throw CommunicatorError(rank_, operation, failure_->cause, failure_->rank);
}

void MpiGroup::fail_locked(int cause_rank, const std::string& cause) {
  if (failure_) return;
  failure_ = Failure{cause_rank, cause};
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    Notice& notice = notices_.emplace_back();
    notice.text = cause;
    MPI_Isend(notice.text.data(), count_of(notice.text.size()), MPI_BYTE, peer, cause_rank,
              comm(MpiChannel::failures), &notice.request);
  }
}

void MpiGroup::fail(int cause_rank, const std::string& cause) {
  const Lock lock(mutex_);
  fail_locked(cause_rank, cause);
}

void MpiGroup::fail_here(const std::string& operation, int cause_rank, const std::string& cause) {
  const Lock lock(mutex_);
  fail_locked(cause_rank, cause);
  throw_locked(operation);
}

void MpiGroup::hear_of_failures() {
  int there = 0;
  MPI_Status status;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm(MpiChannel::failures), &there, &status);
  if (there == 0) return;
  int count = 0;
  MPI_Get_count(&status, MPI_BYTE, &count);
  std::string text(static_cast<std::size_t>(count), ' ');
  MPI_Recv(text.data(), count, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, comm(MpiChannel::failures),
           MPI_STATUS_IGNORE);
  if (!failure_) failure_ = Failure{status.MPI_TAG, text};
}

void MpiGroup::end_job(int exit_code) {
  const auto end = Clock::now() + std::chrono::seconds(1);
  while (Clock::now() < end) {
    {
      const Lock lock(mutex_);
      hear_of_failures();
      for (Notice& notice : notices_) {
        int done = 0;
        if (notice.request != MPI_REQUEST_NULL) MPI_Test(&notice.request, &done, MPI_STATUS_IGNORE);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::abort();  // MPI_Abort does not come back
}

}  // namespace kernels
