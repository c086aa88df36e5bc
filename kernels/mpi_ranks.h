// Communicator `mpi`: ranks as processes, on one machine or many, started by mpirun.
//
// Everything goes point to point and is polled, because MPI itself has no deadlines: an operation that waits
// too long fails, tells the other ranks why, and they fail too, in the operation that they are in or in the
// next.  After that MPI cannot be finalised any more; leave_after_failure ends all processes.
#pragma once

#include <chrono>
#include <memory>

#include "kernels/communicator.h"

namespace kernels {

// Whether this build has MPI at all.
bool has_mpi();

// MPI in this process, from start to end.  At most one at a time, in the thread that made it.
class MpiSession {
 public:
  // Throws CommunicatorError when MPI does not start, ArgumentError in a build without MPI.
  explicit MpiSession(std::chrono::milliseconds deadline);
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  Communicator& communicator();
  // Tells all ranks that `reason` ended this one, leaves them a moment to say so themselves, and ends the
  // whole job with this exit code.
  [[noreturn]] void leave_after_failure(const std::string& reason, int exit_code);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kernels
