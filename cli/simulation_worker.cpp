#include "cli/simulation_worker.h"

#include <fmt/format.h>

#include <deque>

#include "cli/simulation_notes.h"
#include "simulator/child_pool.h"

namespace cli {

namespace {

using Clock = std::chrono::steady_clock;
// Rank 0 may be busy with one point of the analytic sweep, so it has more time than it gives.
constexpr double patience = 6;

class Worker {
 public:
  Worker(GridRanks& ranks, const WorkOfSetup& work_of_setup, const GridOptions& options)
      : ranks_(ranks),
        work_of_setup_(work_of_setup),
        options_(options),
        pool_(options.silence),
        heartbeat_(ranks) {}

  Output run() {
    ranks_.send(0, GridNote::hello, packed(this_process(options_.at_once)));
    while (state_ == State::serving) {
      while (const std::optional<GridMessage> message = ranks_.receive()) take(*message);
      while (!waiting_.empty() && pool_.running() < static_cast<std::size_t>(options_.at_once)) {
        pool_.start(waiting_.front().job, work_of_(waiting_.front().text));
        waiting_.pop_front();
      }
      for (const simulator::EndedChild& child : pool_.wait(std::chrono::milliseconds(10)))
        ranks_.send(0, GridNote::result, packed(JobOutcome{child.number, child.outcome}));
      heartbeat_.beat();
      look_at_clock();
      if (options_.stop && options_.stop() != GridStop::no) return leave_alone("");
      if (heard_ && Clock::now() - *heard_ > patience * options_.lost_after)
        return leave_alone(
            fmt::format("ringside sweep: rank {}: rank 0 gave no sign of life for {:g} s, so this rank ends",
                        ranks_.rank(), patience * options_.lost_after.count()));
    }
    return {"", "", ExitCode::answered};
  }

 private:
  // While this process was itself suspended it heard nobody.
  void look_at_clock() {
    const Clock::time_point now = Clock::now();
    if (heard_ && now - looked_ > std::chrono::seconds(1)) heard_ = now;
    looked_ = now;
  }

  enum class State { serving, dismissed };

  void take(const GridMessage& message) {
    heard_ = Clock::now();
    switch (message.note) {
      case GridNote::setup: work_of_ = work_of_setup_(message.text); break;
      case GridNote::work: waiting_.push_back(unpacked_job(message.text)); break;
      case GridNote::leave: state_ = State::dismissed; break;
      default: break;
    }
  }

  // Without rank 0 there is nobody to leave MPI with.
  Output leave_alone(const std::string& message) {
    ranks_.abandon();
    return {"", message, ExitCode::failed};
  }

  GridRanks& ranks_;
  const WorkOfSetup& work_of_setup_;
  const GridOptions& options_;
  simulator::ChildPool pool_;
  Heartbeat heartbeat_;
  State state_ = State::serving;
  WorkOfJob work_of_;
  std::deque<JobText> waiting_;
  Clock::time_point looked_ = Clock::now();
  std::optional<Clock::time_point> heard_;  // rank 0; it reads its scenario before it says anything
};

}  // namespace

Output serve_grid(GridRanks& ranks, const WorkOfSetup& work_of, const GridOptions& options) {
  return Worker(ranks, work_of, options).run();
}

}  // namespace cli
