// User input inside an error message: in quotes, shortened, on one line.
#pragma once

#include <string>
#include <string_view>

namespace costmodel {

// "text" in double quotes; control characters and broken UTF-8 become '?', more than 48 characters are cut
// with "...". Not called `quoted`: the standard library has a template of that name that would win for
// std::string.
std::string in_quotes(std::string_view text);

}  // namespace costmodel
