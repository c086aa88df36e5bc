// The keys that move a range of time, the same in every view that has one: W, + or = closer, S or - farther,
// A and D along, 0 or Home all, Backspace back; Control is finer, Shift coarser.
#pragma once

#include <QKeyEvent>

#include "gui/timeline/range_stack.h"

namespace gui {

constexpr double pan_step = 0.15;  // of what is seen

bool isRangeKey(int key);
// How much of the range is left after one step closer.
double zoomStep(Qt::KeyboardModifiers modifiers);
// Does what the key says, closer and farther round a moment.
void applyRangeKey(RangeStack& range, const QKeyEvent& key, double around);

}  // namespace gui
