#include "gui/timeline/slice_filter.h"

namespace gui {

std::optional<SliceFilter> filterOfFigure(const std::string& figure) {
  constexpr std::string_view items = "compute.items.", phases = "phases.", computing = ".compute",
                             waiting = ".exposed";
  SliceFilter filter;
  if (figure.starts_with(items)) {
    for (std::size_t p = 0; p < costmodel::compute_part_count; ++p)
      if (costmodel::name_of(static_cast<costmodel::ComputePart>(p)) == figure.substr(items.size()))
        filter.part = static_cast<costmodel::ComputePart>(p);
    return filter.part ? std::optional(filter) : std::nullopt;
  }
  if (!figure.starts_with(phases)) return {};
  const bool computes = figure.ends_with(computing);
  if (!computes && !figure.ends_with(waiting)) return {};
  filter.what = computes ? SliceFilter::What::computing : SliceFilter::What::waiting;
  const std::size_t tail = computes ? computing.size() : waiting.size();
  filter.phase = figure.substr(phases.size(), figure.size() - phases.size() - tail);
  return filter;
}

bool passes(const SliceFilter& filter, const TimelineTrace& trace, const TraceRow& row, std::size_t slice) {
  using costmodel::Activity;
  if (!trace.source || slice >= row.origins.size()) return false;
  const SliceOrigin& origin = row.origins[slice];
  const costmodel::PhaseTimeline& recorded = trace.source->phases[origin.phase];
  const costmodel::Phase& phase = trace.source->phase(recorded);
  if (!filter.phase.empty() && phase.name != filter.phase) return false;
  const costmodel::TimelineSlice& known = recorded.ranks[origin.rank].slices[origin.slice];
  if (filter.what == SliceFilter::What::waiting) return known.activity == Activity::stall;
  return known.activity == Activity::compute &&
         (!filter.part || costmodel::compute_part(phase.ops[known.op.at()]) == *filter.part);
}

}  // namespace gui
