// Reading a text file that a person named: regular, not too long, no zero bytes.
#pragma once

#include <string>
#include <string_view>

namespace costmodel {

// Throws Error with the file when it is missing, a directory, a device, longer than 1 MiB or binary.
// `what` names the expected content: "a scenario file (TOML)".
std::string read_text_file(const std::string& path, std::string_view what);

// Throws Error when `text` is longer than 1 MiB or has a zero byte; read_text_file has done this already.
void check_text(std::string_view text, const std::string& file, std::string_view what);

}  // namespace costmodel
