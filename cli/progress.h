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

}  // namespace cli
