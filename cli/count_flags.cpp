#include "cli/count_flags.h"

#include <cstdint>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;

namespace {

template <class Parse>
auto flag_value(const std::string& flag, Parse parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw error.at(InputLocation{"", 0, 0, flag});
  }
}

}  // namespace

int count_flag(const std::string& flag, const std::string& text, const std::string& what, int largest) {
  return static_cast<int>(flag_value(flag, [&] { return costmodel::parse_count(text, what, 1, largest); }));
}

std::chrono::milliseconds deadline_flag(const std::string& text) {
  const costmodel::Seconds time = flag_value("--deadline", [&] { return costmodel::parse_seconds(text); });
  if (time.value < 0.001 || time.value > 86400)
    throw Error(
        "a deadline of " + text + " is not between 1 ms and 86400 s; expected a time such as \"30 s\"",
        InputLocation{"", 0, 0, "--deadline"});
  return std::chrono::milliseconds(static_cast<std::int64_t>(time.value * 1000));
}

}  // namespace cli
