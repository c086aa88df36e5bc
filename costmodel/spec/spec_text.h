// The enums of a scenario as text.  Readers throw Error without a place; readers of files add it.
#pragma once

#include <string>
#include <string_view>

#include "costmodel/spec/cluster_spec.h"
#include "costmodel/spec/model_spec.h"
#include "costmodel/spec/workload_spec.h"

namespace costmodel {

std::string_view name_of(WorkPhase phase);
std::string_view name_of(Logits logits);
std::string_view name_of(MaskKind kind);
std::string_view name_of(Dtype dtype);
std::string_view name_of(Fp8 fp8);
std::string_view name_of(ScaleUpKind kind);
std::string_view name_of(FabricKind kind);
std::string_view name_of(FeedForward feed_forward);
std::string_view name_of(Embeddings embeddings);
std::string mask_text(const Mask& mask);  // "causal", "full", "sliding:4K", "documents:4K+60K"

WorkPhase parse_work_phase(std::string_view text);
Logits parse_logits(std::string_view text);
Mask parse_mask(std::string_view text);
Dtype parse_dtype(std::string_view text);
Fp8 parse_fp8(std::string_view text);
ScaleUpKind parse_scale_up_kind(std::string_view text);
FabricKind parse_fabric_kind(std::string_view text);
FeedForward parse_feed_forward(std::string_view text);
Embeddings parse_embeddings(std::string_view text);
Provenance parse_provenance(std::string_view text);

}  // namespace costmodel
