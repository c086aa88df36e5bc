// The work of a sweep on several ranks, without MPI: the others are played by the test.
#include "tests/catch.h"

#if RINGSIDE_SIMULATOR

#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <map>

#include "cli/simulation_grid.h"
#include "cli/simulation_notes.h"

namespace {

using cli::GridMessage;
using cli::GridNote;
using simulator::ChildState;

// Rank 0 and peers that answer at once, or never.
class PlayedRanks final : public cli::GridRanks {
 public:
  enum class Peer { answers, says_hello, is_silent };
  explicit PlayedRanks(std::vector<Peer> peers, long process = 0) : peers_(std::move(peers)) {
    for (int rank = 1; rank < size(); ++rank) {
      cli::WorkerHello hello = cli::this_process(1);
      hello.process = process;
      if (peers_[static_cast<std::size_t>(rank - 1)] != Peer::is_silent)
        inbox_.push_back({rank, GridNote::hello, cli::packed(hello)});
    }
  }
  int rank() const override { return 0; }
  int size() const override { return static_cast<int>(peers_.size()) + 1; }
  int on_this_machine() const override { return size(); }
  void send(int to, GridNote note, const std::string& text) override {
    ++sent[note];
    if (note != GridNote::work || peers_[static_cast<std::size_t>(to - 1)] != Peer::answers) return;
    const cli::JobText job = cli::unpacked_job(text);
    inbox_.push_back(
        {to, GridNote::result, cli::packed(cli::JobOutcome{job.job, {ChildState::answered, "by a peer"}})});
  }
  std::optional<GridMessage> receive() override {
    if (inbox_.empty()) return {};
    GridMessage message = inbox_.front();
    inbox_.pop_front();
    return message;
  }
  void give_up(int rank, cli::LostRank how) override { given_up[rank] = how; }
  void abandon() override {}

  std::map<GridNote, int> sent;
  std::map<int, cli::LostRank> given_up;

 private:
  std::vector<Peer> peers_;
  std::deque<GridMessage> inbox_;
};

const std::vector<std::string> jobs{"a", "b", "c", "d", "e", "f", "g", "h"};

simulator::ChildWork slow_echo(const std::string& job) {
  return [job](simulator::ProgressSink&) {
    ::usleep(30000);
    return job;
  };
}

cli::GridOptions quick() {
  cli::GridOptions options;
  options.lost_after = std::chrono::milliseconds(300);
  return options;
}

int answered(const cli::GridResult& result) {
  int count = 0;
  for (const auto& outcome : result.outcomes) count += outcome.state == ChildState::answered ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("jobs of a grid are done here when nobody else is there") {
  const cli::GridResult result = cli::run_grid(jobs, slow_echo, nullptr, "", quick());
  REQUIRE(answered(result) == 8);
  CHECK(result.outcomes[3].text == "d");
  CHECK(result.losses.empty());
}

TEST_CASE("jobs of a grid are shared with the ranks that answer") {
  PlayedRanks ranks({PlayedRanks::Peer::answers, PlayedRanks::Peer::answers});
  const cli::GridResult result = cli::run_grid(jobs, slow_echo, &ranks, "what all share", quick());
  CHECK(answered(result) == 8);
  CHECK(result.losses.empty());
  CHECK(ranks.sent[GridNote::setup] == 2);
  CHECK(ranks.sent[GridNote::work] >= 4);
}

TEST_CASE("a rank that falls silent is lost, and its jobs are done by others") {
  PlayedRanks ranks({PlayedRanks::Peer::says_hello, PlayedRanks::Peer::is_silent});
  const cli::GridResult result = cli::run_grid(jobs, slow_echo, &ranks, "", quick());
  CHECK(answered(result) == 8);
  REQUIRE(result.losses.size() == 2);
  // Rank 2 was last heard of at the start, rank 1 when it said hello.
  CHECK(result.losses[0] ==
        "rank 2 (it never answered) was lost: it gave no sign of life for 0.3 s; it had nothing to do");
  CHECK(result.losses[1].find("rank 1 ") == 0);
  CHECK(result.losses[1].find("that it had were done again") != std::string::npos);
  CHECK(ranks.given_up.at(1) == cli::LostRank::silent);
}

TEST_CASE("a rank whose process has ended is lost at once") {
  const int child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  PlayedRanks ranks({PlayedRanks::Peer::says_hello}, child);
  cli::GridOptions options = quick();
  options.lost_after = std::chrono::seconds(1000);
  const cli::GridResult result = cli::run_grid(jobs, slow_echo, &ranks, "", options);
  CHECK(answered(result) == 8);
  REQUIRE(result.losses.size() == 1);
  CHECK(result.losses[0].find("its process has ended") != std::string::npos);
  CHECK(ranks.given_up.at(1) == cli::LostRank::dead);
}

TEST_CASE("a grid that is ended from outside keeps what it has") {
  cli::GridOptions options = quick();
  int asked = 0;
  options.stop = [&asked] { return ++asked > 3 ? cli::GridStop::ended : cli::GridStop::no; };
  const cli::GridResult result = cli::run_grid(jobs, slow_echo, nullptr, "", options);
  CHECK(result.stop == cli::GridStop::ended);
  CHECK(answered(result) > 0);
  CHECK(answered(result) < 8);
}

#endif
