// Reading a text file that a person named: regular, not too long, no zero bytes.
#pragma once

#include <string>
#include <string_view>

namespace costmodel {

inline constexpr int usual_longest_mib = 1;  // files that people write; logs may be longer

// Throws Error with the file when it is missing, a directory, a device, longer than the limit or binary.
// `what` names the expected content: "a scenario file (TOML)".
std::string read_text_file(const std::string& path, std::string_view what,
                           int longest_mib = usual_longest_mib);

// Throws Error when `text` is longer than the limit or has a zero byte; read_text_file has done this already.
void check_text(std::string_view text, const std::string& file, std::string_view what,
                int longest_mib = usual_longest_mib);

}  // namespace costmodel
