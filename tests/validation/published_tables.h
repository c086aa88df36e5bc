// The tables of validation/published as the tests read them.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "validation/reproduction.h"

namespace tests {

inline std::vector<validation::PublishedRow> published(const std::string& name) {
  const std::string path = "validation/published/" + name + ".csv";
  std::ostringstream text;
  text << std::ifstream(std::string(RINGSIDE_SOURCE_DIR) + "/" + path).rdbuf();
  return validation::read_published_rows(text.str(), path);
}

inline std::vector<validation::ReproducedRow> reproduced(
    const std::string& name,
    const costmodel::CalibrationSet& calibrations = costmodel::built_in_calibrations()) {
  std::vector<validation::ReproducedRow> rows;
  for (const validation::PublishedRow& row : published(name))
    rows.push_back(validation::reproduce(row, calibrations));
  return rows;
}

}  // namespace tests
