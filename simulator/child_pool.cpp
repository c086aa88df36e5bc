#include "simulator/child_pool.h"

#include <fmt/format.h>
#include <poll.h>

namespace simulator {

void ChildPool::start(std::size_t number, const ChildWork& work) {
  running_.emplace_back(number, std::make_unique<ChildProcess>(work));
}

std::vector<EndedChild> ChildPool::wait(std::chrono::milliseconds longest) {
  std::vector<pollfd> polls;
  for (const auto& [number, child] : running_)
    for (const int descriptor : child->descriptors()) polls.push_back({descriptor, POLLIN, 0});
  ::poll(polls.data(), polls.size(), static_cast<int>(longest.count()));
  for (auto& [number, child] : running_) {
    child->read();
    if (!child->ended() && std::chrono::steady_clock::now() - child->heard() > silence_)
      child->fail(fmt::format("the simulation gave no sign of life for {} s", silence_.count()));
  }
  return take_ended();
}

std::vector<EndedChild> ChildPool::stop() {
  for (auto& [number, child] : running_) child->stop();
  return take_ended();
}

double ChildPool::progress() const {
  double sum = 0;
  for (const auto& [number, child] : running_) sum += child->progress();
  return sum;
}

std::vector<EndedChild> ChildPool::take_ended() {
  std::vector<EndedChild> ended;
  for (const auto& [number, child] : running_)
    if (child->ended()) ended.push_back({number, child->outcome()});
  std::erase_if(running_, [](const auto& entry) { return entry.second->ended(); });
  return ended;
}

}  // namespace simulator
