// A bar on stderr for work that takes more than a second, only when a terminal is there to see it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace cli {

enum class ShowProgress { no, when_terminal };

class Progress {
 public:
  Progress(std::string what, ShowProgress show);
  ~Progress();  // takes the bar off the screen
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::size_t done, std::size_t total);

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  bool enabled_ = false;
  bool drawn_ = false;
  Clock::time_point next_;  // when to draw again
};

// The same for programs: lines of JSON on the standard error, {"progress": 0.25}, every 100 ms at most and
// at the end.  docs/simulator.md.
class ProgressLines {
 public:
  explicit ProgressLines(bool enabled) : enabled_(enabled) {}
  void update(double share);

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  double last_ = -1;
  Clock::time_point next_;
};

}  // namespace cli
