#include "validation/trace.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace validation {

using costmodel::Op;
using costmodel::Phase;
using Json = nlohmann::ordered_json;

namespace {

constexpr double microseconds = 1e6;

Json name_event(const char* what, int rank, int lane, const std::string& name) {
  Json event;
  event["name"] = what;
  event["ph"] = "M";
  event["pid"] = rank;
  event["tid"] = lane;
  event["args"]["name"] = name;
  return event;
}

}  // namespace

std::string chrome_trace(const costmodel::Schedule& schedule, const std::vector<RankRecord>& ranks) {
  Json events = Json::array();
  for (int rank = 0; rank < static_cast<int>(ranks.size()); ++rank) {
    events.push_back(name_event("process_name", rank, 0, "rank " + std::to_string(rank)));
    std::vector<bool> named(costmodel::lane_count, false);
    for (const Phase& phase : schedule.phases)
      for (const Op& op : phase.ops) {
        const std::size_t lane = static_cast<std::size_t>(op.lane);
        if (named[lane]) continue;
        named[lane] = true;
        events.push_back(
            name_event("thread_name", rank, static_cast<int>(lane), std::string(name_of(op.lane))));
      }
  }
  double begin = 0;
  for (std::size_t p = 0; p < schedule.phases.size(); ++p) {
    const Phase& phase = schedule.phases[p];
    double longest = 0;
    for (int r = 0; r < static_cast<int>(ranks.size()); ++r) {
      const LaneRun& run = ranks[static_cast<std::size_t>(r)].phases[p].repetitions.back();
      longest = std::max(longest, run.time);
      for (std::size_t i = 0; i < phase.ops.size(); ++i) {
        Json event;
        event["name"] = op_name(phase, phase.ops[i]);
        event["cat"] = phase.name;
        event["ph"] = "X";
        event["pid"] = r;
        event["tid"] = static_cast<int>(phase.ops[i].lane);
        event["ts"] = (begin + run.spans[i].start) * microseconds;
        event["dur"] = (run.spans[i].end - run.spans[i].start) * microseconds;
        event["args"]["step"] = phase.ops[i].step;
        if (ranks[static_cast<std::size_t>(r)].phases[p].sent[i] > 0)
          event["args"]["bytes"] = ranks[static_cast<std::size_t>(r)].phases[p].sent[i];
        events.push_back(std::move(event));
      }
    }
    begin += longest;
  }
  Json trace;
  trace["displayTimeUnit"] = "ms";
  trace["traceEvents"] = std::move(events);
  return trace.dump() + "\n";
}

}  // namespace validation
