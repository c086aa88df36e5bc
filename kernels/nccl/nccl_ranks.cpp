#include "kernels/nccl_ranks.h"

#include <cstring>
#include <memory>
#include <thread>

#include "kernels/cuda_state.h"
#include "kernels/nccl/nccl_communicator.h"
#include "kernels/thread_ranks.h"

namespace kernels {

namespace {

class CudaNcclQueue : public NcclQueue {
 public:
  explicit CudaNcclQueue(const CudaStream& work) : work_(work) {}

  cudaStream_t stream() override { return static_cast<cudaStream_t>(messages_.handle()); }
  void follow_work() override { messages_.wait_for(work_); }
  bool is_done() override { return messages_.is_done(); }
  std::byte* scratch(std::size_t bytes) override {
    if (static_cast<std::size_t>(scratch_.size()) < bytes)
      scratch_ = CudaMemory(static_cast<std::int64_t>(bytes));
    return scratch_.data();
  }
  void sum(const std::byte* parts, int number, Element element, std::size_t count, std::byte* to) override {
    cuda_sum_parts(parts, number, element, static_cast<std::int64_t>(count), to, messages_.handle());
  }

 private:
  const CudaStream& work_;
  CudaStream messages_;
  CudaMemory scratch_;
};

// A communicator that owns what it needs.
struct OwnedParts {
  OwnedParts(const CudaStream& work, std::shared_ptr<SharedFailure> shared)
      : queue(work), failure(std::move(shared)) {}
  CudaNcclQueue queue;
  std::shared_ptr<SharedFailure> failure;
};

class OwningNcclCommunicator : private OwnedParts, public NcclCommunicator {
 public:
  OwningNcclCommunicator(const NcclPlace& place, const CudaStream& work,
                         std::shared_ptr<SharedFailure> shared, const NcclOptions& options)
      : OwnedParts(work, std::move(shared)),
        NcclCommunicator(open_nccl(), OwnedParts::queue, *OwnedParts::failure, place, options) {}
};

using Ends = std::vector<std::unique_ptr<Communicator>>;

Ends connect(NcclPlace place, std::span<const NcclId> ids, const CudaStream& work,
             const std::shared_ptr<SharedFailure>& failure, const NcclOptions& options) {
  if (static_cast<int>(ids.size()) != options.communicators)
    throw ArgumentError("nccl_ranks: " + std::to_string(ids.size()) + " ids for " +
                        std::to_string(options.communicators) + " communicators; give one for each");
  Ends ends;
  for (const NcclId& id : ids) {
    place.id = id;
    ends.push_back(std::make_unique<OwningNcclCommunicator>(place, work, failure, options));
  }
  return ends;
}

}  // namespace

std::string why_no_nccl() {
  try {
    open_nccl();
  } catch (const CudaError& error) {
    return error.what();
  }
  return "";
}

std::string nccl_version() {
  int version = 0;
  open_nccl().get_version(&version);
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

NcclId new_nccl_id() {
  const NcclFunctions nccl = open_nccl();
  ncclUniqueId id;
  if (const ncclResult_t result = nccl.get_unique_id(&id); result != ncclSuccess)
    throw CudaError(std::string("ncclGetUniqueId: ") + nccl.get_error_string(result) +
                    "; NCCL_SOCKET_IFNAME chooses the network interface");
  NcclId bytes;
  std::memcpy(bytes.data(), id.internal, bytes.size());
  return bytes;
}

Ends nccl_ranks(const NcclPlace& place, std::span<const NcclId> ids, const CudaStream& work,
                const NcclOptions& options) {
  use_cuda_device(place.device);
  return connect(place, ids, work, std::make_shared<SharedFailure>(), options);
}

void run_nccl_ranks(const std::vector<int>& devices, const NcclOptions& options,
                    const std::function<void(const NcclRank&)>& body) {
  if (devices.empty()) throw ArgumentError("run_nccl_ranks: there are no devices; name one per rank");
  if (const CudaDevices found = cuda_devices(); found.devices.empty())
    throw CudaError("ranks over NCCL need a GPU each: " + found.why_none);
  std::vector<NcclId> ids;
  for (int c = 0; c < options.communicators; ++c) ids.push_back(new_nccl_id());
  const auto failure = std::make_shared<SharedFailure>();
  std::vector<std::string> errors(devices.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < devices.size(); ++i)
      threads.emplace_back([&, i] {
        const int rank = static_cast<int>(i);
        try {
          use_cuda_device(devices[i]);
          const CudaStream work;
          const Ends ends =
              connect({rank, static_cast<int>(devices.size()), devices[i], {}}, ids, work, failure, options);
          NcclRank mine{*ends.front(), {}, work};
          for (const auto& end : ends) mine.all.push_back(end.get());
          body(mine);
          work.synchronize();
        } catch (const CommunicatorError& error) {
          errors[i] = error.what();
          failure->set(error.cause_rank(), error.cause());
        } catch (const std::exception& error) {
          errors[i] = "rank " + std::to_string(rank) + " threw: " + error.what();
          failure->set(rank, errors[i]);
        }
      });
  }
  if (const std::optional<SharedFailure::What> failed = failure->what())
    throw RanksFailed(failed->cause, std::move(errors));
}

}  // namespace kernels
