// What ZeRO and data parallelism move: weights gathered before they are used, gradients reduced after they
// are made. Bytes: formulas 2.9 and 2.10.
#include <algorithm>

#include "costmodel/schedule/lower_step.h"

namespace costmodel {

int background_pieces(const StepShape& shape) { return std::clamp(shape.grid.ring() + 2, 3, 8); }

bool shards_weights(const StepShape& shape, const Plan& plan) {
  return plan.zero >= 3 && shape.replicas() > 1;
}

bool shards_gradients(const StepShape& shape, const Plan& plan) {
  return plan.zero >= 2 && shape.replicas() > 1;
}

Collective weight_gather(const StepShape& shape, std::int64_t parameters) {
  const double replicas = shape.replicas();
  return {CollectiveKind::all_gather, GroupKind::replicas,
          shape.weight_bytes(parameters) * ((replicas - 1) / replicas), Payload::weights};
}

Collective gradient_reduction(const StepShape& shape, const Plan& plan, std::int64_t parameters) {
  const double replicas = shape.replicas();
  const Bytes once = shape.weight_bytes(parameters) * ((replicas - 1) / replicas);
  if (plan.zero == 0)
    return {CollectiveKind::all_reduce, GroupKind::replicas, 2.0 * once, Payload::weight_gradients};
  return {CollectiveKind::reduce_scatter, GroupKind::replicas, once, Payload::weight_gradients};
}

}  // namespace costmodel
