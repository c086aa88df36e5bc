// The processes that mpirun has started, as ranks of a grid.  Only mpi_grid.cpp sees MPI.
#pragma once

#include <memory>

#include "cli/grid_ranks.h"

namespace cli {

// What mpirun or srun says in the environment, without MPI: 1 process of rank 0 when neither started us.
int launched_processes();
int launched_rank();

// Null when this process was started alone.  Starts MPI, so call it once.  Throws Error when there are
// several processes and this program was built without MPI.
std::shared_ptr<GridRanks> mpi_ranks();

}  // namespace cli
