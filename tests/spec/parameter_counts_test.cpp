#include "costmodel/spec/parameter_counts.h"

#include "costmodel/spec/model_presets.h"
#include "tests/catch.h"

using namespace costmodel;

TEST_CASE("LLaMA-7B has 6,738,415,616 parameters, layer by layer") {
  const ParameterCounts counts = parameter_counts(*find_model_preset("llama-7b"));
  CHECK(counts.attention == 4LL * 4096 * 4096);
  CHECK(counts.feed_forward == 3LL * 4096 * 11008);
  CHECK(counts.router == 0);
  CHECK(counts.norms == 2 * 4096);
  CHECK(counts.layer() == 202'383'360);
  CHECK(counts.embedding == 32000LL * 4096);
  CHECK(counts.head == 32000LL * 4096);
  CHECK(counts.total() == 6'738'415'616);
  CHECK(active_parameters(*find_model_preset("llama-7b")) == counts.total());
}

TEST_CASE("grouped keys and tied embeddings have fewer parameters") {
  // Llama-3-8B: K and V of 8 heads; 8,030,261,248 as published.
  CHECK(parameter_counts(*find_model_preset("llama-3-8b")).total() == 8'030'261'248);
  // Llama-3.2-1B shares its head with the embedding: 1,235,814,400.
  const ParameterCounts tied = parameter_counts(*find_model_preset("llama-3.2-1b"));
  CHECK(tied.head == 0);
  CHECK(tied.total() == 1'235'814'400);
}

TEST_CASE("of a mixture of experts a token uses the active ones") {
  const ModelSpec& mixtral = *find_model_preset("mixtral-8x7b");
  CHECK(parameter_counts(mixtral).total() == 46'702'792'704);
  CHECK(active_parameters(mixtral) == 46'702'792'704 - 32LL * 6 * 3 * 4096 * 14336);
}
