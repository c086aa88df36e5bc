#include "costmodel/spec/spec_text.h"

#include "costmodel/base/error.h"
#include "tests/catch.h"

using namespace costmodel;

namespace {

template <class Parse>
std::string message_of(Parse parse, std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Every value of an enum of `values` members reads back from its name.
template <class E, class Parse>
void check_names(int values, Parse parse) {
  for (int i = 0; i < values; ++i) {
    const E value = static_cast<E>(i);
    CHECK(parse(name_of(value)) == value);
  }
}

}  // namespace

TEST_CASE("names of spec enums read back") {
  check_names<WorkPhase>(5, parse_work_phase);
  check_names<Dtype>(3, parse_dtype);
  check_names<ScaleUpKind>(3, parse_scale_up_kind);
  check_names<FabricKind>(2, parse_fabric_kind);
  check_names<FeedForward>(2, parse_feed_forward);
  check_names<Embeddings>(2, parse_embeddings);
  check_names<Provenance>(6, parse_provenance);
}

TEST_CASE("masks carry their window") {
  CHECK(parse_mask("causal") == Mask{MaskKind::causal, 0});
  CHECK(parse_mask("full") == Mask{MaskKind::full, 0});
  CHECK(parse_mask("sliding:4096") == Mask{MaskKind::sliding, 4096});
  CHECK(parse_mask("sliding:4K") == Mask{MaskKind::sliding, 4096});
  CHECK(mask_text(parse_mask("sliding:1000")) == "sliding:1000");
  CHECK(message_of(parse_mask, "sliding").find("such as \"sliding:4096\"") != std::string::npos);
  CHECK(message_of(parse_mask, "sliding:0").find("at least 1") != std::string::npos);
  CHECK(message_of(parse_mask, "sliding:").find("tokens") != std::string::npos);
  CHECK(message_of(parse_mask, "causal:5").find("only a sliding mask") != std::string::npos);
  CHECK(message_of(parse_mask, "cauzal").find("did you mean \"causal\"?") != std::string::npos);
}

TEST_CASE("an unknown name lists the allowed ones") {
  CHECK(message_of(parse_work_phase, "training").find("training_step") != std::string::npos);
  CHECK(message_of(parse_dtype, "int8").find("bf16, fp16 or fp32") != std::string::npos);
  CHECK(message_of(parse_scale_up_kind, "nvlink").find("nvlink_switch, mesh or pcie") != std::string::npos);
}
