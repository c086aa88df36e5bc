// The plan table sorted and filtered: pinned plans come first whatever the order, then those that run,
// rejected ones stay below.
#pragma once

#include <QSortFilterProxyModel>

namespace gui {

class PlanTableProxy : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  explicit PlanTableProxy(QObject* parent = nullptr);

  enum class Rejected { shown, hidden };
  void setRejected(Rejected rejected);
  // Whether only the plans that were selected together are shown.
  enum class Marked { all, only };
  void setMarked(Marked marked);
  // Words that must all occur in the row: in its name, what it keeps, or the reason against it.
  void setFilterText(const QString& text);

 protected:
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  QStringList words_;
  Rejected rejected_ = Rejected::shown;
  Marked marked_ = Marked::all;
};

}  // namespace gui
