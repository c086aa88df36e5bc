// Counts and times on a command line; errors name the flag.
#pragma once

#include <chrono>
#include <string>

namespace cli {

int count_flag(const std::string& flag, const std::string& text, const std::string& what, int largest);
// --deadline: how long a rank waits for another.
std::chrono::milliseconds deadline_flag(const std::string& text);

}  // namespace cli
