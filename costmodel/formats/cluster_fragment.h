// Lines for the [cluster] section of a scenario file, written by the importers; docs/scenario.md has the
// keys.
#pragma once

#include <string>
#include <string_view>

#include "costmodel/base/provenance.h"
#include "costmodel/base/units.h"

namespace costmodel {

// key = { value = "240 GB/s", provenance = "measured", source = "..." }, the value rounded to four digits.
std::string bandwidth_line(std::string_view key, const Sourced<BytesPerSecond>& bandwidth);
std::string latency_line(std::string_view key, const Sourced<Seconds>& latency);

// "# text", one line; control characters become '?'.
std::string comment_line(std::string_view text);

// The last part of a path, safe inside a TOML string and a comment.
std::string file_label(std::string_view path);

}  // namespace costmodel
