// Reads Chrome trace JSON as `ringside simulate --trace` and `ringside validate --trace` write it: a trace to
// lay under a prediction.
//
// Processes are ranks, threads are lanes with the schedule's names; threads of other programs become rows of
// kernels under their own names.
#pragma once

#include "gui/timeline/timeline_trace.h"

namespace gui {

// Throws costmodel::Error that names the file, the event and what would be right.
TimelineTrace readTrace(const QString& path);
TimelineTrace parseTrace(const QByteArray& json, const QString& file_name);

}  // namespace gui
