// Rows of random slices: many short, few long, gaps between some; kinds in unequal numbers.
#pragma once

#include <algorithm>
#include <random>

#include "gui/timeline/timeline_trace.h"

namespace tests {

inline gui::TraceRow random_row(std::size_t slices, double duration, unsigned seed, int rank = 0) {
  std::mt19937 random(seed);
  std::exponential_distribution<double> length(1.0);
  std::uniform_real_distribution<double> chance(0.0, 1.0);
  std::vector<double> lengths(slices), gaps(slices);
  double sum = 0;
  for (std::size_t i = 0; i < slices; ++i) {
    lengths[i] = length(random) * (chance(random) < 0.02 ? 20 : 1);
    gaps[i] = chance(random) < 0.3 ? length(random) * 0.5 : 0;
    sum += lengths[i] + gaps[i];
  }
  using Kind = gui::SliceKind;
  constexpr std::array<Kind, 5> kinds{Kind::attention, Kind::kernel, Kind::stall, Kind::send_inside,
                                      Kind::receive_network};
  gui::TraceRow row(rank, gui::LaneRole::compute, QStringLiteral("compute"));
  row.reserve(slices);
  double at = 0;
  for (std::size_t i = 0; i < slices; ++i) {
    at += gaps[i] / sum * duration;
    const double end = std::min(duration, at + lengths[i] / sum * duration);
    const double which = chance(random);
    const std::size_t kind = which < 0.35 ? 0 : which < 0.65 ? 1 : which < 0.8 ? 2 : which < 0.95 ? 3 : 4;
    row.add(at, end, kinds[kind], gui::Critical::no, 0);
    at = end;
  }
  return row;
}

inline gui::TimelineTrace random_trace(int rows, std::size_t slices_per_row, double duration, unsigned seed) {
  gui::TimelineTrace trace;
  trace.plan = QStringLiteral("random");
  trace.duration = duration;
  trace.names = {QStringLiteral("operation")};
  for (int r = 0; r < rows; ++r) {
    trace.ranks.push_back(
        {r, QStringLiteral("rank %1").arg(r), QStringLiteral("rank %1").arg(r), trace.rows.size(), 1});
    trace.rows.push_back(random_row(slices_per_row, duration, seed + static_cast<unsigned>(r), r));
  }
  return trace;
}

}  // namespace tests
