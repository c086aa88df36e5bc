#include "costmodel/price/figure.h"

#include <array>

#include "costmodel/base/unit_text.h"

namespace costmodel {

std::string_view symbol_of(Unit unit) {
  constexpr std::array<std::string_view, 8> symbols{"s",      "B",      "B/s",      "flop",
                                                    "flop/s", "tokens", "tokens/s", "1"};
  return symbols.at(static_cast<std::size_t>(unit));
}

std::string format_quantity(double value, Unit unit) {
  switch (unit) {
    case Unit::seconds: return format_seconds(Seconds(value));
    case Unit::bytes: return format_bytes(Bytes(value));
    case Unit::bytes_per_second: return format_bandwidth(BytesPerSecond(value));
    case Unit::flop: return format_number(value / 1e12) + " TFLOP";
    case Unit::flop_per_second: return format_flops_rate(FlopsPerSecond(value));
    case Unit::tokens: return format_tokens_short(static_cast<std::int64_t>(value));
    case Unit::tokens_per_second: return format_number(value) + " tokens/s";
    case Unit::one: return format_number(value);
  }
  return format_number(value);
}

}  // namespace costmodel
