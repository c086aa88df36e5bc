#include "validation/measured_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "costmodel/formats/chrome_trace_writer.h"

namespace validation {

using costmodel::Lane;
using costmodel::Rank;

namespace {

constexpr int first_stream_row = 100;  // beyond the lanes

// The stream that computes longest.
int compute_stream(const GpuTrace& trace) {
  std::map<int, double> time;
  for (const GpuEvent& event : trace.events)
    if (is_compute(event.what.kind)) time[event.stream] += event.end - event.start;
  const auto longest = std::max_element(time.begin(), time.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  return longest == time.end() ? -1 : longest->first;
}

// One rank's step: events go to rows first, so that rows are named before they are filled.
class RankRows {
 public:
  RankRows(const costmodel::Schedule& schedule, const RankOverlay& rank, std::size_t step)
      : schedule_(schedule), rank_(rank), step_(step), compute_(compute_stream(rank.trace)) {
    const TraceStep& events = rank.steps.steps[step];
    for (std::size_t i = 0; i < events.events.size(); ++i) {
      const GpuEvent& event = rank.trace.events[events.events[i]];
      int row = wanted(event, rank.matched[step][i]);
      if (row < 0 || (busy_until_.contains(row) && event.start < busy_until_[row] - overlap))
        row = first_stream_row + event.stream;
      busy_until_[row] = std::max(busy_until_[row], event.end);
      rows_.push_back(row);
    }
  }

  void name_rows(costmodel::ChromeTraceWriter& writer) const {
    for (const auto& [row, until] : busy_until_)
      writer.name_lane(rank_.trace.rank, row,
                       row < first_stream_row ? std::string(name_of(static_cast<Lane>(row)))
                                              : fmt::format("stream {}", row - first_stream_row));
  }

  void write(costmodel::ChromeTraceWriter& writer, double origin) const {
    const TraceStep& events = rank_.steps.steps[step_];
    for (std::size_t i = 0; i < events.events.size(); ++i) {
      const GpuEvent& event = rank_.trace.events[events.events[i]];
      const std::string kernel = short_kernel_name(rank_.trace.name(event));
      const std::int32_t match = rank_.matched[step_][i];
      nlohmann::ordered_json facts;
      std::string name = kernel;
      std::string_view category = name_of(event.what.kind);
      if (match != no_op) {
        const ExpectedOp& op = rank_.expected.ops[static_cast<std::size_t>(match)];
        const costmodel::Phase& phase = schedule_.phases[op.phase];
        name = op_name(phase, *op.op);
        category = phase.name;
        facts["step"] = op.op->step;
        facts["predicted_us"] = (op.end - op.start) * 1e6;
      }
      facts["kernel"] = kernel;
      facts["stream"] = event.stream;
      writer.slice(rank_.trace.rank, rows_[i], name, category, event.start - origin, event.end - event.start,
                   facts.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    }
  }

 private:
  static constexpr double overlap = 1e-9;  // neighbours of a stream may touch

  // A row of the plan; -1: none is its own.
  int wanted(const GpuEvent& event, std::int32_t match) const {
    if (match != no_op) return static_cast<int>(rank_.expected.ops[static_cast<std::size_t>(match)].op->lane);
    return event.stream == compute_ && is_compute(event.what.kind) ? static_cast<int>(Lane::compute) : -1;
  }

  const costmodel::Schedule& schedule_;
  const RankOverlay& rank_;
  std::size_t step_;
  int compute_;
  std::map<int, double> busy_until_;
  std::vector<int> rows_;  // of each event
};

}  // namespace

std::string chrome_trace(const TraceOverlay& overlay, const costmodel::ClusterMap& map,
                         const std::string& plan_name) {
  // With one clock the ranks show the same step, and differences in start are real.
  const RankOverlay& first = overlay.ranks.front();
  const auto step_of = [&](const RankOverlay& rank) {
    return std::min(first.typical, rank.steps.steps.size() - 1);
  };
  const auto start_of = [&](const RankOverlay& rank) {
    return rank.steps.steps[step_of(rank)].start +
           static_cast<double>(rank.trace.origin - first.trace.origin) * 1e-9;
  };
  double begin = start_of(first);
  nlohmann::ordered_json about;
  about["plan"] = plan_name;
  about["measured"] = true;
  about["ranks"] = overlay.schedule.world_size();
  for (const RankOverlay& rank : overlay.ranks) {
    begin = std::min(begin, start_of(rank));
    about["recorded_ranks"].push_back(rank.trace.rank);
    about["files"].push_back(rank.trace.file);
  }
  about["step"] = first.typical;
  about["steps"] = first.steps.steps.size();
  costmodel::ChromeTraceWriter writer(
      about.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  std::vector<RankRows> rows;
  for (const RankOverlay& rank : overlay.ranks) {
    rows.emplace_back(overlay.schedule, rank, step_of(rank));
    writer.name_rank(rank.trace.rank, rank_name(Rank(rank.trace.rank), map.place(Rank(rank.trace.rank))));
    rows.back().name_rows(writer);
  }
  for (std::size_t r = 0; r < rows.size(); ++r)
    rows[r].write(writer,
                  begin - static_cast<double>(overlay.ranks[r].trace.origin - first.trace.origin) * 1e-9);
  return writer.finish();
}

}  // namespace validation
