// One phase on one rank: what its operations need, and how each kind of them is done.  Lanes and their order
// are in lanes.h.
#pragma once

#include <array>

#include "costmodel/schedule/schedule.h"
#include "kernels/backend.h"
#include "kernels/communicator.h"
#include "kernels/tensor_memory.h"
#include "validation/lane_communicator.h"
#include "validation/phase_buffers.h"
#include "validation/problem.h"

namespace validation {

// One operation on one rank: seen by the thread of its lane.
struct RankPhase {
  const costmodel::Schedule& schedule;
  const costmodel::Phase& phase;
  costmodel::Rank rank;
  const Problem& problem;
  PhaseBuffers& buffers;
  kernels::TensorWork& work;  // of the lane; what is queued need not be waited for
  Scratch& kernel_scratch;    // of the compute lane
  Scratch& message_scratch;   // of the lane of collectives
  const kernels::Backend& backend;
  kernels::StepOptions step;
  int first_tag = 0;   // of the exchanges of this phase
  int group_tags = 0;  // of the collectives of groups

  costmodel::RankCoordinates at() const { return schedule.grid.coordinates(rank); }
  // Tokens of this rank's ring position.
  std::int64_t rows() const { return schedule.sequence / schedule.grid.ring(); }
  const costmodel::Buffer& buffer(costmodel::BufferId id) const { return phase.buffers.at(id.at()); }
  // A packed tensor in a buffer, `offset` bytes from its start.
  kernels::TensorView view(std::span<std::byte> bytes, std::int64_t offset, kernels::Element element,
                           std::int64_t view_rows, std::int64_t heads) const {
    return kernels::packed_view(bytes.data() + offset, element, problem.batch, view_rows, heads,
                                problem.head_dim);
  }
};

// Of the compute lane.
void run_attention(const RankPhase& rank, const costmodel::ResolvedOp& op);
void run_elementwise(const RankPhase& rank, const costmodel::ResolvedOp& op);

// Of the other lanes; `lane` is the communicator of the operation's lane.
void run_exchange(const RankPhase& rank, const costmodel::ResolvedOp& op, kernels::Communicator& lane);
void run_collective(const RankPhase& rank, const costmodel::ResolvedOp& op, kernels::Communicator& lane);

}  // namespace validation
