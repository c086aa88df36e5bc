#include "kernels/thread_ranks.h"

#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/tensor_view.h"
#include "kernels/thread_group.h"

namespace kernels {

namespace {

class ThreadExchange : public PendingExchange {
 public:
  ThreadExchange(ThreadGroup& group, RankMemory& memory, int rank, const Exchange& exchange,
                 std::chrono::milliseconds deadline)
      : group_(group),
        memory_(memory),
        rank_(rank),
        exchange_(exchange),
        deadline_(deadline),
        mine_(group.post(rank, exchange)) {}
  ~ThreadExchange() override { group_.withdraw(*mine_); }

  void finish() override {
    if (finished_) throw ArgumentError("finish: this exchange was finished before; start a new one");
    finished_ = true;
    group_.complete(rank_, exchange_, *mine_, deadline_, memory_);
  }

 private:
  ThreadGroup& group_;
  RankMemory& memory_;
  int rank_;
  Exchange exchange_;
  std::chrono::milliseconds deadline_;
  std::shared_ptr<Message> mine_;
  bool finished_ = false;
};

class ThreadCommunicator : public Communicator {
 public:
  ThreadCommunicator(ThreadGroup& group, RankMemory& memory, int rank, std::chrono::milliseconds deadline)
      : group_(group), memory_(memory), rank_(rank), deadline_(deadline) {}

  int rank() const override { return rank_; }
  int size() const override { return group_.size(); }
  void set_deadline(std::chrono::milliseconds deadline) override { deadline_ = deadline; }

  std::unique_ptr<PendingExchange> start_exchange(const Exchange& exchange) override {
    memory_.settle();
    return std::make_unique<ThreadExchange>(group_, memory_, rank_, exchange, deadline_);
  }

  void all_gather(std::span<const std::byte> send, std::span<std::byte> receive) override {
    check_sizes("all_gather", receive.size(), send.size());
    memory_.settle();
    group_.collective(rank_, "all_gather", send, deadline_, [&](const auto& sent) {
      for (std::size_t s = 0; s < sent.size(); ++s)
        memory_.copy(sent[s], receive.subspan(s * send.size(), send.size()));
    });
  }

  void all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) override {
    const std::size_t part = send.size() / ranks();
    check_sizes("all_to_all", send.size(), part);
    check_sizes("all_to_all", receive.size(), part);
    memory_.settle();
    group_.collective(rank_, "all_to_all", send, deadline_, [&](const auto& sent) {
      for (std::size_t s = 0; s < sent.size(); ++s)
        memory_.copy(sent[s].subspan(me() * part, part), receive.subspan(s * part, part));
    });
  }

  void reduce_scatter(std::span<const float> send, std::span<float> receive) override {
    sum_parts(send, receive, Element::fp32);
  }

  void reduce_scatter(std::span<const Bf16> send, std::span<Bf16> receive) override {
    sum_parts(send, receive, Element::bf16);
  }

  void barrier() override {
    memory_.settle();
    group_.collective(rank_, "barrier", {}, deadline_, [](const auto&) {});
  }

  void abort(const std::string& reason) override {
    group_.fail(rank_, "rank " + std::to_string(rank_) + " aborted: " + reason);
  }

 private:
  std::size_t ranks() const { return static_cast<std::size_t>(size()); }
  std::size_t me() const { return static_cast<std::size_t>(rank_); }

  void check_sizes(const char* operation, std::size_t whole, std::size_t part) const {
    if (whole != part * ranks())
      group_.reject(rank_, operation,
                    "rank " + std::to_string(rank_) + " gives a buffer of " + std::to_string(whole) +
                        " for " + std::to_string(size()) + " parts of " + std::to_string(part) +
                        "; the larger buffer must hold one equal part per rank");
  }

  template <class Number>
  void sum_parts(std::span<const Number> send, std::span<Number> receive, Element element) {
    check_sizes("reduce_scatter", send.size(), receive.size());
    memory_.settle();
    group_.collective(rank_, "reduce_scatter", std::as_bytes(send), deadline_, [&](const auto& sent) {
      std::vector<std::span<const std::byte>> parts;
      for (const std::span<const std::byte> bytes : sent)
        parts.push_back(bytes.subspan(me() * receive.size_bytes(), receive.size_bytes()));
      memory_.sum(parts, element, std::as_writable_bytes(receive));
    });
  }

  ThreadGroup& group_;
  RankMemory& memory_;
  int rank_;
  std::chrono::milliseconds deadline_;
};

// Runs the body of one rank; returns what went wrong there, or "".
std::string run_rank(ThreadGroup& group, int rank, std::chrono::milliseconds deadline,
                     const PrepareRank& prepare, const std::function<void(Communicator&)>& body) {
  std::string error;
  try {
    const std::unique_ptr<RankMemory> memory = prepare(rank);
    ThreadCommunicator communicator(group, *memory, rank, deadline);
    body(communicator);
  } catch (const CommunicatorError& failed) {
    error = failed.what();
    group.fail(failed.cause_rank(), failed.cause());
  } catch (const std::exception& thrown) {
    error = "rank " + std::to_string(rank) + " threw: " + thrown.what();
    group.fail(rank, error);
  } catch (...) {
    error = "rank " + std::to_string(rank) + " threw something that is not a std::exception";
    group.fail(rank, error);
  }
  group.leave(rank);
  return error;
}

}  // namespace

RanksFailed::RanksFailed(const std::string& cause, std::vector<std::string> errors)
    : std::runtime_error(cause), errors_(std::move(errors)) {}

void run_ranks(int size, const ThreadRanksOptions& options, const std::function<void(Communicator&)>& body) {
  run_ranks(
      size, options, [](int) { return host_rank_memory(); }, body);
}

void run_ranks(int size, const ThreadRanksOptions& options, const PrepareRank& prepare,
               const std::function<void(Communicator&)>& body) {
  if (size < 1) throw ArgumentError("run_ranks: size is " + std::to_string(size) + "; it must be at least 1");
  ThreadGroup group(size);
  std::vector<std::string> errors(static_cast<std::size_t>(size));
  {
    std::vector<std::jthread> threads;
    const auto started = [&] { return static_cast<int>(threads.size()); };
    try {
      while (started() < size)
        threads.emplace_back([&group, &options, &prepare, &body, &errors, rank = started()] {
          errors[static_cast<std::size_t>(rank)] = run_rank(group, rank, options.deadline, prepare, body);
        });
    } catch (const std::system_error& error) {
      group.fail(started(), "rank " + std::to_string(started()) + " could not be started: " + error.what() +
                                "; use fewer ranks");
    }
  }
  if (const std::optional<std::string> cause = group.failure()) throw RanksFailed(*cause, std::move(errors));
}

}  // namespace kernels
