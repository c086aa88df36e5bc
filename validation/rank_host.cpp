#include "validation/rank_host.h"

#include "kernels/thread_ranks.h"
#include "validation/record_exchange.h"

namespace validation {

namespace {

class ThreadHost : public RankHost {
 public:
  explicit ThreadHost(std::chrono::milliseconds deadline) : deadline_(deadline) {}

  bool reports() const override { return true; }
  std::vector<RankRecord> run(const costmodel::Schedule& schedule, const Problem& problem,
                              const RunOptions& options) override {
    std::vector<RankRecord> records(static_cast<std::size_t>(schedule.world_size()));
    kernels::run_ranks(schedule.world_size(), {deadline_}, [&](kernels::Communicator& communicator) {
      records[static_cast<std::size_t>(communicator.rank())] =
          run_rank(schedule, problem, communicator, options);
    });
    return records;
  }

 private:
  std::chrono::milliseconds deadline_;
};

class ProcessHost : public RankHost {
 public:
  explicit ProcessHost(kernels::Communicator& world) : world_(world) {}

  bool reports() const override { return world_.rank() == 0; }
  std::vector<RankRecord> run(const costmodel::Schedule& schedule, const Problem& problem,
                              const RunOptions& options) override {
    return gather_records(world_, run_rank(schedule, problem, world_, options));
  }

 private:
  kernels::Communicator& world_;
};

}  // namespace

std::unique_ptr<RankHost> ranks_as_threads(std::chrono::milliseconds deadline) {
  return std::make_unique<ThreadHost>(deadline);
}

std::unique_ptr<RankHost> ranks_as_processes(kernels::Communicator& world) {
  return std::make_unique<ProcessHost>(world);
}

}  // namespace validation
