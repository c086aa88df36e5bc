// Work in a process of its own: SimGrid has one engine per process and ends it when something is wrong, and
// a process can be stopped at once.
//
// A child is forked, so it sees the caller's data; its answer, its progress and its last words come back
// through pipes.  It dies with its parent.  Fork from a program with one thread only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "simulator/engine.h"

namespace simulator {

enum class ChildState : std::uint8_t {
  waiting,  // not started
  running,
  answered,  // text is the answer
  refused,   // costmodel::Error: the input must change; text is its message
  failed,    // an exception, an abort or a signal; text says which
  stopped,   // cancelled before it had answered
};

struct ChildOutcome {
  ChildState state = ChildState::waiting;
  std::string text;
};

// What a child does; what it returns is its answer.
using ChildWork = std::function<std::string(ProgressSink&)>;

class ChildProcess {
 public:
  // Throws std::runtime_error when no process can be made.
  explicit ChildProcess(const ChildWork& work);
  ~ChildProcess();  // kills it
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  std::vector<int> descriptors() const;  // to poll for input; empty once it has ended
  void read();                           // what has come; does not wait
  void stop();                           // kills it
  bool ended() const { return outcome_.state != ChildState::running; }
  const ChildOutcome& outcome() const { return outcome_; }
  double progress() const { return progress_; }
  // When it last gave a sign of life.
  std::chrono::steady_clock::time_point heard() const { return heard_; }
  // Ends it as failed, with this reason.
  void fail(const std::string& reason);

 private:
  void take_messages();
  void reap();

  int pid_ = -1, answers_ = -1, errors_ = -1;
  std::string received_, last_words_;
  double progress_ = 0;
  std::chrono::steady_clock::time_point heard_;
  ChildOutcome outcome_;
};

enum class OnFailure : std::uint8_t { go_on, stop };

struct ChildrenOptions {
  int at_once = 1;
  std::function<void(double share)> progress;  // of all work, from 0 to 1
  std::function<bool()> cancelled;             // asked at least every 50 ms
  std::chrono::seconds silence{300};           // a child that says nothing for so long has failed
  OnFailure failure = OnFailure::go_on;        // of one: whether the others are of use
};

// Whether it was refused or has failed.
bool is_failure(const ChildOutcome& outcome);

// Runs all; the outcomes stand in the order of the work.  When cancelled, or stopped by a failure, the rest
// is `stopped` or `waiting`.
std::vector<ChildOutcome> run_children(const std::vector<ChildWork>& work, const ChildrenOptions& options);

}  // namespace simulator
