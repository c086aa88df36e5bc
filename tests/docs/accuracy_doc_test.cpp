// docs/accuracy.md is what the model says of the published tables; tests/approve rewrites it.
#include <cstdlib>
#include <fstream>

#include "tests/catch.h"
#include "tests/docs/accuracy_document.h"
#include "tests/docs/markdown.h"

TEST_CASE("golden: the figures of docs/accuracy.md are those of the model") {
  const std::string now = tests::accuracy_document();
  if (std::getenv("RINGSIDE_APPROVE") != nullptr) {
    std::ofstream(RINGSIDE_SOURCE_DIR "/docs/accuracy.md", std::ios::binary) << now;
    return;
  }
  INFO("tests/approve rewrites it when the change is meant");
  CHECK(tests::text_of("docs/accuracy.md") == now);
}
