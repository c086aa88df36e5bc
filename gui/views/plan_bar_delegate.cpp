#include "gui/views/plan_bar_delegate.h"

#include <QApplication>
#include <QPainter>

#include "gui/look/theme.h"
#include "gui/models/plan_table_model.h"

namespace gui {

namespace {

constexpr int shortest_bar = 60;
constexpr int room_for_pin = 18;

int textWidth(const QStyleOptionViewItem& option) {
  return option.fontMetrics.horizontalAdvance(QStringLiteral("0.00 GiB")) + 12;
}

void paintBar(QPainter& painter, const QRectF& area, const CellBar& bar, bool memory, bool runs,
              const QPalette& palette) {
  painter.save();
  if (!runs) painter.setOpacity(0.55);
  const QRectF track = area.adjusted(0, area.height() * 0.22, 0, -area.height() * 0.22);
  const QColor first =
      memory ? ink(bar.over ? Ink::capacity : Ink::memory, palette) : ink(Ink::compute, palette);
  painter.fillRect(QRectF(track.left(), track.top(), track.width() * bar.first, track.height()), first);
  if (bar.second > 0)
    painter.fillRect(QRectF(track.left() + track.width() * bar.first, track.top(), track.width() * bar.second,
                            track.height()),
                     ink(Ink::exposed, palette));
  if (bar.mark > 0) {
    painter.setOpacity(1);
    QPen pen(ink(Ink::text, palette), 1, Qt::DashLine);
    pen.setCosmetic(true);
    painter.setPen(pen);
    const double x = track.left() + track.width() * bar.mark;
    painter.drawLine(QPointF(x, area.top() + 2), QPointF(x, area.bottom() - 2));
  }
  painter.restore();
}

// A pin's head and needle in the corner of the cell.
void paintPin(QPainter& painter, const QRectF& cell, const QColor& colour) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(colour, 1.3));
  painter.setBrush(colour);
  const QPointF head(cell.right() - 8, cell.center().y() - 3);
  painter.drawEllipse(head, 2.8, 2.8);
  painter.drawLine(head, head + QPointF(0, 8));
  painter.restore();
}

}  // namespace

void PlanBarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
  const QVariant value = index.data(PlanTableModel::bar_role);
  if (!value.isValid()) {
    QStyledItemDelegate::paint(painter, option, index);
    const bool plan = index.column() == static_cast<int>(PlanColumn::plan);
    if (plan && index.data(PlanTableModel::kept_role).toBool())
      paintPin(*painter, QRectF(option.rect), option.palette.color(QPalette::Text));
    return;
  }
  QStyleOptionViewItem cell = option;
  initStyleOption(&cell, index);
  const QString text = cell.text;
  cell.text.clear();
  QApplication::style()->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
  const bool memory = index.column() == static_cast<int>(PlanColumn::memory);
  const QRectF area = QRectF(option.rect).adjusted(4, 1, -textWidth(option), -1);
  paintBar(*painter, area, value.value<CellBar>(), memory, index.data(PlanTableModel::runs_role).toBool(),
           option.palette);
  painter->save();
  painter->setPen(cell.palette.color(QPalette::Text));
  const QVariant foreground = index.data(Qt::ForegroundRole);
  if (foreground.canConvert<QBrush>()) painter->setPen(foreground.value<QBrush>().color());
  painter->setFont(cell.font);
  painter->drawText(QRectF(option.rect).adjusted(area.width(), 0, -6, 0), Qt::AlignRight | Qt::AlignVCenter,
                    text);
  painter->restore();
}

QSize PlanBarDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QSize size = QStyledItemDelegate::sizeHint(option, index);
  if (index.data(PlanTableModel::kept_role).toBool() && index.column() == static_cast<int>(PlanColumn::plan))
    size.rwidth() += room_for_pin;
  if (index.data(PlanTableModel::bar_role).isValid())
    size.setWidth(std::max(size.width(), shortest_bar + textWidth(option) + 12));
  return size;
}

}  // namespace gui
