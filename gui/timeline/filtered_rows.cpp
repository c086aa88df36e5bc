#include "gui/timeline/filtered_rows.h"

namespace gui {

std::shared_ptr<const PreparedTrace> filtered_rows(const TimelineTrace& trace, const SliceFilter& filter) {
  TimelineTrace kept;
  kept.duration = trace.duration;
  for (const TraceRow& row : trace.rows) {
    TraceRow& passing = kept.rows.emplace_back(row.rank, row.role, QString());
    for (std::size_t i = 0; i < row.size(); ++i)
      if (passes(filter, trace, row, i))
        passing.add(row.start(i), row.end(i), row.kind(i), row.critical(i), row.name(i));
  }
  return std::make_shared<const PreparedTrace>(std::move(kept));
}

}  // namespace gui
