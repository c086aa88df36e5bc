#include "gui/timeline/range_keys.h"

#include <algorithm>
#include <array>

namespace gui {

namespace {

constexpr double usual_step = 0.7, fine_step = 0.93, coarse_step = 0.4;

// + needs Shift on most keyboards, so there it says nothing about the step.
bool isSign(int key) { return key == Qt::Key_Plus || key == Qt::Key_Equal || key == Qt::Key_Minus; }

}  // namespace

bool isRangeKey(int key) {
  constexpr std::array keys{Qt::Key_W,     Qt::Key_S,     Qt::Key_A, Qt::Key_D,    Qt::Key_Plus,
                            Qt::Key_Equal, Qt::Key_Minus, Qt::Key_0, Qt::Key_Home, Qt::Key_Backspace};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

double zoomStep(Qt::KeyboardModifiers modifiers) {
  if (modifiers.testFlag(Qt::ControlModifier)) return fine_step;
  return modifiers.testFlag(Qt::ShiftModifier) ? coarse_step : usual_step;
}

void applyRangeKey(RangeStack& range, const QKeyEvent& key, double around) {
  const double step = zoomStep(isSign(key.key()) ? key.modifiers() & ~Qt::ShiftModifier : key.modifiers());
  const double pan = pan_step * range.now().span();
  switch (key.key()) {
    case Qt::Key_W:
    case Qt::Key_Plus:
    case Qt::Key_Equal: range.zoom(step, around); break;
    case Qt::Key_S:
    case Qt::Key_Minus: range.zoom(1 / step, around); break;
    case Qt::Key_A: range.pan(-pan); break;
    case Qt::Key_D: range.pan(pan); break;
    case Qt::Key_0:
    case Qt::Key_Home: range.show_all(); break;
    case Qt::Key_Backspace: range.back(); break;
    default: break;
  }
}

}  // namespace gui
