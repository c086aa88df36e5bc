#include "kernels/communicator.h"

namespace kernels {

CommunicatorError::CommunicatorError(int reporting_rank, const std::string& operation,
                                     const std::string& cause, int cause_rank)
    : std::runtime_error("rank " + std::to_string(reporting_rank) + ", " + operation + ": " + cause),
      cause_(cause),
      cause_rank_(cause_rank) {}

}  // namespace kernels
