// One cell of a file of comma-separated values.
#pragma once

#include <string>

namespace costmodel {

// In quotes when it holds a comma, a quote or the end of a line.
std::string csv_cell(const std::string& text);

}  // namespace costmodel
