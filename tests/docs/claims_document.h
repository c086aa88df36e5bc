// docs/claims.md, made from the model: what the original work claims, what it compares, what Ringside
// predicts.
#pragma once

#include <string>

namespace tests {

std::string claims_document();

}  // namespace tests
