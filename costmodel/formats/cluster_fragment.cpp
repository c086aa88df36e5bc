#include "costmodel/formats/cluster_fragment.h"

#include <cctype>
#include <cmath>

#include "costmodel/base/unit_text.h"

namespace costmodel {

namespace {

double four_digits(double value) {
  if (value == 0) return 0;
  const double scale = std::pow(10.0, 3 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

// A TOML basic string; sources are our own sentences and file labels, so nothing but quotes needs care.
std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' || c == '\\' ? '\'' : c;
  return result + "\"";
}

std::string sourced_line(std::string_view key, const std::string& value, Provenance provenance,
                         const std::string& source) {
  return std::string(key) + " = { value = " + toml_text(value) +
         ", provenance = " + toml_text(name_of(provenance)) + ", source = " + toml_text(source) + " }\n";
}

}  // namespace

std::string bandwidth_line(std::string_view key, const Sourced<BytesPerSecond>& bandwidth) {
  const BytesPerSecond rounded(four_digits(bandwidth.value.value));
  return sourced_line(key, exact_bandwidth(rounded), bandwidth.provenance, bandwidth.source);
}

std::string latency_line(std::string_view key, const Sourced<Seconds>& latency) {
  const Seconds rounded(four_digits(latency.value.value));
  return sourced_line(key, exact_seconds(rounded), latency.provenance, latency.source);
}

std::string comment_line(std::string_view text) {
  std::string line = "# ";
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return line + "\n";
}

std::string file_label(std::string_view path) {
  std::string label;
  for (const char c : path.substr(path.find_last_of('/') + 1))
    label += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' ? c : '_';
  return label.empty() ? "input" : label;
}

}  // namespace costmodel
