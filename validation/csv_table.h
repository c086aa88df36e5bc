// A table of comma-separated values with a header line, every cell with its place in the file.
//
// RFC 4180: cells may stand in double quotes, a quote inside is doubled; line ends of either kind.  What the
// cells mean is for the caller.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace validation {

struct CsvCell {
  std::string text;
  int line = 0;    // 1-based
  int column = 0;  // 1-based, in characters of that line
};

struct CsvTable {
  std::string file;
  std::vector<CsvCell> header;
  std::vector<std::vector<CsvCell>> rows;  // each as long as the header; empty lines are left out
};

// Throws Error with file, line and column.
CsvTable parse_csv(std::string_view text, const std::string& file);

}  // namespace validation
