// Communicator `threads`: ranks as threads of one process, messages as copies in memory.
//
// The default for checking a plan on one machine.  A thread cannot be stopped from outside, so run_ranks
// returns when every rank has returned; the others have their error within the deadline all the same, and a
// late rank gets it from its next operation.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/communicator.h"
#include "kernels/rank_memory.h"

namespace kernels {

struct ThreadRanksOptions {
  std::chrono::milliseconds deadline{30'000};  // of every operation, until a rank sets its own
};

// Thrown by run_ranks when a rank failed.  what() is the cause; errors has what each rank saw, "" for a rank
// that was done before.
class RanksFailed : public std::runtime_error {
 public:
  RanksFailed(const std::string& cause, std::vector<std::string> errors);

  const std::vector<std::string>& errors() const { return errors_; }

 private:
  std::vector<std::string> errors_;
};

// Calls body once per rank, each in a thread of its own, and waits for all of them.  A rank that throws makes
// the operations of all others fail.
void run_ranks(int size, const ThreadRanksOptions& options, const std::function<void(Communicator&)>& body);

// The same with buffers in other memory.  prepare is called in the thread of each rank before its body.
using PrepareRank = std::function<std::unique_ptr<RankMemory>(int rank)>;
void run_ranks(int size, const ThreadRanksOptions& options, const PrepareRank& prepare,
               const std::function<void(Communicator&)>& body);

}  // namespace kernels
