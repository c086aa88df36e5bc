#include "gui/views/link_player.h"

#include <QKeyEvent>
#include <QToolButton>

#include "gui/views/link_heat_map.h"

namespace gui {

namespace {
constexpr int frame_ms = 33;
constexpr double whole_range_ms = 8000;
}  // namespace

LinkPlayer::LinkPlayer(LinkHeatMap& heat, QToolButton& button)
    : QObject(&heat), heat_(heat), button_(button) {
  button_.setCheckable(true);
  button_.setText(QStringLiteral("\u25B6"));
  button_.setAccessibleName(tr("Play the links over time"));
  button_.setToolTip(tr("Play the visible time (Space)"));
  frames_.setInterval(frame_ms);
  connect(&frames_, &QTimer::timeout, this, &LinkPlayer::step);
  connect(&button_, &QToolButton::clicked, this, &LinkPlayer::toggle);
  heat_.installEventFilter(this);
}

// From the moment that is chosen; from the start when that is the end or none is.
void LinkPlayer::toggle() {
  if (playing() || !heat_.use()) {
    stop();
    return;
  }
  const TimeRange range = heat_.timeRange();
  from_ = heat_.moment().value_or(range.from);
  if (from_ < range.from || from_ > range.to - 0.01 * range.span()) from_ = range.from;
  clock_.start();
  frames_.start();
  button_.setChecked(true);
}

void LinkPlayer::stop() {
  frames_.stop();
  button_.setChecked(false);
}

void LinkPlayer::step() {
  const TimeRange range = heat_.timeRange();
  const double now = from_ + static_cast<double>(clock_.elapsed()) / whole_range_ms * range.span();
  heat_.pointAt(std::min(now, range.to));
  if (now >= range.to || !heat_.use()) stop();
}

bool LinkPlayer::eventFilter(QObject* watched, QEvent* event) {
  if (watched == &heat_ && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Space) {
    toggle();
    return true;
  }
  return QObject::eventFilter(watched, event);
}

}  // namespace gui
