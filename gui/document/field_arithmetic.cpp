#include "gui/document/field_arithmetic.h"

#include <cctype>
#include <cmath>
#include <optional>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/unit_text.h"

namespace gui {

using costmodel::Error;

namespace {

// A number, and whether it carries the dimension of the field.
struct Value {
  double number = 0;
  bool has_unit = false;
};

double inBaseUnits(FieldKind kind, std::string_view text) {
  switch (kind) {
    case FieldKind::tokens: return static_cast<double>(costmodel::parse_tokens(text));
    case FieldKind::bytes: return costmodel::parse_bytes(text).value;
    case FieldKind::bandwidth: return costmodel::parse_bandwidth(text).value;
    case FieldKind::count:
    case FieldKind::number:
    case FieldKind::choice: break;
  }
  return costmodel::parse_number(text);
}

bool needsUnit(FieldKind kind) { return kind == FieldKind::bytes || kind == FieldKind::bandwidth; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

bool isBareNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

class Parser {
 public:
  Parser(FieldKind kind, std::string_view text) : kind_(kind), text_(text) {}

  Value sum() {
    Value left = product();
    while (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) {
      const char sign = text_[at_++];
      const Value right = product();
      if (needsUnit(kind_) && left.has_unit != right.has_unit)
        throw Error("a quantity and a bare number cannot be added in " + costmodel::in_quotes(text_) +
                    "; expected a unit on both, such as \"" + std::string(example()) + " + " +
                    std::string(example()) + "\"");
      left.number += sign == '+' ? right.number : -right.number;
    }
    return left;
  }

 private:
  Value product() {
    Value left = operand();
    while (at_ < text_.size() && (text_[at_] == '*' || text_[at_] == '/')) {
      const char sign = text_[at_++];
      const Value right = operand();
      if (left.has_unit && right.has_unit)
        throw Error("two quantities with units are multiplied in " + costmodel::in_quotes(text_) +
                    "; expected one of them to be a bare number");
      if (sign == '/' && (right.has_unit || right.number == 0))
        throw Error("cannot divide by that in " + costmodel::in_quotes(text_) +
                    "; expected a number other than 0");
      left.number = sign == '*' ? left.number * right.number : left.number / right.number;
      left.has_unit = left.has_unit || right.has_unit;
    }
    return left;
  }

  // A number with or without its unit, up to the next operator.  The stroke of "GB/s" is none.
  Value operand() {
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool per_second = c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == 's' && at_ > begin &&
                              std::isalpha(static_cast<unsigned char>(text_[at_ - 1])) != 0;
      if (!per_second && (c == '*' || c == '/' || c == '+' || c == '-')) break;
      ++at_;
    }
    const std::string_view part = trimmed(text_.substr(begin, at_ - begin));
    if (part.empty())
      throw Error("a number is missing in " + costmodel::in_quotes(text_) + "; expected a value such as \"" +
                  std::string(example()) + "\" or \"2 * " + std::string(example()) + "\"");
    if (isBareNumber(part)) return {costmodel::parse_number(part), false};
    return {inBaseUnits(kind_, part), needsUnit(kind_)};
  }

  std::string_view example() const {
    switch (kind_) {
      case FieldKind::tokens: return "128K";
      case FieldKind::bytes: return "80 GiB";
      case FieldKind::bandwidth: return "25 GB/s";
      default: return "8";
    }
  }

  FieldKind kind_;
  std::string_view text_;
  std::size_t at_ = 0;
};

// The unit of "47 GB/s": the text from its first letter.
std::string_view unitOf(std::string_view text) {
  const std::size_t letter = text.find_first_not_of("0123456789. ");
  return letter == std::string_view::npos ? std::string_view{} : text.substr(letter);
}

std::int64_t whole(double number, std::string_view text, std::string_view what) {
  const double rounded = std::round(number);
  if (!(std::abs(number - rounded) < 1e-9 * std::max(1.0, std::abs(number))) || rounded < 0 || rounded > 9e15)
    throw Error(costmodel::in_quotes(text) + " is not a whole number of " + std::string(what) +
                "; expected one such as 8");
  return static_cast<std::int64_t>(rounded);
}

}  // namespace

std::string evaluatedText(FieldKind kind, std::string_view text, std::string_view present) {
  const std::string_view written = trimmed(text);
  if (kind == FieldKind::choice) return std::string(written);
  Value value = Parser(kind, written).sum();
  if (needsUnit(kind) && !value.has_unit) {
    if (unitOf(present).empty()) throw Error(costmodel::in_quotes(written) + " has no unit");
    value.number *= inBaseUnits(kind, "1 " + std::string(unitOf(present)));
  }
  if (value.number < 0)
    throw Error(costmodel::in_quotes(written) + " is less than nothing; expected a value of 0 or more");
  switch (kind) {
    case FieldKind::tokens: return costmodel::format_tokens(whole(value.number, written, "tokens"));
    case FieldKind::count: return std::to_string(whole(value.number, written, "things"));
    case FieldKind::bytes: return costmodel::exact_bytes(costmodel::Bytes(value.number));
    case FieldKind::bandwidth: return costmodel::exact_bandwidth(costmodel::BytesPerSecond(value.number));
    case FieldKind::number:
    case FieldKind::choice: break;
  }
  return costmodel::exact_number(value.number);
}

std::string roundText(FieldKind kind, double value) {
  const auto digits = [](double number, int count) {
    if (number <= 0) return 0.0;
    const double scale = std::pow(10.0, std::floor(std::log10(number)) + 1 - count);
    return std::round(number / scale) * scale;
  };
  constexpr double gib = 1073741824.0;
  switch (kind) {
    case FieldKind::tokens: {
      // Steps of an eighth of the power of two below.
      const double step = std::max(1024.0, std::exp2(std::floor(std::log2(std::max(1.0, value)))) / 8);
      return costmodel::format_tokens(static_cast<std::int64_t>(std::round(value / step) * step));
    }
    case FieldKind::count: return std::to_string(static_cast<std::int64_t>(std::max(1.0, std::round(value))));
    case FieldKind::bytes:
      return costmodel::exact_bytes(costmodel::Bytes(value < 8 * gib ? std::round(value / gib * 4) / 4 * gib
                                                                     : std::round(value / gib) * gib));
    case FieldKind::bandwidth: return costmodel::exact_bandwidth(costmodel::BytesPerSecond(digits(value, 2)));
    case FieldKind::number:
    case FieldKind::choice: break;
  }
  return costmodel::exact_number(digits(value, 2));
}

}  // namespace gui
