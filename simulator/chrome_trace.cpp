#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "costmodel/formats/chrome_trace_writer.h"
#include "costmodel/price/cluster_map.h"
#include "simulator/timeline.h"

namespace simulator {

namespace {

class Trace {
 public:
  Trace(const Simulation& simulation, const SimulationResult& result, const Timeline& timeline)
      : simulation_(simulation), result_(result), timeline_(timeline), writer_(metadata()) {}

  std::string text() {
    for (const std::int32_t rank : timeline_.ranks) name_rank(rank);
    std::vector<double> phase_ends(result_.phases.size(), 0.0);
    for (const TimelineEvent& event : timeline_.events) {
      add_event(event);
      double& end = phase_ends[static_cast<std::size_t>(event.phase)];
      end = std::max(end, event.end);
    }
    for (std::size_t p = 0; p < phase_ends.size(); ++p) add_rest(p, phase_ends[p]);
    return writer_.finish();
  }

 private:
  std::string metadata() const {
    nlohmann::ordered_json json;
    json["simulated_ranks"] = result_.world.simulated;
    json["ranks"] = result_.world.total;
    json["recorded_ranks"] = timeline_.ranks;
    for (const PhaseOutcome& phase : result_.phases)
      json["phases"][phase.name] = {{"engine", name_of(phase.engine)},
                                    {"runs", phase.runs},
                                    {"recorded_repetitions", phase.repetitions_in_window}};
    return json.dump();
  }

  void name_rank(std::int32_t rank) {
    const costmodel::Rank named(rank);
    writer_.name_rank(rank, costmodel::rank_name(named, simulation_.links().map().place(named)));
    for (int lane = 0; lane < costmodel::lane_count; ++lane)
      if (has_lane(lane))
        writer_.name_lane(rank, lane, costmodel::name_of(static_cast<costmodel::Lane>(lane)));
  }

  bool has_lane(int lane) const {
    for (const costmodel::Phase& phase : simulation_.schedule().phases)
      for (const costmodel::Op& op : phase.ops)
        if (static_cast<int>(op.lane) == lane) return true;
    return false;
  }

  // A slice from when bytes or kernels began; the wait before it is in its arguments.
  void add_event(const TimelineEvent& event) {
    const costmodel::Phase& phase = simulation_.schedule().phases[static_cast<std::size_t>(event.phase)];
    const costmodel::Op& op = phase.ops[static_cast<std::size_t>(event.op)];
    writer_.slice(event.rank, static_cast<int>(op.lane), costmodel::op_name(phase, op), phase.name,
                  event.start, event.end - event.start,
                  fmt::format(R"({{"step":{},"repetition":{},"op":{},"waited_us":{:.6f}}})", op.step,
                              event.repetition, event.op, (event.start - event.ready) * 1e6));
  }

  // What was not run because it is like what was.
  void add_rest(std::size_t p, double end) {
    const PhaseOutcome& phase = result_.phases[p];
    const int more = phase.runs - phase.repetitions_in_window;
    if (more <= 0) return;
    for (const std::int32_t rank : timeline_.ranks)
      writer_.remark(rank, fmt::format("{}: {} more repetitions like these", phase.name, more), phase.name,
                     end);
  }

  const Simulation& simulation_;
  const SimulationResult& result_;
  const Timeline& timeline_;
  costmodel::ChromeTraceWriter writer_;
};

}  // namespace

std::string chrome_trace(const Simulation& simulation, const SimulationResult& result,
                         const Timeline& timeline) {
  return Trace(simulation, result, timeline).text();
}

}  // namespace simulator
