#include "validation/rank_host.h"

#include "kernels/thread_ranks.h"
#include "validation/record_bytes.h"

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
    RankRecord mine = run_rank(schedule, problem, world_, options);
    if (!reports()) {
      send_to_root(bytes_of(mine));
      return {};
    }
    std::vector<RankRecord> records{std::move(mine)};
    for (int rank = 1; rank < world_.size(); ++rank) records.push_back(record_from(received_from(rank)));
    return records;
  }

 private:
  // First the size, then the bytes; the root sends nothing back.
  static constexpr int size_tag = 1, bytes_tag = 2;

  void send_to_root(std::span<const std::byte> bytes) {
    const std::uint64_t size = bytes.size();
    world_.exchange({std::as_bytes(std::span(&size, 1)), 0, {}, 0, size_tag});
    world_.exchange({bytes, 0, {}, 0, bytes_tag});
  }
  std::vector<std::byte> received_from(int rank) {
    std::uint64_t size = 0;
    world_.exchange({{}, rank, std::as_writable_bytes(std::span(&size, 1)), rank, size_tag});
    std::vector<std::byte> bytes(size);
    world_.exchange({{}, rank, bytes, rank, bytes_tag});
    return bytes;
  }

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
