// Figures and ratios as short text for people: the words of tables, verdicts and tooltips.
#pragma once

#include <string>

#include "costmodel/price/figure.h"

namespace costmodel {

std::string value_text(const Figure& figure);     // "412 ms"
std::string interval_text(const Figure& figure);  // "+-16", in the unit of the value; "" when exact
std::string percent_text(double share);           // "5.4 %"
std::string change_text(double ratio);            // "-17 %", "+2.1 %", "="
std::string ratio_text(double ratio);             // "2.2x", "1.32x"

}  // namespace costmodel
