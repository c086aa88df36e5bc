#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "simulator/timeline.h"

namespace simulator {

namespace {

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

// Microseconds, as the format wants them.
std::string time_text(double seconds) { return fmt::format("{:.6f}", seconds * 1e6); }

class Trace {
 public:
  Trace(const Simulation& simulation, const SimulationResult& result, const Timeline& timeline)
      : simulation_(simulation), result_(result), timeline_(timeline) {}

  std::string text() {
    text_ = "{\"displayTimeUnit\":\"ms\",\"otherData\":" + metadata() + ",\"traceEvents\":[\n";
    for (const std::int32_t rank : timeline_.ranks) name_rank(rank);
    std::vector<double> phase_ends(result_.phases.size(), 0.0);
    for (const TimelineEvent& event : timeline_.events) {
      add_event(event);
      double& end = phase_ends[static_cast<std::size_t>(event.phase)];
      end = std::max(end, event.end);
    }
    for (std::size_t p = 0; p < phase_ends.size(); ++p) add_rest(p, phase_ends[p]);
    text_ += "\n]}\n";
    return std::move(text_);
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

  void begin_line() { text_ += text_.ends_with("[\n") ? "" : ",\n"; }

  void name_rank(std::int32_t rank) {
    const costmodel::Place& place = simulation_.links().map().place(costmodel::Rank(rank));
    begin_line();
    fmt::format_to(
        std::back_inserter(text_),
        R"x({{"ph":"M","name":"process_name","pid":{0},"args":{{"name":"rank {0} (node {1}, GPU {2})"}}}},
{{"ph":"M","name":"process_sort_index","pid":{0},"args":{{"sort_index":{0}}}}})x",
        rank, place.node, place.local);
    for (int lane = 0; lane < costmodel::lane_count; ++lane) {
      if (!has_lane(lane)) continue;
      begin_line();
      fmt::format_to(std::back_inserter(text_),
                     R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})", rank,
                     lane, quoted(std::string(costmodel::name_of(static_cast<costmodel::Lane>(lane)))));
    }
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
    begin_line();
    fmt::format_to(
        std::back_inserter(text_),
        R"({{"ph":"X","name":{},"cat":{},"pid":{},"tid":{},"ts":{},"dur":{},"args":{{"step":{},"repetition":{},"op":{},"waited_us":{}}}}})",
        quoted(costmodel::op_name(phase, op)), quoted(std::string(phase.name)), event.rank,
        static_cast<int>(op.lane), time_text(event.start), time_text(event.end - event.start), op.step,
        event.repetition, event.op, time_text(event.start - event.ready));
  }

  // What was not run because it is like what was.
  void add_rest(std::size_t p, double end) {
    const PhaseOutcome& phase = result_.phases[p];
    const int more = phase.runs - phase.repetitions_in_window;
    if (more <= 0) return;
    for (const std::int32_t rank : timeline_.ranks) {
      begin_line();
      fmt::format_to(std::back_inserter(text_),
                     R"({{"ph":"i","s":"p","name":{},"cat":{},"pid":{},"tid":0,"ts":{}}})",
                     quoted(fmt::format("{}: {} more repetitions like these", phase.name, more)),
                     quoted(phase.name), rank, time_text(end));
    }
  }

  const Simulation& simulation_;
  const SimulationResult& result_;
  const Timeline& timeline_;
  std::string text_;
};

}  // namespace

std::string chrome_trace(const Simulation& simulation, const SimulationResult& result,
                         const Timeline& timeline) {
  return Trace(simulation, result, timeline).text();
}

}  // namespace simulator
