#include "kernels/thread_group.h"

#include <algorithm>
#include <exception>

#include "kernels/rank_list.h"

namespace kernels {

namespace {

std::string seconds(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

std::string exchange_name(const Exchange& exchange) {
  return "exchange (tag " + std::to_string(exchange.tag) + ", to rank " + std::to_string(exchange.to) +
         ", from rank " + std::to_string(exchange.from) + ")";
}

}  // namespace

ThreadGroup::ThreadGroup(int size)
    : size_(size), left_(static_cast<std::size_t>(size)), next_round_(static_cast<std::size_t>(size)) {}

std::shared_ptr<Message> ThreadGroup::post(int me, const Exchange& exchange) {
  const Lock lock(mutex_);
  throw_if_failed(me, exchange_name(exchange));
  for (const int peer : {exchange.to, exchange.from})
    if (peer < 0 || peer >= size_)
      fail_locked(me, exchange_name(exchange), me,
                  "rank " + std::to_string(me) + " names rank " + std::to_string(peer) +
                      ", which does not exist; ranks are 0 to " + std::to_string(size_ - 1));
  auto message = std::make_shared<Message>();
  message->bytes = exchange.send;
  mailbox_[{me, exchange.to, exchange.tag}].push_back(message);
  changed_.notify_all();
  return message;
}

std::shared_ptr<Message> ThreadGroup::take(Lock& lock, int me, const Exchange& exchange,
                                           Milliseconds deadline) {
  auto& inbox = mailbox_[{exchange.from, me, exchange.tag}];
  wait(
      lock, me, exchange_name(exchange), deadline, [&] { return !inbox.empty(); },
      [&] { return std::vector<int>{exchange.from}; });
  std::shared_ptr<Message> message = inbox.front();
  inbox.pop_front();
  if (message->bytes.size() != exchange.receive.size()) {
    message->state = MessageState::withdrawn;
    fail_locked(me, exchange_name(exchange), exchange.from,
                "rank " + std::to_string(exchange.from) + " sends " + std::to_string(message->bytes.size()) +
                    " bytes with tag " + std::to_string(exchange.tag) + " to rank " + std::to_string(me) +
                    ", which expects " + std::to_string(exchange.receive.size()) +
                    "; both sides must give the same size");
  }
  message->state = MessageState::being_read;
  return message;
}

void ThreadGroup::complete(int me, const Exchange& exchange, Message& mine, Milliseconds deadline,
                           RankMemory& memory) {
  Lock lock(mutex_);
  const std::shared_ptr<Message> message = take(lock, me, exchange, deadline);
  lock.unlock();
  std::exception_ptr error;
  try {
    memory.copy(message->bytes, exchange.receive);
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  message->state = MessageState::read;  // also after an error: nobody reads it any more
  changed_.notify_all();
  if (error) std::rethrow_exception(error);
  wait(
      lock, me, exchange_name(exchange), deadline, [&] { return mine.state == MessageState::read; },
      [&] { return std::vector<int>{exchange.to}; });
}

void ThreadGroup::withdraw(Message& mine) {
  Lock lock(mutex_);
  withdraw_locked(lock, mine);
}

void ThreadGroup::withdraw_locked(Lock& lock, Message& mine) {
  changed_.wait(lock, [&] { return mine.state != MessageState::being_read; });
  if (mine.state != MessageState::waiting) return;
  mine.state = MessageState::withdrawn;
  for (auto& [address, messages] : mailbox_)
    std::erase_if(messages, [](const auto& message) { return message->state == MessageState::withdrawn; });
}

std::vector<int> ThreadGroup::absent(const Round& round) const {
  std::vector<int> ranks;
  for (int rank = 0; rank < size_; ++rank)
    if (!round.is_here[static_cast<std::size_t>(rank)]) ranks.push_back(rank);
  return ranks;
}

void ThreadGroup::collective(int me, const std::string& operation, std::span<const std::byte> send,
                             Milliseconds deadline, const Copy& copy) {
  Lock lock(mutex_);
  throw_if_failed(me, operation);
  const std::int64_t number = next_round_[static_cast<std::size_t>(me)]++;
  Round& round = rounds_[number];
  if (round.arrived == 0) {
    round.operation = operation;
    round.bytes = send.size();
    round.first_rank = me;
    round.is_here.resize(static_cast<std::size_t>(size_));
    round.sent.resize(static_cast<std::size_t>(size_));
  } else if (round.operation != operation || round.bytes != send.size()) {
    fail_locked(me, operation, me,
                "rank " + std::to_string(round.first_rank) + " is in " + round.operation + " with " +
                    std::to_string(round.bytes) + " bytes, rank " + std::to_string(me) + " in " + operation +
                    " with " + std::to_string(send.size()) +
                    "; all ranks must call the same operations in the same order with the same sizes");
  }
  round.is_here[static_cast<std::size_t>(me)] = true;
  round.sent[static_cast<std::size_t>(me)] = send;
  if (++round.arrived == size_) round.reading = size_;
  changed_.notify_all();
  wait(
      lock, me, operation, deadline, [&] { return round.arrived == size_; }, [&] { return absent(round); });

  // From here on every rank copies, and stays until all have, even when its own copy fails.
  lock.unlock();
  std::exception_ptr error;
  try {
    copy(round.sent);
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  --round.reading;
  changed_.notify_all();
  changed_.wait(lock, [&] { return round.reading <= 0; });
  if (--round.reading == -size_) rounds_.erase(number);
  if (error) std::rethrow_exception(error);
}

void ThreadGroup::wait(Lock& lock, int me, const std::string& operation, Milliseconds deadline,
                       const std::function<bool()>& ready, const std::function<std::vector<int>()>& missing) {
  const auto gone = [&] {
    std::vector<int> ranks = missing();
    std::erase_if(ranks, [&](int rank) { return !left_[static_cast<std::size_t>(rank)]; });
    return ranks;
  };
  constexpr std::chrono::hours longest(24 * 365);  // so that the sum below cannot overflow
  const auto end = std::chrono::steady_clock::now() + std::min<Milliseconds>(deadline, longest);
  changed_.wait_until(lock, end, [&] { return ready() || failure_ || !gone().empty(); });
  if (ready()) return;
  throw_if_failed(me, operation);
  if (const std::vector<int> ranks = gone(); !ranks.empty())
    fail_locked(me, operation, ranks.front(),
                rank_list(ranks) + " returned without taking part in the " + operation + " that rank " +
                    std::to_string(me) + " is in; all ranks must run the same operations");
  const std::vector<int> late = missing();
  fail_locked(me, operation, late.front(),
              rank_list(late) + " did not come to the " + operation + " of rank " + std::to_string(me) +
                  " within " + seconds(deadline) + "; look at what came before it on " + rank_list(late) +
                  ", or set a longer deadline");
}

void ThreadGroup::throw_if_failed(int me, const std::string& operation) const {
  if (failure_) throw CommunicatorError(me, operation, failure_->cause, failure_->rank);
}

void ThreadGroup::fail_locked(int me, const std::string& operation, int cause_rank,
                              const std::string& cause) {
  if (!failure_) failure_ = Failure{cause_rank, cause};
  changed_.notify_all();
  throw CommunicatorError(me, operation, failure_->cause, failure_->rank);
}

void ThreadGroup::fail(int cause_rank, const std::string& cause) {
  const Lock lock(mutex_);
  if (!failure_) failure_ = Failure{cause_rank, cause};
  changed_.notify_all();
}

void ThreadGroup::reject(int me, const std::string& operation, const std::string& cause) {
  const Lock lock(mutex_);
  fail_locked(me, operation, me, cause);
}

void ThreadGroup::leave(int me) {
  const Lock lock(mutex_);
  left_[static_cast<std::size_t>(me)] = true;
  changed_.notify_all();
}

std::optional<std::string> ThreadGroup::failure() {
  const Lock lock(mutex_);
  return failure_ ? std::optional(failure_->cause) : std::nullopt;
}

}  // namespace kernels
