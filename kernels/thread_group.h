// What the ranks of the `threads` communicator share: a mailbox, the round of the current collective, and the
// failure, if there was one.
//
// Everything is guarded by one mutex; only the bytes themselves are copied outside it.  A rank whose memory
// is being read never leaves before the reader is done, not even when it fails: copying takes finite time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "kernels/communicator.h"
#include "kernels/rank_memory.h"

namespace kernels {

enum class MessageState { waiting, being_read, read, withdrawn };

struct Message {
  std::span<const std::byte> bytes;
  MessageState state = MessageState::waiting;
};

class ThreadGroup {
 public:
  using Milliseconds = std::chrono::milliseconds;
  using Copy = std::function<void(const std::vector<std::span<const std::byte>>& sent)>;

  explicit ThreadGroup(int size);

  int size() const { return size_; }

  // `me` is the calling rank in all of these.
  std::shared_ptr<Message> post(int me, const Exchange& exchange);
  // Takes the next message for this exchange and copies it; then waits until its own was taken.
  void complete(int me, const Exchange& exchange, Message& mine, Milliseconds deadline, RankMemory& memory);
  void withdraw(Message& mine);
  // Waits until all ranks are in the same operation with the same number of bytes, then lets `copy` read what
  // they sent.  Returns when every rank has read.
  void collective(int me, const std::string& operation, std::span<const std::byte> send,
                  Milliseconds deadline, const Copy& copy);

  // The first failure counts.
  void fail(int cause_rank, const std::string& cause);
  void leave(int me);
  std::optional<std::string> failure();
  [[noreturn]] void reject(int me, const std::string& operation, const std::string& cause);

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Failure {
    int rank;
    std::string cause;
  };
  struct Round {
    std::string operation;
    std::size_t bytes = 0;
    int first_rank = 0;
    int arrived = 0;
    int reading = 0;
    std::vector<bool> is_here;
    std::vector<std::span<const std::byte>> sent;
  };
  using Address = std::tuple<int, int, int>;  // from, to, tag

  // Waits for ready(); missing() are the ranks that it depends on at present.  Fails the group when one of
  // them has left or the deadline passes.
  void wait(Lock& lock, int me, const std::string& operation, Milliseconds deadline,
            const std::function<bool()>& ready, const std::function<std::vector<int>()>& missing);
  [[noreturn]] void fail_locked(int me, const std::string& operation, int cause_rank,
                                const std::string& cause);
  void throw_if_failed(int me, const std::string& operation) const;
  void withdraw_locked(Lock& lock, Message& mine);
  std::shared_ptr<Message> take(Lock& lock, int me, const Exchange& exchange, Milliseconds deadline);
  std::vector<int> absent(const Round& round) const;

  const int size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Failure> failure_;
  std::vector<bool> left_;
  std::map<Address, std::deque<std::shared_ptr<Message>>> mailbox_;
  std::map<std::int64_t, Round> rounds_;
  std::vector<std::int64_t> next_round_;  // per rank
};

}  // namespace kernels
