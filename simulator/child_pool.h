// Some children at once: started one by one, waited for together.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "simulator/child_process.h"

namespace simulator {

struct EndedChild {
  std::size_t number = 0;  // as given to start()
  ChildOutcome outcome;
};

class ChildPool {
 public:
  // A child that says nothing for `silence` has failed.
  explicit ChildPool(std::chrono::seconds silence) : silence_(silence) {}

  // Throws std::runtime_error when no process can be made.
  void start(std::size_t number, const ChildWork& work);
  std::size_t running() const { return running_.size(); }
  // Those that have ended; waits for the first sign of one, at most so long.
  std::vector<EndedChild> wait(std::chrono::milliseconds longest);
  // Kills all; they are `stopped`.
  std::vector<EndedChild> stop();
  // What the running ones have done, each from 0 to 1, added up.
  double progress() const;

 private:
  std::vector<EndedChild> take_ended();

  std::chrono::seconds silence_;
  std::vector<std::pair<std::size_t, std::unique_ptr<ChildProcess>>> running_;
};

}  // namespace simulator
