// docs/claims.md is what the model says; tests/approve rewrites it.
#include <cstdlib>
#include <fstream>

#include "tests/catch.h"
#include "tests/docs/claims_document.h"
#include "tests/docs/markdown.h"

TEST_CASE("golden: the figures of docs/claims.md are those of the model") {
  const std::string now = tests::claims_document();
  if (std::getenv("RINGSIDE_APPROVE") != nullptr) {
    std::ofstream(RINGSIDE_SOURCE_DIR "/docs/claims.md", std::ios::binary) << now;
    return;
  }
  INFO("tests/approve rewrites it when the change is meant");
  CHECK(tests::text_of("docs/claims.md") == now);
}
