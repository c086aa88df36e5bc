// docs/accuracy.md as the model and the published tables make it: for its test and for tests/approve.
#pragma once

#include <string>

namespace tests {

std::string accuracy_document();

}  // namespace tests
