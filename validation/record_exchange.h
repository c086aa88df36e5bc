// Brings the records of ranks in different processes to rank 0.
#pragma once

#include <vector>

#include "kernels/communicator.h"
#include "validation/executor.h"

namespace validation {

// By rank, on rank 0; none elsewhere.  Every rank must call it.
std::vector<RankRecord> gather_records(kernels::Communicator& world, RankRecord mine);

}  // namespace validation
