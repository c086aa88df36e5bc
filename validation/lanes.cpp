#include "validation/lanes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "kernels/cpu_peak.h"

namespace validation {

using costmodel::Lane;
using costmodel::lane_count;
using costmodel::Op;
using costmodel::OpId;
using costmodel::Phase;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Which operations have finished, and whether anything went wrong.
class Progress {
 public:
  explicit Progress(std::size_t ops) : finished_(ops, 0) {}

  // False when the run has failed.
  bool wait_for(const Op& op) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ != nullptr || all_finished(op); });
    return failure_ == nullptr;
  }
  void finish(OpId id) {
    const std::lock_guard lock(mutex_);
    finished_[id.at()] = 1;
    changed_.notify_all();
  }
  // True for the first.
  bool fail(const std::exception_ptr& why) {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    if (failure_ != nullptr) return false;
    failure_ = why;
    return true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    begin_ = Clock::now();
    changed_.notify_all();
  }
  // When the run began; nothing when it failed before.
  std::optional<Clock::time_point> wait_for_begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ != nullptr || begin_.has_value(); });
    return failure_ == nullptr ? begin_ : std::nullopt;
  }
  void throw_failure() {
    const std::lock_guard lock(mutex_);
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

 private:
  bool all_finished(const Op& op) const {
    for (std::size_t w = 0; w < op.wait_count; ++w)
      if (finished_[op.waits[w].at()] == 0) return false;
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<char> finished_;
  std::optional<Clock::time_point> begin_;
  std::exception_ptr failure_;
};

std::string reason_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "something that is not a std::exception was thrown";
  }
}

}  // namespace

LaneRun run_lanes(const Phase& phase, const std::function<std::optional<double>(OpId)>& execute,
                  const std::function<void()>& ready, const std::function<void(const std::string&)>& failed) {
  std::array<std::vector<OpId>, lane_count> programs;
  for (std::size_t i = 0; i < phase.ops.size(); ++i)
    programs[static_cast<std::size_t>(phase.ops[i].lane)].push_back(OpId(static_cast<std::int64_t>(i)));
  Progress progress(phase.ops.size());
  LaneRun run;
  run.spans.resize(phase.ops.size());
  std::array<double, lane_count> ends{};
  const auto fail = [&](const std::exception_ptr& error) {
    if (progress.fail(error)) failed(reason_of(error));
  };
  const auto run_lane = [&](std::size_t lane) {
    try {
      const std::optional<Clock::time_point> begin = progress.wait_for_begin();
      if (!begin) return;
      for (const OpId id : programs[lane]) {
        if (!progress.wait_for(phase.ops[id.at()])) return;
        OpSpan& span = run.spans[id.at()];
        span.start = seconds_since(*begin);
        const double processor = kernels::thread_cpu_seconds();
        const std::optional<double> taken = execute(id);
        span.processor = kernels::thread_cpu_seconds() - processor;
        span.end = seconds_since(*begin);
        if (taken) span.start = std::max(span.start, span.end - *taken);
        progress.finish(id);
      }
      ends[lane] = seconds_since(*begin);
    } catch (...) {
      fail(std::current_exception());
    }
  };
  {
    // The compute lane runs here.
    constexpr std::size_t compute = static_cast<std::size_t>(Lane::compute);
    std::vector<std::jthread> others;
    try {
      for (std::size_t lane = 0; lane < programs.size(); ++lane)
        if (lane != compute && !programs[lane].empty()) others.emplace_back(run_lane, lane);
      ready();
      progress.let_go();
    } catch (...) {
      fail(std::current_exception());
    }
    run_lane(compute);
  }
  progress.throw_failure();
  for (const double end : ends) run.time = std::max(run.time, end);
  return run;
}

}  // namespace validation
