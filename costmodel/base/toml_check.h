// A look at TOML text before the parser sees it: refuses what no scenario needs and what toml++ 3.3 does not
// survive.
#pragma once

#include <string>
#include <string_view>

namespace costmodel {

// Throws Error with file, line and column for
// - deep nesting: the parser and its destructors recurse over brackets and over dotted keys (a.b.c = 1 is
// three tables);
// - characters beyond ASCII where the parser may take them for white space, which is undefined behaviour in
// its tables:
//   everywhere but in comments and in the text of a plain line: key = "text";
// - text over several lines.
void check_toml(std::string_view text, const std::string& file);

}  // namespace costmodel
