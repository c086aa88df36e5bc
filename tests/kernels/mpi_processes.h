// Running ringside as several processes with mpirun, in tests that are skipped where there is none.
#pragma once

#include <cstdlib>
#include <string>

#include "kernels/mpi_ranks.h"
#include "tests/cli/program.h"

namespace mpi_processes {

// "" when processes can be started, else why not.
inline std::string missing() {
  if (!kernels::has_mpi()) return "this build has no MPI";
  if (program::shell("command -v mpirun").exit != 0) return "there is no mpirun";
  return "";
}

// The command line up to the program's arguments: as many processes as one likes, also as root.  What Open
// MPI leaves allocated is not ours to find.
inline std::string start(int processes) {
  return "ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout 120 "
         "mpirun --oversubscribe "
         "--mca btl self,vader --mca mpi_yield_when_idle 1 -np " +
         std::to_string(processes) + " $R ";
}

}  // namespace mpi_processes
