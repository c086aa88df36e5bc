// User input inside an error message: quoted, shortened, on one line.
#pragma once

#include <string>
#include <string_view>

namespace costmodel {

// "text" in double quotes; control characters and broken UTF-8 become '?', more than 48 characters are cut
// with "...".
std::string quoted(std::string_view text);

}  // namespace costmodel
