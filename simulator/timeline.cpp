#include "simulator/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace simulator {

namespace {

std::vector<std::int32_t> representatives(const Simulation& simulation, const SimulationResult& result) {
  std::size_t first = 0, last = 0, busiest = 0;
  for (std::size_t w = 0; w < result.ranks.size(); ++w) {
    if (result.ranks[w].end < result.ranks[first].end) first = w;
    if (result.ranks[w].end > result.ranks[last].end) last = w;
    if (result.ranks[w].compute + result.ranks[w].slowdown >
        result.ranks[busiest].compute + result.ranks[busiest].slowdown)
      busiest = w;
  }
  std::vector<std::int32_t> ranks{0, static_cast<std::int32_t>(first), static_cast<std::int32_t>(last),
                                  static_cast<std::int32_t>(busiest)};
  const costmodel::ClusterMap& map = simulation.links().map();
  for (int r = 1; r < result.world.simulated; ++r)
    if (map.place(costmodel::Rank(r)).node != map.place(costmodel::Rank(0)).node) {
      ranks.push_back(r);
      break;
    }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

// Writes down the first run of every phase.
class Writer final : public Simulation::PhaseRecorder {
 public:
  Writer(Timeline& timeline, const SimulationResult& result, int slices)
      : timeline_(timeline), result_(result), slice_count_(slices), seen_(result.phases.size(), false) {
    chosen_.assign(result.ranks.size(), false);
    for (const std::int32_t rank : timeline.ranks) chosen_[static_cast<std::size_t>(rank)] = true;
  }

  void begin_phase(std::size_t phase, double offset) override {
    finish_slices();
    active_ = !seen_[phase];
    seen_[phase] = true;
    phase_ = phase;
    offset_ = offset;
    first_event_ = timeline_.events.size();
  }
  void restart() override {
    timeline_.events.resize(first_event_);
    bytes_.clear();
  }
  bool wants(std::size_t rank) const override { return active_ && chosen_[rank]; }
  void operation(const OpRecord& record) override {
    timeline_.events.push_back({static_cast<std::int32_t>(phase_), static_cast<std::int32_t>(record.rank),
                                static_cast<std::int32_t>(record.op), record.repetition,
                                offset_ + record.ready, offset_ + record.start, offset_ + record.end});
  }
  double slice() const override {
    return active_ && slice_count_ > 0 ? result_.phases[phase_].window / slice_count_ : 0.0;
  }
  // Evenly over the time in which they moved: the rate was constant, or this is within one slice.
  void flow(const Flow& flow, double moved, double begin, double end) override {
    const double slice = this->slice();
    if (slice <= 0 || moved <= 0) return;
    const auto index = [&](double t) { return std::clamp(static_cast<int>(t / slice), 0, slice_count_ - 1); };
    for (const LinkId link : flow.route.way()) {
      std::vector<double>& own = bytes_[link];
      own.resize(static_cast<std::size_t>(slice_count_));
      for (int k = index(begin); k <= index(end); ++k) {
        const double from = std::max(begin, k * slice), to = std::min(end, (k + 1) * slice);
        const double share = end > begin ? std::max(0.0, to - from) / (end - begin) : 1.0;
        own[static_cast<std::size_t>(k)] += moved * share;
      }
    }
  }
  void finish_slices() {
    if (!bytes_.empty()) {
      LinkSlices slices;
      slices.phase = static_cast<std::int32_t>(phase_);
      slices.begin = offset_;
      slices.slice = result_.phases[phase_].window / slice_count_;
      for (auto& [link, bytes] : bytes_) {
        slices.links.push_back(link);
        slices.bytes.push_back(std::move(bytes));
      }
      timeline_.slices.push_back(std::move(slices));
    }
    bytes_.clear();
  }

 private:
  Timeline& timeline_;
  const SimulationResult& result_;
  int slice_count_;
  std::vector<bool> seen_, chosen_;
  bool active_ = false;
  std::size_t phase_ = 0, first_event_ = 0;
  double offset_ = 0;
  std::map<LinkId, std::vector<double>> bytes_;
};

}  // namespace

Timeline record(Simulation& simulation, const SimulationResult& result, TraceRanks ranks, int slices) {
  Timeline timeline;
  if (ranks == TraceRanks::representative) {
    timeline.ranks = representatives(simulation, result);
  } else {
    for (int r = 0; r < result.world.simulated; ++r) timeline.ranks.push_back(r);
  }
  Writer writer(timeline, result, slices);
  simulation.record(writer);
  writer.finish_slices();
  return timeline;
}

std::string link_csv(const Simulation& simulation, const SimulationResult& result, const Timeline& timeline) {
  std::string text = "phase,repetitions,begin_s,end_s,link,kind,bytes,utilisation\n";
  for (const LinkSlices& slices : timeline.slices) {
    const PhaseOutcome& phase = result.phases[static_cast<std::size_t>(slices.phase)];
    for (std::size_t l = 0; l < slices.links.size(); ++l) {
      const Link& link = simulation.links()[slices.links[l]];
      const std::string name = simulation.links().name(slices.links[l]);
      for (std::size_t k = 0; k < slices.bytes[l].size(); ++k) {
        const double begin = slices.begin + static_cast<double>(k) * slices.slice;
        fmt::format_to(std::back_inserter(text), "{},{},{:.9g},{:.9g},{},{},{:.9g},{:.6g}\n", phase.name,
                       phase.repetitions_in_window, begin, begin + slices.slice, name, name_of(link.kind),
                       slices.bytes[l][k], slices.bytes[l][k] / (link.capacity.value * slices.slice));
      }
    }
  }
  return text;
}

}  // namespace simulator
