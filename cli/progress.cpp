#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace cli {

Progress::Progress(std::string what, ShowProgress show)
    : what_(std::move(what)),
      enabled_(show == ShowProgress::when_terminal && ::isatty(STDERR_FILENO) == 1),
      next_(Clock::now() + std::chrono::seconds(1)) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::update(std::size_t done, std::size_t total) {
  if (!enabled_ || total == 0 || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::milliseconds(100);
  drawn_ = true;
  constexpr std::size_t width = 30;
  const std::size_t filled = done * width / total;
  fmt::print(stderr, "\r{} [{}{}] {} of {}", what_, std::string(filled, '#'),
             std::string(width - filled, '.'), done, total);
  std::fflush(stderr);
}

void ProgressLines::update(double share) {
  if (!enabled_ || share <= last_ || (share < 1 && Clock::now() < next_)) return;
  next_ = Clock::now() + std::chrono::milliseconds(100);
  last_ = share;
  fmt::print(stderr, "{{\"progress\": {:.4f}}}\n", share);
  std::fflush(stderr);
}

}  // namespace cli
