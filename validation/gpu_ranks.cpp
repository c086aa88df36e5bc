#include "validation/gpu_ranks.h"

#include <algorithm>
#include <stdexcept>

#include "kernels/nccl_ranks.h"
#include "kernels/virtual_ranks.h"
#include "validation/record_exchange.h"

namespace validation {

using costmodel::Lane;
using costmodel::Schedule;
using kernels::Communicator;

namespace {

class VirtualHost : public RankHost {
 public:
  VirtualHost(int device, std::chrono::milliseconds deadline) : device_(device), deadline_(deadline) {}

  bool reports() const override { return true; }
  void on_ranks(int ranks, const std::function<void(const RankEnds&)>& body) override {
    kernels::run_virtual_ranks(ranks, {deadline_, device_}, [&](const kernels::VirtualRank& rank) {
      const auto memory = kernels::cuda_tensor_memory(device_);
      body(RankEnds{rank.ranks, [&](Lane) -> Communicator& { return rank.ranks; }, *memory});
    });
  }

 private:
  int device_;
  std::chrono::milliseconds deadline_;
};

// The first communicator is for all lanes at once, the others for one lane each.
kernels::NcclOptions options_for(const std::vector<Lane>& lanes, std::chrono::milliseconds deadline) {
  kernels::NcclOptions options;
  options.communicators = 1 + static_cast<int>(lanes.size());
  options.deadline = deadline;
  return options;
}

void over_nccl(const std::vector<Lane>& lanes, const std::vector<Communicator*>& communicators, int device,
               const std::function<void(const RankEnds&)>& body) {
  const auto memory = kernels::cuda_tensor_memory(device);
  const auto of_lane = [&](Lane lane) -> Communicator& {
    const auto found = std::find(lanes.begin(), lanes.end(), lane);
    return *communicators[found == lanes.end() ? 0U : 1U + static_cast<std::size_t>(found - lanes.begin())];
  };
  body(RankEnds{*communicators.front(), of_lane, *memory});
}

class NcclThreadHost : public RankHost {
 public:
  NcclThreadHost(std::vector<int> devices, std::chrono::milliseconds deadline)
      : devices_(std::move(devices)), deadline_(deadline) {}

  bool reports() const override { return true; }
  std::vector<RankRecord> run(const Schedule& schedule, const Problem& problem,
                              const RunOptions& options) override {
    if (schedule.world_size() != static_cast<int>(devices_.size()))
      throw std::logic_error("nccl_ranks_as_threads: one device per rank of the schedule is needed");
    std::vector<RankRecord> records(devices_.size());
    on_lanes(message_lanes(schedule), [&](const RankEnds& ends) {
      records[static_cast<std::size_t>(ends.all.rank())] = run_rank(schedule, problem, ends, options);
    });
    return records;
  }
  void on_ranks(int ranks, const std::function<void(const RankEnds&)>& body) override {
    if (ranks != static_cast<int>(devices_.size()))
      throw std::logic_error("nccl_ranks_as_threads: one device per rank is needed");
    on_lanes({Lane::ring}, body);
  }

 private:
  void on_lanes(const std::vector<Lane>& lanes, const std::function<void(const RankEnds&)>& body) {
    kernels::run_nccl_ranks(devices_, options_for(lanes, deadline_), [&](const kernels::NcclRank& rank) {
      over_nccl(lanes, rank.all, devices_[static_cast<std::size_t>(rank.ranks.rank())], body);
    });
  }

  std::vector<int> devices_;
  std::chrono::milliseconds deadline_;
};

class NcclProcessHost : public RankHost {
 public:
  NcclProcessHost(Communicator& world, int device, std::chrono::milliseconds deadline)
      : world_(world), device_(device), deadline_(deadline) {}

  bool reports() const override { return world_.rank() == 0; }
  void on_ranks(int, const std::function<void(const RankEnds&)>& body) override {
    on_lanes({Lane::ring}, body);
  }
  std::vector<RankRecord> run(const Schedule& schedule, const Problem& problem,
                              const RunOptions& options) override {
    try {
      return gather_records(world_, run_this_rank(schedule, problem, options));
    } catch (const kernels::CommunicatorError&) {
      throw;
    } catch (const std::exception& error) {
      world_.abort(error.what());
      throw;
    }
  }

 private:
  RankRecord run_this_rank(const Schedule& schedule, const Problem& problem, const RunOptions& options) {
    RankRecord record;
    on_lanes(message_lanes(schedule),
             [&](const RankEnds& ends) { record = run_rank(schedule, problem, ends, options); });
    return record;
  }

  void on_lanes(const std::vector<Lane>& lanes, const std::function<void(const RankEnds&)>& body) {
    const kernels::NcclOptions nccl = options_for(lanes, deadline_);
    kernels::use_cuda_device(device_);
    const kernels::CudaStream work;
    const auto ends = kernels::nccl_ranks({world_.rank(), world_.size(), device_, {}},
                                          shared_ids(nccl.communicators), work, nccl);
    std::vector<Communicator*> communicators;
    for (const auto& end : ends) communicators.push_back(end.get());
    over_nccl(lanes, communicators, device_, body);
  }

  // Rank 0 makes them.
  std::vector<kernels::NcclId> shared_ids(int count) {
    std::vector<kernels::NcclId> mine(static_cast<std::size_t>(count));
    if (world_.rank() == 0)
      for (kernels::NcclId& id : mine) id = kernels::new_nccl_id();
    std::vector<kernels::NcclId> all(mine.size() * static_cast<std::size_t>(world_.size()));
    world_.all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
    all.resize(mine.size());
    return all;
  }

  Communicator& world_;
  int device_;
  std::chrono::milliseconds deadline_;
};

}  // namespace

std::vector<Lane> message_lanes(const Schedule& schedule) {
  std::vector<Lane> lanes;
  for (const costmodel::Phase& phase : schedule.phases)
    for (const costmodel::Op& op : phase.ops) {
      const bool sends = op.kind == costmodel::OpKind::exchange || op.kind == costmodel::OpKind::collective;
      if (sends && std::find(lanes.begin(), lanes.end(), op.lane) == lanes.end()) lanes.push_back(op.lane);
    }
  return lanes;
}

std::unique_ptr<RankHost> virtual_ranks(int device, std::chrono::milliseconds deadline) {
  return std::make_unique<VirtualHost>(device, deadline);
}
std::unique_ptr<RankHost> nccl_ranks_as_threads(std::vector<int> devices,
                                                std::chrono::milliseconds deadline) {
  return std::make_unique<NcclThreadHost>(std::move(devices), deadline);
}
std::unique_ptr<RankHost> nccl_ranks_as_processes(Communicator& world, int device,
                                                  std::chrono::milliseconds deadline) {
  return std::make_unique<NcclProcessHost>(world, device, deadline);
}

}  // namespace validation
