#include "costmodel/price/quantity_text.h"

#include <fmt/format.h>

#include <cmath>

#include "costmodel/base/unit_text.h"

namespace costmodel {

namespace {

// Two digits: an error bar has no more.
std::string two_digits(double value) {
  if (value <= 0) return "0";
  const double scale = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return format_number(std::round(value / scale) * scale);
}

}  // namespace

std::string value_text(const Figure& figure) { return format_quantity(figure.value, figure.unit); }

std::string interval_text(const Figure& figure) {
  if (figure.high <= figure.low || figure.value <= 0) return "";
  // The same prefix as the value: "412 ms +-16".
  const std::string text = value_text(figure);
  const double shown = std::stod(text.substr(0, text.find(' ')));
  return "+-" + two_digits(shown * (figure.high - figure.low) / 2 / figure.value);
}

std::string percent_text(double share) {
  // Shares below a thousandth are rounding of the walk.
  if (std::abs(share) < 5e-4) return "0 %";
  return std::abs(share) < 0.0995 ? fmt::format("{:.1f} %", 100 * share)
                                  : fmt::format("{:.0f} %", 100 * share);
}

std::string change_text(double ratio) {
  const double change = ratio - 1;
  if (std::abs(change) < 5e-4) return "=";
  return std::abs(change) < 0.0995 ? fmt::format("{:+.1f} %", 100 * change)
                                   : fmt::format("{:+.0f} %", 100 * change);
}

std::string ratio_text(double ratio) {
  return ratio < 1.995 ? fmt::format("{:.2f}x", ratio) : format_number(std::round(ratio * 10) / 10) + "x";
}

}  // namespace costmodel
