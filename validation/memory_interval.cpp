#include "validation/memory_interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "costmodel/price/memory.h"
#include "costmodel/schedule/lowering.h"
#include "validation/reproduction.h"

namespace validation {

using costmodel::Bytes;

namespace {

// Of Student's distribution: how many spreads, known from so many numbers, one more number stays within in
// 90 of 100 cases.
double student_90(int numbers) {
  constexpr std::array<double, 9> within{6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833};
  const std::size_t at = static_cast<std::size_t>(numbers - 1);
  return at < within.size() ? within[at] : 1.812;
}

}  // namespace

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
    const Bytes moving = costmodel::moving_bytes(
        costmodel::lower(published.scenarios.front(), published.plan), Bytes(reproduced.predicted * 1e9));
    if (moving.value <= 0) continue;
    Squares& source = sources[row.source];
    source.sum += std::pow((reproduced.predicted - row.value) * 1e9 / moving.value, 2);
    ++source.count;
  }
  double squares = assumed_memory_error * assumed_memory_error;
  for (const auto& [name, source] : sources) squares += source.sum / source.count;
  const int count = 1 + static_cast<int>(sources.size());
  return std::sqrt(squares / count) * student_90(count) / costmodel::z90;
}

}  // namespace validation
