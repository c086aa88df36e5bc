#include "gui/models/plan_table_proxy.h"

#include <algorithm>

#include "gui/models/plan_table_model.h"

namespace gui {

PlanTableProxy::PlanTableProxy(QObject* parent) : QSortFilterProxyModel(parent) {
  setSortRole(PlanTableModel::sort_role);
}

void PlanTableProxy::setRejected(Rejected rejected) {
  rejected_ = rejected;
  invalidateFilter();
}

void PlanTableProxy::setMarked(Marked marked) {
  marked_ = marked;
  invalidateFilter();
}

void PlanTableProxy::setFilterText(const QString& text) {
  words_ = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

bool PlanTableProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  // Descending order turns every answer round, so that what stays on top is turned here first.
  const bool left_kept = left.data(PlanTableModel::kept_role).toBool();
  const bool right_kept = right.data(PlanTableModel::kept_role).toBool();
  if (left_kept != right_kept) return (sortOrder() == Qt::AscendingOrder) == left_kept;
  const bool left_runs = left.data(PlanTableModel::runs_role).toBool();
  const bool right_runs = right.data(PlanTableModel::runs_role).toBool();
  if (left_runs != right_runs) return (sortOrder() == Qt::AscendingOrder) == left_runs;
  return left.data(sortRole()).toDouble() < right.data(sortRole()).toDouble();
}

bool PlanTableProxy::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const QModelIndex first = sourceModel()->index(row, 0, parent);
  if (rejected_ == Rejected::hidden && !first.data(PlanTableModel::runs_role).toBool()) return false;
  if (marked_ == Marked::only && !first.data(PlanTableModel::marked_role).toBool()) return false;
  QString text;
  for (const PlanColumn column : {PlanColumn::plan, PlanColumn::keeps, PlanColumn::time, PlanColumn::fits})
    text += sourceModel()->index(row, static_cast<int>(column), parent).data().toString() + QLatin1Char(' ');
  return std::all_of(words_.begin(), words_.end(),
                     [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

}  // namespace gui
