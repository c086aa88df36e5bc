// What the communicator over NCCL says in a build without it.
#include "kernels/nccl_ranks.h"

namespace kernels {

namespace {

const char* const reason =
    "this build has no NCCL; configure with -DRINGSIDE_CUDA=ON -DRINGSIDE_NCCL=ON where nvcc and nccl.h are "
    "(NCCL_ROOT says where)";

}  // namespace

std::string why_no_nccl() { return reason; }
std::string nccl_version() { throw CudaError(reason); }
NcclId new_nccl_id() { throw CudaError(reason); }
std::vector<std::unique_ptr<Communicator>> nccl_ranks(const NcclPlace&, std::span<const NcclId>,
                                                      const CudaStream&, const NcclOptions&) {
  throw CudaError(reason);
}
void run_nccl_ranks(const std::vector<int>&, const NcclOptions&,
                    const std::function<void(const NcclRank&)>&) {
  throw CudaError(reason);
}

}  // namespace kernels
