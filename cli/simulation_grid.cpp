#include "cli/simulation_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <fstream>

#include "cli/simulation_notes.h"
#include "simulator/child_pool.h"

namespace cli {

using simulator::ChildOutcome;
using simulator::ChildState;

namespace {

using Clock = std::chrono::steady_clock;
// A job that has cost two ranks their lives is not given to a third.
constexpr int most_losses = 2;

enum class PeerState { expected, working, lost };

struct Peer {
  PeerState state = PeerState::expected;
  int rank = 0;
  WorkerHello hello;
  Clock::time_point heard = Clock::now();
  std::vector<std::size_t> jobs;  // that it has now
};

struct Loss {
  int rank = 0;
  std::string who, why;
  std::vector<std::size_t> jobs;  // that it had
};

// The same mpirun or srun has started both, here: the process number means the same to us.
bool is_sibling(const WorkerHello& hello) {
  const WorkerHello us = this_process(1);
  return hello.process > 0 && hello.machine == us.machine && hello.parent == us.parent;
}

// Gone, or dead and not yet taken off the list of processes.
bool has_ended(const WorkerHello& hello) {
  if (!is_sibling(hello)) return false;
  if (::kill(static_cast<pid_t>(hello.process), 0) != 0) return errno == ESRCH;
  std::ifstream file("/proc/" + std::to_string(hello.process) + "/stat");
  std::string status;
  std::getline(file, status);
  const std::size_t name_end = status.rfind(')');  // "17 (ringside) Z 1 ..."
  return name_end != std::string::npos && status.compare(name_end, 3, ") Z") == 0;
}

class Coordinator {
 public:
  Coordinator(const std::vector<std::string>& jobs, const WorkOfJob& work_of, GridRanks* ranks,
              const std::string& setup, const GridOptions& options)
      : jobs_(jobs), work_of_(work_of), ranks_(ranks), options_(options), pool_(options.silence) {
    result_.outcomes.resize(jobs.size());
    losses_of_job_.resize(jobs.size());
    for (std::size_t job = 0; job < jobs.size(); ++job) waiting_.push_back(job);
    if (ranks == nullptr) return;
    heartbeat_.emplace(*ranks);
    for (int rank = 1; rank < ranks->size(); ++rank) {
      peers_.emplace_back().rank = rank;
      ranks->send(rank, GridNote::setup, setup);
    }
  }

  GridResult run() {
    while (done_ < jobs_.size() && result_.stop == GridStop::no) {
      start_here();
      for (Peer& peer : peers_) give(peer);
      const std::chrono::milliseconds longest(peers_.empty() ? 50 : 10);
      for (simulator::EndedChild& child : pool_.wait(longest)) keep(child.number, std::move(child.outcome));
      if (ranks_ != nullptr) {
        hear();
        heartbeat_->beat();
        look_for_losses();
      }
      if (options_.stop) result_.stop = options_.stop();
      if (result_.stop == GridStop::continued)
        result_.stop = had_been_suspended() ? GridStop::no : GridStop::ended;
      if (options_.progress)
        options_.progress((static_cast<double>(done_) + pool_.progress()) /
                          static_cast<double>(jobs_.size()));
    }
    pool_.stop();
    if (result_.stop == GridStop::ended) look_for_ended();
    for (const Loss& loss : losses_) result_.losses.push_back(text_of(loss));
    return std::move(result_);
  }

 private:
  void keep(std::size_t job, ChildOutcome outcome) {
    if (is_done(job)) return;  // two ranks have done it
    result_.outcomes[job] = std::move(outcome);
    ++done_;
  }

  bool is_done(std::size_t job) const {
    const ChildState state = result_.outcomes[job].state;
    return state != ChildState::waiting && state != ChildState::stopped;
  }

  void start_here() {
    while (!waiting_.empty() && pool_.running() < static_cast<std::size_t>(std::max(1, options_.at_once))) {
      const std::size_t job = waiting_.front();
      waiting_.pop_front();
      pool_.start(job, work_of_(jobs_[job]));
    }
  }

  // One more than it can run, so that it need not wait for us, while there is enough for everybody.
  void give(Peer& peer) {
    if (peer.state != PeerState::working) return;
    const auto places = static_cast<std::size_t>(peer.hello.places);
    while (!waiting_.empty() && peer.jobs.size() < places + (waiting_.size() > peers_.size() + 1 ? 1 : 0)) {
      const std::size_t job = waiting_.front();
      waiting_.pop_front();
      peer.jobs.push_back(job);
      ranks_->send(peer.rank, GridNote::work, packed(JobText{job, jobs_[job]}));
    }
  }

  void hear() {
    while (const std::optional<GridMessage> message = ranks_->receive()) {
      Peer& peer = peers_[static_cast<std::size_t>(message->from - 1)];
      if (peer.state == PeerState::lost) continue;
      peer.heard = Clock::now();
      if (message->note == GridNote::hello) {
        peer.hello = unpacked_hello(message->text);
        peer.state = PeerState::working;
      }
      if (message->note != GridNote::result) continue;
      JobOutcome result = unpacked_outcome(message->text);
      std::erase(peer.jobs, result.job);
      keep(result.job, std::move(result.outcome));
    }
  }

  // A person who suspends a job takes longer than this loop does.  Where a rank has died it is no person.
  bool had_been_suspended() const {
    const bool one_has_died =
        std::any_of(peers_.begin(), peers_.end(), [](const Peer& peer) { return has_ended(peer.hello); });
    return !one_has_died && gap_ > std::chrono::milliseconds(500);
  }

  void look_for_losses() {
    const Clock::time_point now = Clock::now();
    gap_ = now - looked_;
    // While this process was itself suspended it heard nobody.
    if (gap_ > std::chrono::seconds(1))
      for (Peer& peer : peers_) peer.heard = now;
    looked_ = now;
    const bool look_at_processes = now >= next_look_;
    if (look_at_processes) next_look_ = now + std::chrono::milliseconds(500);
    for (Peer& peer : peers_) {
      if (peer.state == PeerState::lost) continue;
      if (look_at_processes && has_ended(peer.hello))
        lose(peer, "its process has ended", LostRank::dead);
      else if (now - peer.heard > options_.lost_after)
        lose(peer, fmt::format("it gave no sign of life for {:g} s", options_.lost_after.count()),
             LostRank::silent);
    }
  }

  void lose(Peer& peer, const std::string& why, LostRank how) {
    peer.state = PeerState::lost;
    ranks_->give_up(peer.rank, how);
    const std::string who = peer.hello.process > 0
                                ? fmt::format(" (process {} on {})", peer.hello.process, peer.hello.machine)
                                : std::string(" (it never answered)");
    losses_.push_back({peer.rank, who, why, peer.jobs});
    std::vector<std::size_t> again;
    for (const std::size_t job : peer.jobs) {
      if (++losses_of_job_[job] < most_losses)
        again.push_back(job);
      else
        keep(job, {ChildState::failed, fmt::format("{} ranks were lost while they had it", most_losses)});
    }
    waiting_.insert(waiting_.begin(), again.begin(), again.end());
    peer.jobs.clear();
  }

  // The job is being ended: answers that are here already count, and who has died may be the reason.
  void look_for_ended() {
    if (ranks_ == nullptr) return;
    hear();
    for (Peer& peer : peers_)
      if (peer.state != PeerState::lost && has_ended(peer.hello))
        lose(peer, "its process has ended", LostRank::dead);
  }

  std::string text_of(const Loss& loss) const {
    const auto done = std::count_if(loss.jobs.begin(), loss.jobs.end(), [this](std::size_t job) {
      return is_done(job) && losses_of_job_[job] < most_losses;
    });
    std::string text = fmt::format("rank {}{} was lost: {}", loss.rank, loss.who, loss.why);
    if (loss.jobs.empty()) return text + "; it had nothing to do";
    const auto missing = static_cast<std::ptrdiff_t>(loss.jobs.size()) - done;
    if (done > 0) text += fmt::format("; {} that it had were done again", simulations(done));
    if (missing > 0) text += fmt::format("; {} that it had are missing", simulations(missing));
    return text;
  }

  static std::string simulations(std::ptrdiff_t count) {
    return fmt::format("{} simulation{}", count, count == 1 ? "" : "s");
  }

  const std::vector<std::string>& jobs_;
  const WorkOfJob& work_of_;
  GridRanks* ranks_;
  const GridOptions& options_;
  simulator::ChildPool pool_;
  std::optional<Heartbeat> heartbeat_;
  std::vector<Peer> peers_;
  std::deque<std::size_t> waiting_;
  std::vector<int> losses_of_job_;
  std::vector<Loss> losses_;
  Clock::duration gap_{};  // of this loop
  Clock::time_point looked_ = Clock::now(), next_look_ = looked_;
  std::size_t done_ = 0;
  GridResult result_;
};

}  // namespace

GridResult run_grid(const std::vector<std::string>& jobs, const WorkOfJob& work_of, GridRanks* ranks,
                    const std::string& setup, const GridOptions& options) {
  return Coordinator(jobs, work_of, ranks, setup, options).run();
}

}  // namespace cli
