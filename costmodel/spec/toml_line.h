// One line of a TOML file, "key = value" in its section, replaced, added or taken out; every other line stays
// as it was.  Not a parser: who calls reads the text that comes back to see that it says what was meant.
#pragma once

#include <string>
#include <string_view>

namespace costmodel {

// The value replaced, or added at the end of its section, or in a section of its own.
std::string with_value(const std::string& text, std::string_view section, std::string_view key,
                       const std::string& value);
// The text itself where the section has no such line.
std::string without_value(const std::string& text, std::string_view section, std::string_view key);

}  // namespace costmodel
