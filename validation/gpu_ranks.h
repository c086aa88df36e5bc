// Ranks on GPUs: R of them on one (virtual), or each on a GPU of its own over NCCL, as threads of this
// process or as one process each.
//
// Exists in every build; what is missing (a GPU, CUDA, NCCL) is said when a run starts, as
// kernels::CudaError.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "validation/rank_host.h"

namespace validation {

std::unique_ptr<RankHost> virtual_ranks(int device, std::chrono::milliseconds deadline);
// One rank per device, in this order.
std::unique_ptr<RankHost> nccl_ranks_as_threads(std::vector<int> devices, std::chrono::milliseconds deadline);
// This process is a rank with one GPU; `world` carries what NCCL does not: its ids and the records.  It must
// outlive the host.
std::unique_ptr<RankHost> nccl_ranks_as_processes(kernels::Communicator& world, int device,
                                                  std::chrono::milliseconds deadline);

// Lanes with messages in some phase, the same on all ranks: each needs a communicator of its own over NCCL.
std::vector<costmodel::Lane> message_lanes(const costmodel::Schedule& schedule);

}  // namespace validation
