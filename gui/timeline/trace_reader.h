// Reads Chrome trace JSON as `ringside simulate --trace` and `ringside validate --trace` write it: a trace to
// lay under a prediction.
//
// Processes are ranks, threads are lanes with the schedule's names; threads of other programs become rows of
// kernels under their own names.
#pragma once

#include "gui/timeline/timeline_trace.h"

namespace gui {

// Of a trace of a whole step one repetition of a phase, moved to where a prediction of one layer has it.
struct TraceWindow {
  std::string phase;  // the category of its events
  double at = 0;      // s
};
// Those of a predicted trace.
std::vector<TraceWindow> windowsOf(const costmodel::PlanTimeline& predicted);

// Throws costmodel::Error that names the file, the event and what would be right.
TimelineTrace readTrace(const QString& path, const std::vector<TraceWindow>& windows = {});
TimelineTrace parseTrace(const QByteArray& json, const QString& file_name,
                         const std::vector<TraceWindow>& windows = {});

}  // namespace gui
