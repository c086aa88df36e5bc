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

// Gives a trace a source that says what every slice is: attention, elementwise passes, stalls, sends.
inline gui::TimelineTrace described(gui::TimelineTrace trace) {
  using costmodel::Activity;
  auto source = std::make_shared<costmodel::PlanTimeline>();
  costmodel::Phase phase;
  phase.name = "layer forward";
  phase.ops.resize(2);
  phase.ops[0].kind = costmodel::OpKind::attention;
  phase.ops[1].kind = costmodel::OpKind::elementwise;
  source->schedule.phases.push_back(phase);
  source->phases.resize(1);
  for (std::size_t r = 0; r < trace.rows.size(); ++r) {
    gui::TraceRow& row = trace.rows[r];
    costmodel::RankTimeline& rank = source->phases[0].ranks.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      costmodel::TimelineSlice slice;
      slice.op = costmodel::OpId(row.kind(i) == gui::SliceKind::attention ? 0 : 1);
      slice.activity = row.kind(i) == gui::SliceKind::stall         ? Activity::stall
                       : row.kind(i) == gui::SliceKind::send_inside ? Activity::send
                                                                    : Activity::compute;
      rank.slices.push_back(slice);
      row.origins.push_back({0, static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(i)});
    }
  }
  trace.source = std::move(source);
  return trace;
}

}  // namespace tests
