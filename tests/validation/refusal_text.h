// What a refused file says, for the tests of those who read files.
#pragma once

#include <string>

#include "costmodel/base/error.h"

namespace validation_tests {

// The message of the Error that read() ends in; "accepted" where it does not end in one.
template <class Read>
std::string refusal_of(Read read) {
  try {
    read();
  } catch (const costmodel::Error& error) {
    return error.what();
  }
  return "accepted";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace validation_tests
