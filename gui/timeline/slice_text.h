// Texts about slices and traces: tooltips, headers, what a screen reader says.
#pragma once

#include <QString>

#include "gui/timeline/timeline_layout.h"

namespace gui {

// "node 1, 8 GPUs folded"
QString node_text(const NodeHeader& node);

QString time_text(double seconds);

// Value, what it is, formula with the numbers put in, provenance: lines of rich text.
QString tooltip_of(const TimelineScene& scene, const SliceRef& ref);
// One line, plain.
QString summary_of(const TimelineScene& scene, const SliceRef& ref);

// "456 ms", "2.23 x faster", "critical path: 94 % network card, 6 % compute; 54 % exposed".
struct HeaderText {
  QString plan, time, ratio, cause;
};
HeaderText header_of(const TimelineScene& scene, PlanSlot slot);

}  // namespace gui
