// The tables of section 6 of docs/model.md, as the tests read them: published kernel times and the model's.
#pragma once

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "costmodel/price/attention_time.h"
#include "costmodel/spec/device_presets.h"
#include "tests/catch.h"

namespace tests {

inline std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(std::string(RINGSIDE_SOURCE_DIR) + "/" + path).rdbuf();
  return text.str();
}

using Cells = std::vector<std::string>;

// The body of the Markdown table whose header line starts with `header`.
inline std::vector<Cells> markdown_table(const std::string& text, std::string_view header) {
  std::vector<Cells> rows;
  std::istringstream lines(text.substr(std::min(text.find(header), text.size())));
  std::string line;
  for (int number = 0; std::getline(lines, line) && line.starts_with("|"); ++number) {
    if (number < 2) continue;  // header and rule
    Cells cells;
    std::istringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) {
      const std::size_t first = cell.find_first_not_of(' '), last = cell.find_last_not_of(' ');
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    rows.push_back(cells);
  }
  return rows;
}

struct KernelRow {
  std::string device;
  costmodel::AttentionShape shape;
  std::int64_t tokens = 0;
  costmodel::Mask mask;
  std::string phase;  // forward, backward, both
  std::string predicted, measured, error;

  costmodel::Seconds measured_time() const { return costmodel::Seconds(std::stod(measured) * 1e-3); }
};

inline std::vector<KernelRow> kernel_rows() {
  std::vector<KernelRow> rows;
  for (const Cells& cells : markdown_table(text_of("docs/model.md"), "| device | published by |")) {
    INFO(cells.at(0));
    REQUIRE(cells.size() == 12);
    KernelRow row;
    row.device = cells[0];
    row.shape = {std::stoll(cells[2]), std::stoll(cells[3]), std::stoll(cells[4]), std::stoll(cells[6])};
    row.tokens = std::stoll(cells[5]);
    REQUIRE((cells[7] == "full" || cells[7] == "causal"));
    row.mask.kind = cells[7] == "full" ? costmodel::MaskKind::full : costmodel::MaskKind::causal;
    row.phase = cells[8];
    REQUIRE((row.phase == "forward" || row.phase == "backward" || row.phase == "both"));
    row.predicted = cells[9], row.measured = cells[10], row.error = cells[11];
    rows.push_back(row);
  }
  return rows;
}

// Formulas 3.1, 3.2 and, with backward, delta of 3.4.
inline costmodel::Seconds predicted_time(const KernelRow& row) {
  using namespace costmodel;
  constexpr double element = 2;
  const DeviceSpec* device = find_device_preset(row.device);
  REQUIRE(device != nullptr);
  const Calibration& calibration = built_in_calibration(row.device);
  const TokenSet all = all_tokens(row.tokens);
  const BlockGeometry block = block_geometry(all, all, row.mask);
  const auto kernel = [&](Direction direction) {
    return attention_time(block, row.shape, direction, element, *device, calibration);
  };
  Seconds time;
  if (row.phase != "backward") time += kernel(Direction::forward);
  if (row.phase == "forward") return time;
  Elementwise delta;
  delta.kind = ElementwiseKind::delta;
  delta.per_query_row = Bytes(static_cast<double>(row.shape.batch * row.shape.heads) *
                              (2.0 * static_cast<double>(row.shape.head_dim) * element + 4.0));
  return time + kernel(Direction::backward) + elementwise_time(delta, block, *device, calibration);
}

}  // namespace tests
