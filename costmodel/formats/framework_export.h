// A plan in the words of the frameworks people run: launch flags, lines of Python, and what they cannot
// express.
//
// What a framework cannot do is never dropped in silence: each such axis is a sentence with the nearest thing
// that the framework can do.  Nothing here changes the plan or judges it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/scenario.h"

namespace costmodel {

enum class Framework { megatron, usp, ring_flash_attention, burst_engine };

std::string_view name_of(Framework framework);     // "megatron", "usp", "ring-flash-attention", "burstengine"
Framework parse_framework(std::string_view text);  // throws Error without a place
const std::vector<Framework>& all_frameworks();

struct FrameworkExport {
  Framework framework = Framework::megatron;
  std::string source;                        // version and commit whose flags these are
  std::vector<std::string> environment;      // "CUDA_DEVICE_MAX_CONNECTIONS=1"
  std::string launcher;                      // "torchrun --nnodes 4 --nproc-per-node 8 pretrain_gpt.py"
  std::vector<std::string> flags;            // one option with its values each
  std::vector<std::string> code;             // lines of Python
  std::vector<std::string> notes;            // sentences
  std::vector<std::string> not_expressible;  // sentences; empty: the framework runs this very plan
};

FrameworkExport export_plan(Framework framework, const Scenario& scenario, const Plan& plan);

// Comments, then what to run: a shell command, or Python where there are no flags.
std::string export_text(const FrameworkExport& result);

}  // namespace costmodel
