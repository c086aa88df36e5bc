// Paints cells with a bar: parts, the mark across (the memory line), and the number beside it, never over it.
#pragma once

#include <QStyledItemDelegate>

namespace gui {

class PlanBarDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace gui
