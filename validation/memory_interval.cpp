#include "validation/memory_interval.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "costmodel/price/memory.h"
#include "costmodel/schedule/lowering.h"
#include "validation/reproduction.h"

namespace validation {

using costmodel::Bytes;

// Formula 5.9.
Bytes moving_bytes(const costmodel::Schedule& schedule, Bytes peak) {
  Bytes resident;
  for (const costmodel::Buffer& buffer : schedule.resident) resident += buffer.bytes;
  return std::max(Bytes(0), peak - resident);
}

double memory_error_from(std::span<const PublishedRow> rows, const costmodel::CalibrationSet& calibrations) {
  struct Squares {
    double sum = 0;
    int count = 0;
  };
  std::map<std::string, Squares> sources;
  for (const PublishedRow& row : rows) {
    if (row.metric != Metric::memory) continue;
    const PublishedCase published = case_of(row, calibrations);
    if (published.scenarios.empty()) continue;
    const ReproducedRow reproduced = reproduce(row, published, {}, calibrations);
    const Bytes moving = moving_bytes(costmodel::lower(published.scenarios.front(), published.plan),
                                      Bytes(reproduced.predicted * 1e9));
    if (moving.value <= 0) continue;
    Squares& source = sources[row.source];
    source.sum += std::pow((reproduced.predicted - row.value) * 1e9 / moving.value, 2);
    ++source.count;
  }
  double squares = costmodel::memory_error * costmodel::memory_error;
  for (const auto& [name, source] : sources) squares += source.sum / source.count;
  return std::sqrt(squares / (1.0 + static_cast<double>(sources.size())));
}

}  // namespace validation
