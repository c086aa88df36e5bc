// The optimizer step: Adam over this rank's share of the parameters, on the GPU or on its host; then, where
// states are sharded but weights are not, the new weights are gathered.  Formulas 3.11 and 3.12.
#include "costmodel/schedule/lower_step.h"

namespace costmodel {

void lower_optimizer(PhaseBuilder& builder, const StepShape& shape, const Plan& plan) {
  const bool shards = plan.zero >= 1 && shape.replicas() > 1;
  const double share = static_cast<double>(shape.parameters.total) / (shards ? shape.replicas() : 1);
  const Bytes weights(share * shape.element);
  // A gradient and the states are read, the states and a weight written.
  const Bytes touched(share * (2.0 * shape.element + 2.0 * shape.optimizer));
  OpId updated;
  if (plan.offload == Offload::optimizer) {
    const OpId sent = builder.host({HostKind::to_host, weights, Payload::weight_gradients}, {}, {}, {});
    const OpId stepped = builder.host({HostKind::update, touched, Payload::optimizer_states}, {sent}, {}, {});
    updated = builder.host({HostKind::to_device, weights, Payload::weights}, {stepped}, {}, {});
  } else {
    updated = builder.pass(ElementwiseKind::optimizer, touched, {}, {}, {});
  }
  if (shards && plan.zero < 3)
    builder.collective(weight_gather(shape, shape.parameters.total), {updated}, {}, {});
}

}  // namespace costmodel
