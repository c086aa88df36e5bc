#include "costmodel/spec/spec_text.h"

#include <algorithm>

#include "costmodel/base/enum_text.h"
#include "costmodel/base/unit_text.h"

namespace costmodel {

namespace {

constexpr std::array logit_choices{
    EnumName<Logits>{Logits::last, "last"},
    EnumName<Logits>{Logits::all, "all"},
};
constexpr std::array phases{
    EnumName<WorkPhase>{WorkPhase::forward, "forward"},
    EnumName<WorkPhase>{WorkPhase::backward, "backward"},
    EnumName<WorkPhase>{WorkPhase::forward_backward, "forward_backward"},
    EnumName<WorkPhase>{WorkPhase::prefill, "prefill"},
    EnumName<WorkPhase>{WorkPhase::training_step, "training_step"},
};
constexpr std::array masks{
    EnumName<MaskKind>{MaskKind::causal, "causal"},
    EnumName<MaskKind>{MaskKind::full, "full"},
    EnumName<MaskKind>{MaskKind::sliding, "sliding"},
    EnumName<MaskKind>{MaskKind::documents, "documents"},
};
constexpr std::array dtypes{
    EnumName<Dtype>{Dtype::bf16, "bf16"},
    EnumName<Dtype>{Dtype::fp16, "fp16"},
    EnumName<Dtype>{Dtype::fp32, "fp32"},
};
constexpr std::array fp8_choices{
    EnumName<Fp8>{Fp8::none, "none"},
    EnumName<Fp8>{Fp8::feed_forward, "feed_forward"},
    EnumName<Fp8>{Fp8::linear, "linear"},
};
constexpr std::array scale_up_kinds{
    EnumName<ScaleUpKind>{ScaleUpKind::nvlink_switch, "nvlink_switch"},
    EnumName<ScaleUpKind>{ScaleUpKind::mesh, "mesh"},
    EnumName<ScaleUpKind>{ScaleUpKind::pcie, "pcie"},
};
constexpr std::array fabric_kinds{
    EnumName<FabricKind>{FabricKind::rail_optimised, "rail_optimised"},
    EnumName<FabricKind>{FabricKind::fat_tree, "fat_tree"},
};
constexpr std::array feed_forwards{
    EnumName<FeedForward>{FeedForward::plain, "plain"},
    EnumName<FeedForward>{FeedForward::gated, "gated"},
};
constexpr std::array embedding_kinds{
    EnumName<Embeddings>{Embeddings::separate, "separate"},
    EnumName<Embeddings>{Embeddings::tied, "tied"},
};
constexpr std::array provenances{
    EnumName<Provenance>{Provenance::given, "given"},
    EnumName<Provenance>{Provenance::datasheet, "datasheet"},
    EnumName<Provenance>{Provenance::published, "published"},
    EnumName<Provenance>{Provenance::assumed, "assumed"},
    EnumName<Provenance>{Provenance::measured, "measured"},
    EnumName<Provenance>{Provenance::derived, "derived"},
};

}  // namespace

std::string_view name_of(Logits logits) { return enum_name(logits, logit_choices); }
std::string_view name_of(WorkPhase phase) { return enum_name(phase, phases); }
std::string_view name_of(MaskKind kind) { return enum_name(kind, masks); }
std::string_view name_of(Dtype dtype) { return enum_name(dtype, dtypes); }
std::string_view name_of(Fp8 fp8) { return enum_name(fp8, fp8_choices); }
std::string_view name_of(ScaleUpKind kind) { return enum_name(kind, scale_up_kinds); }
std::string_view name_of(FabricKind kind) { return enum_name(kind, fabric_kinds); }
std::string_view name_of(FeedForward feed_forward) { return enum_name(feed_forward, feed_forwards); }
std::string_view name_of(Embeddings embeddings) { return enum_name(embeddings, embedding_kinds); }

std::string mask_text(const Mask& mask) {
  std::string text(name_of(mask.kind));
  if (mask.kind == MaskKind::sliding) text += ":" + format_tokens(mask.window);
  const char* separator = ":";
  for (const std::int64_t tokens : mask.documents) {
    text += separator + format_tokens(tokens);
    separator = "+";
  }
  return text;
}

Logits parse_logits(std::string_view text) { return enum_value(text, logit_choices); }
WorkPhase parse_work_phase(std::string_view text) { return enum_value(text, phases); }
Dtype parse_dtype(std::string_view text) { return enum_value(text, dtypes); }
Fp8 parse_fp8(std::string_view text) { return enum_value(text, fp8_choices); }
ScaleUpKind parse_scale_up_kind(std::string_view text) { return enum_value(text, scale_up_kinds); }
FabricKind parse_fabric_kind(std::string_view text) { return enum_value(text, fabric_kinds); }
FeedForward parse_feed_forward(std::string_view text) { return enum_value(text, feed_forwards); }
Embeddings parse_embeddings(std::string_view text) { return enum_value(text, embedding_kinds); }
Provenance parse_provenance(std::string_view text) { return enum_value(text, provenances); }

namespace {

// "4K+4K+56K"
std::vector<std::int64_t> parse_documents(std::string_view text, std::string_view lengths) {
  std::vector<std::int64_t> documents;
  for (std::size_t begin = 0; begin <= lengths.size();) {
    const std::size_t end = std::min(lengths.find('+', begin), lengths.size());
    documents.push_back(parse_tokens(lengths.substr(begin, end - begin)));
    if (documents.back() == 0)
      throw Error("cannot read " + in_quotes(text) +
                  ": a document has at least 1 token, as in \"documents:4K+60K\"");
    begin = end + 1;
  }
  return documents;
}

}  // namespace

Mask parse_mask(std::string_view text) {
  const std::size_t colon = text.find(':');
  const MaskKind kind = enum_value(text.substr(0, colon), masks);
  if (kind == MaskKind::documents) {
    if (colon == std::string_view::npos)
      throw Error("cannot read " + in_quotes(text) +
                  ": packed documents need their lengths in tokens, such as \"documents:4K+60K\"");
    return {kind, 0, parse_documents(text, text.substr(colon + 1))};
  }
  if (kind != MaskKind::sliding) {
    if (colon != std::string_view::npos)
      throw Error("cannot read " + in_quotes(text) +
                  ": only a sliding mask has a window, such as \"sliding:4096\"");
    return {kind, 0};
  }
  if (colon == std::string_view::npos)
    throw Error("cannot read " + in_quotes(text) +
                ": a sliding mask needs its window in tokens, such as \"sliding:4096\"");
  const std::int64_t window = parse_tokens(text.substr(colon + 1));
  if (window == 0)
    throw Error("cannot read " + in_quotes(text) +
                ": the window must be at least 1 token, such as \"sliding:4096\"");
  return {kind, window};
}

}  // namespace costmodel
