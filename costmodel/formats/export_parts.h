// One function per framework, and what they share.  Callers use framework_export.h.
#pragma once

#include <string>

#include "costmodel/formats/framework_export.h"

namespace costmodel {

FrameworkExport export_megatron(const Scenario& scenario, const Plan& plan);
FrameworkExport export_usp(const Scenario& scenario, const Plan& plan);
FrameworkExport export_ring_flash_attention(const Scenario& scenario, const Plan& plan);
FrameworkExport export_burst_engine(const Scenario& scenario, const Plan& plan);

// "torchrun --nnodes 4 --nproc-per-node 8 <script>" for the nodes that the plan needs.
std::string torchrun(const Scenario& scenario, const Plan& plan, const std::string& script);

// A plan of context parallelism over more than one rank.
bool splits_context(const Plan& plan);

// Axes that a library of attention functions leaves to the training code around it.
void note_axes_outside_attention(const Plan& plan, const std::string& library, FrameworkExport& result);

}  // namespace costmodel
