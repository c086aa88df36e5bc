// The picture that people share: the answer in one sentence, both plans on one time axis, the trade-off, and
// what it rests on.
#pragma once

#include <QPainter>
#include <QRect>
#include <QSize>

#include "gui/window/session.h"

namespace gui {

class TimelinePanel;
class TradeOffView;

constexpr QSize shared_figure_size(1600, 900);

void paintSharedFigure(QPainter& painter, const QRect& area, const Session& session, TimelinePanel& timeline,
                       TradeOffView& trade_off);

}  // namespace gui
