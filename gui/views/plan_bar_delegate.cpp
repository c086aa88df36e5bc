#include "gui/views/plan_bar_delegate.h"

#include <QApplication>
#include <QPainter>

#include "gui/look/theme.h"
#include "gui/models/plan_table_model.h"

namespace gui {

namespace {

constexpr int shortest_bar = 60;

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

}  // namespace

void PlanBarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
  const QVariant value = index.data(PlanTableModel::bar_role);
  if (!value.isValid()) {
    QStyledItemDelegate::paint(painter, option, index);
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
  if (index.data(PlanTableModel::bar_role).isValid())
    size.setWidth(std::max(size.width(), shortest_bar + textWidth(option) + 12));
  return size;
}

}  // namespace gui
