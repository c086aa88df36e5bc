// Where the ranks of a run live: threads of this process, or processes of which this is one.  Runs a schedule
// on all of them and brings what they recorded to the one that reports.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "validation/executor.h"

namespace validation {

class RankHost {
 public:
  RankHost() = default;
  RankHost(const RankHost&) = delete;
  RankHost& operator=(const RankHost&) = delete;
  virtual ~RankHost() = default;

  // Whether this process has the records and prints.
  virtual bool reports() const = 0;
  // Records by rank, none where this process does not report.  Throws what went wrong: a
  // kernels::RanksFailed for threads, for processes what this one saw.  Unless overridden: on all ranks that
  // on_ranks() calls, which are then all of the schedule's.
  virtual std::vector<RankRecord> run(const costmodel::Schedule& schedule, const Problem& problem,
                                      const RunOptions& options);
  // Calls body once per rank, each in the thread and with the memory that a schedule runs in; of_lane serves
  // the compute lane and the ring lane.  Throws as run().
  virtual void on_ranks(int ranks, const std::function<void(const RankEnds&)>& body) = 0;
};

// `deadline` of every operation between ranks.
std::unique_ptr<RankHost> ranks_as_threads(std::chrono::milliseconds deadline);
// `world` is this process's end; it must outlive the host.
std::unique_ptr<RankHost> ranks_as_processes(kernels::Communicator& world);

}  // namespace validation
