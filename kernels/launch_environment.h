// Whether somebody started this process as one of several: mpirun, srun with PMI.  Read from the environment,
// so that it can be asked without any library.
#pragma once

#include <optional>

namespace kernels {

struct LaunchedAs {
  int rank = 0;
  int size = 1;
  int local_size = 1;  // processes on this machine
  int local_rank = 0;  // among them
};

// Nothing for a process that was started alone.
std::optional<LaunchedAs> launched_as();

}  // namespace kernels
