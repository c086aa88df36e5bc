// Arithmetic in a field: "2*128K", "400 Gb/s / 2", "80 GiB - 2 GiB" become the text that a scenario file has.
#pragma once

#include <string>
#include <string_view>

#include "gui/document/scenario_fields.h"

namespace gui {

// The canonical text of the value ("256K", "25 GB/s").  A number without a unit where one is needed counts in
// the unit of `present`, the text that the field shows.  Choices pass through.  Throws costmodel::Error
// without a place.
std::string evaluatedText(FieldKind kind, std::string_view text, std::string_view present);

// The text of a value in base units, for sliders and arrows: rounded to what a person would write.
std::string roundText(FieldKind kind, double value);

}  // namespace gui
