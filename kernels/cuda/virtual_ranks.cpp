#include "kernels/virtual_ranks.h"

#include <memory>
#include <thread>
#include <vector>

#include "kernels/cuda_state.h"

namespace kernels {

namespace {

class VirtualRankMemory : public RankMemory {
 public:
  VirtualRankMemory(const CudaStream& work, std::chrono::milliseconds deadline)
      : work_(work), deadline_(deadline) {}

  void settle() override { wait(work_, "the work that was queued before this message"); }

  void copy(std::span<const std::byte> from, std::span<std::byte> to) override {
    cuda_copy(from.data(), to.data(), static_cast<std::int64_t>(from.size()), copies_.handle());
    wait(copies_, "a copy");
  }

  void sum(const std::vector<std::span<const std::byte>>& parts, Element element,
           std::span<std::byte> to) override {
    const auto bytes = static_cast<std::int64_t>(to.size());
    const CudaMemory gathered(bytes * static_cast<std::int64_t>(parts.size()));
    for (std::size_t part = 0; part < parts.size(); ++part)
      cuda_copy(parts[part].data(), gathered.data() + static_cast<std::int64_t>(part) * bytes, bytes,
                copies_.handle());
    cuda_sum_parts(gathered.data(), static_cast<int>(parts.size()), element, bytes / bytes_of(element),
                   to.data(), copies_.handle());
    wait(copies_, "a sum");
  }

 private:
  // A GPU that does not answer must not hold a rank for ever.
  void wait(const CudaStream& stream, const char* what) const {
    const auto end = std::chrono::steady_clock::now() + deadline_;
    while (!stream.is_done()) {
      if (std::chrono::steady_clock::now() > end)
        throw CudaError(std::string(what) + " did not end within " + std::to_string(deadline_.count()) +
                        " ms; a kernel may be stuck, or the deadline is too short for the size");
      std::this_thread::yield();
    }
  }

  const CudaStream& work_;
  std::chrono::milliseconds deadline_;
  CudaStream copies_;
};

}  // namespace

void run_virtual_ranks(int size, const VirtualRanksOptions& options,
                       const std::function<void(const VirtualRank&)>& body) {
  if (const CudaDevices found = cuda_devices(); found.devices.empty())
    throw CudaError("virtual ranks need a GPU: " + found.why_none);
  std::vector<std::unique_ptr<CudaStream>> streams(static_cast<std::size_t>(size > 0 ? size : 0));
  run_ranks(
      size, {options.deadline},
      [&](int rank) {
        use_cuda_device(options.device);
        std::unique_ptr<CudaStream>& stream = streams[static_cast<std::size_t>(rank)];
        stream = std::make_unique<CudaStream>();
        return std::make_unique<VirtualRankMemory>(*stream, options.deadline);
      },
      [&](Communicator& ranks) {
        body({ranks, *streams[static_cast<std::size_t>(ranks.rank())]});
      });
}

}  // namespace kernels
