// A predicted plan as a trace to look at.
#pragma once

#include <memory>

#include "gui/timeline/timeline_trace.h"

namespace gui {

TimelineTrace makeTimelineTrace(std::shared_ptr<const costmodel::PlanTimeline> timeline);
// Records it first; throws costmodel::Error when the plan cannot run.
TimelineTrace makeTimelineTrace(const costmodel::Pricer& pricer, const costmodel::Plan& plan,
                                const costmodel::TimelineRanks& ranks = {});

}  // namespace gui
