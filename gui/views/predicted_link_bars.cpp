#include "gui/views/predicted_link_bars.h"

#include <QPainter>
#include <algorithm>

#include "gui/look/theme.h"

namespace gui {

namespace {

constexpr int usual_width = 640, least_width = 300;
constexpr int gap = 10;

int rowHeight(const QFontMetrics& metrics) { return 2 * metrics.height() + 12; }

}  // namespace

PredictedLinkBars::PredictedLinkBars(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Predicted average use of links"));
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void PredictedLinkBars::show(std::vector<PredictedLink> links) {
  links_ = std::move(links);
  QStringList words;
  for (const PredictedLink& link : links_) words << link.name + QStringLiteral(": ") + link.words();
  setAccessibleDescription(words.join(QStringLiteral("; ")));
  setVisible(!links_.empty());
  updateGeometry();
  update();
}

QSize PredictedLinkBars::sizeHint() const {
  return {usual_width, static_cast<int>(links_.size()) * rowHeight(fontMetrics())};
}

QSize PredictedLinkBars::minimumSizeHint() const { return {least_width, sizeHint().height()}; }

// Name and numbers on one line, the bar of 0 to 100 % below.
void PredictedLinkBars::paintTo(QPainter& painter, const QRect& area) const {
  const QFontMetrics metrics(painter.font());
  const int bar_height = metrics.height() - 2;
  int y = area.top();
  for (const PredictedLink& link : links_) {
    const QRect line(area.left(), y, area.width(), metrics.height());
    QFont bold = painter.font();
    const QFont plain = bold;
    bold.setBold(true);
    const int name_width = std::min(area.width() / 2, QFontMetrics(bold).horizontalAdvance(link.name) + gap);
    painter.setPen(ink(Ink::text, palette()));
    painter.setFont(bold);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, link.name);
    painter.setFont(plain);
    const QRect rest = line.adjusted(name_width, 0, 0, 0);
    painter.drawText(rest, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(link.words(), Qt::ElideRight, rest.width()));
    const QRectF whole(area.left() + 0.5, line.bottom() + 3.5, area.width() - 1, bar_height);
    painter.fillRect(whole, ink(Ink::grid, palette()));
    const double share = std::clamp(link.utilisation(), 0.0, 1.0);
    painter.fillRect(QRectF(whole.left(), whole.top(), whole.width() * share, whole.height()),
                     ink(Ink::compute, palette()));
    painter.setPen(QPen(ink(Ink::faint_text, palette()), 0));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(whole);
    y += rowHeight(metrics);
  }
}

void PredictedLinkBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paintTo(painter, rect());
}

}  // namespace gui
