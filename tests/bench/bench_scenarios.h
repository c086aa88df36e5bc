// The scenarios that benchmarks price: LLaMA-7B attention on A100 nodes.
#pragma once

#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "costmodel/spec/scenario.h"

namespace bench {

costmodel::Scenario attention_scenario(int nodes, std::int64_t sequence);

}  // namespace bench
