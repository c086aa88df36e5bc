// Text that may be packed with gzip, as profilers write it by default.
//
// The whole of it is unpacked into memory, up to a limit: a megabyte may hold a gigabyte.
#pragma once

#include <string>
#include <string_view>

namespace validation {

// Whether these are the first bytes of a gzip file.
bool is_gzip(std::string_view first_bytes);

// All members of a gzip file after each other.  Throws costmodel::Error with the file when it is damaged, cut
// off, followed by something else, or unpacks to more than the limit or to something that is no text.
std::string gunzip(std::string_view packed, const std::string& file, std::string_view what, int longest_mib);

// costmodel::read_text_file, and gunzip where the file begins like one.
std::string read_text_or_gzip(const std::string& path, std::string_view what, int longest_mib);

}  // namespace validation
