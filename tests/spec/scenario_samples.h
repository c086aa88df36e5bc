// Scenario texts for the tests: a good one whose sections can be replaced one by one.
#pragma once

#include <string>

#include "costmodel/base/error.h"
#include "costmodel/spec/scenario_reader.h"

namespace samples {

struct Sections {
  std::string model = "preset = \"llama-7b\"";
  std::string cluster = "preset = \"dgx-a100-80gb\"\nnodes = 2";
  std::string workload = "sequence = \"128K\"";
  std::string more = "";  // whole sections, appended
};

inline std::string text(const Sections& s) {
  return "[model]\n" + s.model + "\n[cluster]\n" + s.cluster + "\n[workload]\n" + s.workload + "\n" + s.more;
}

inline costmodel::Scenario parsed(const std::string& toml) {
  return costmodel::parse_scenario(toml, "s.toml", ".");
}
inline costmodel::Scenario parsed(const Sections& s) { return parsed(text(s)); }

// what() of the Error that `action` throws, or "no error".
template <class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const costmodel::Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace samples
