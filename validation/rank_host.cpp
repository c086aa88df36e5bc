#include "validation/rank_host.h"

#include "kernels/thread_ranks.h"
#include "validation/record_exchange.h"

namespace validation {

std::vector<RankRecord> RankHost::run(const costmodel::Schedule& schedule, const Problem& problem,
                                      const RunOptions& options) {
  std::vector<RankRecord> records(static_cast<std::size_t>(schedule.world_size()));
  on_ranks(schedule.world_size(), [&](const RankEnds& ends) {
    records[static_cast<std::size_t>(ends.all.rank())] = run_rank(schedule, problem, ends, options);
  });
  return records;
}

namespace {

void in_host_memory(kernels::Communicator& communicator, const std::function<void(const RankEnds&)>& body) {
  const std::unique_ptr<kernels::TensorMemory> memory = kernels::host_tensor_memory();
  body(RankEnds{communicator, [&](costmodel::Lane) -> kernels::Communicator& { return communicator; },
                *memory});
}

class ThreadHost : public RankHost {
 public:
  explicit ThreadHost(std::chrono::milliseconds deadline) : deadline_(deadline) {}

  bool reports() const override { return true; }
  void on_ranks(int ranks, const std::function<void(const RankEnds&)>& body) override {
    kernels::run_ranks(ranks, {deadline_},
                       [&](kernels::Communicator& communicator) { in_host_memory(communicator, body); });
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
  void on_ranks(int, const std::function<void(const RankEnds&)>& body) override {
    in_host_memory(world_, body);
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
