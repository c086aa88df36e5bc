#include "costmodel/formats/plan_trace.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "costmodel/formats/chrome_trace_writer.h"

namespace costmodel {

namespace {

std::string about(const PlanTimeline& timeline) {
  nlohmann::ordered_json json;
  json["plan"] = timeline.name;
  json["ranks"] = timeline.schedule.world_size();
  for (const Rank rank : timeline.ranks) json["recorded_ranks"].push_back(rank.value);
  for (const PhaseTimeline& recorded : timeline.phases)
    json["phases"][std::string(timeline.phase(recorded).name)] = {
        {"engine", "analytic"}, {"runs", recorded.runs}, {"recorded_repetitions", 1}};
  return json.dump();
}

// An exchange is one slice from its start on this rank to its end, as in simulated traces: its send carries
// it.
struct Extent {
  const TimelineSlice* first = nullptr;
  double start = 0, end = 0;
  OnPath critical = OnPath::no;
};

std::vector<Extent> extents_of(const RankTimeline& rank, std::size_t op_count) {
  std::vector<Extent> extents(op_count);
  for (const TimelineSlice& slice : rank.slices) {
    if (slice.activity == Activity::stall) continue;
    Extent& extent = extents[slice.op.at()];
    if (!extent.first) extent = {&slice, slice.start, slice.end, slice.critical};
    if (slice.activity == Activity::send) extent.start = slice.start;
    extent.end = std::max(extent.end, slice.end);
    if (slice.critical == OnPath::yes) extent.critical = OnPath::yes;
  }
  return extents;
}

}  // namespace

std::string chrome_trace(const PlanTimeline& timeline) {
  ChromeTraceWriter writer(about(timeline));
  for (std::size_t r = 0; r < timeline.ranks.size(); ++r) {
    const int rank = timeline.ranks[r].value;
    writer.name_rank(rank, rank_name(timeline.ranks[r], timeline.places[r]));
    std::array<bool, lane_count> used{};
    for (const PhaseTimeline& recorded : timeline.phases)
      for (const Op& op : timeline.phase(recorded).ops) used[static_cast<std::size_t>(op.lane)] = true;
    for (int lane = 0; lane < lane_count; ++lane)
      if (used[static_cast<std::size_t>(lane)])
        writer.name_lane(rank, lane, name_of(static_cast<Lane>(lane)));
  }
  double offset = 0;
  for (const PhaseTimeline& recorded : timeline.phases) {
    const Phase& phase = timeline.phase(recorded);
    const double end = offset + recorded.time.time.value;
    for (const RankTimeline& rank : recorded.ranks) {
      for (const TimelineSlice& slice : rank.slices)
        if (slice.activity == Activity::stall)
          writer.slice(
              rank.rank.value, static_cast<int>(Lane::compute), "stall", "stall", offset + slice.start,
              slice.end - slice.start,
              fmt::format(R"({{"waits_for":{},"rank":{}}})",
                          nlohmann::json(op_name(phase, phase.ops[slice.op.at()])).dump(), slice.peer.value));
      const std::vector<Extent> extents = extents_of(rank, phase.ops.size());
      for (std::size_t i = 0; i < extents.size(); ++i) {
        const Extent& extent = extents[i];
        if (!extent.first) continue;
        writer.slice(rank.rank.value, static_cast<int>(phase.ops[i].lane), op_name(phase, phase.ops[i]),
                     phase.name, offset + extent.start, extent.end - extent.start,
                     fmt::format(R"({{"step":{},"repetition":0,"op":{},"waited_us":{:.6f},"critical":{}}})",
                                 phase.ops[i].step, i, (extent.start - extent.first->ready) * 1e6,
                                 extent.critical == OnPath::yes));
      }
      if (recorded.runs > 1)
        writer.remark(rank.rank.value,
                      fmt::format("{}: {} more repetitions like these", phase.name, recorded.runs - 1),
                      phase.name, end);
    }
    offset = end;
  }
  return writer.finish();
}

}  // namespace costmodel
