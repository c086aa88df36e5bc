#include "gui/models/measured_run_model.h"

#include <array>
#include <cmath>

#include "costmodel/base/csv_cell.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"

namespace gui {

namespace {

QString signedPercent(double share) { return QString::fromStdString(costmodel::change_text(1 + share)); }

}  // namespace

QString measuredText(double value, const QString& unit) {
  if (unit == QLatin1String("s"))
    return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(value)));
  return QStringLiteral("%1 %2").arg(value, 0, 'g', 4).arg(unit);
}

void MeasuredRunModel::set(std::vector<MeasuredRun> runs, const RunSubject& present) {
  beginResetModel();
  runs_ = std::move(runs);
  present_ = present;
  endResetModel();
}

void MeasuredRunModel::setPresent(const RunSubject& present) {
  present_ = present;
  const int column = static_cast<int>(RunColumn::match);
  if (!runs_.empty()) Q_EMIT dataChanged(index(0, column), index(rowCount() - 1, column));
}

int MeasuredRunModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

int MeasuredRunModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : run_column_count;
}

QString MeasuredRunModel::text(const MeasuredRun& run, RunColumn column) const {
  switch (column) {
    case RunColumn::id: return run.id;
    case RunColumn::group: return run.group;
    case RunColumn::source: return run.source;
    case RunColumn::measured: return measuredText(run.measured, run.unit);
    case RunColumn::predicted: return run.value ? measuredText(run.value->predicted, run.unit) : QString();
    case RunColumn::error: return run.value ? signedPercent(run.value->error) : QString();
    case RunColumn::inside:
      return !run.value || !run.value->hasInterval() ? QString()
             : run.value->inside                     ? tr("\u2713 inside")
                                                     : tr("\u2717 outside");
    case RunColumn::before: return run.before ? signedPercent(*run.before) : QString();
    case RunColumn::after: return run.after ? signedPercent(*run.after) : QString();
    case RunColumn::match:
      if (!run.unmatched.isEmpty()) return tr("unmatched: %1").arg(run.unmatched);
      if (run.group == QLatin1String("calibrate")) return tr("measured here, predicted after the fit");
      if (!run.subject) return tr("row of a table");
      return (isPresent(run) ? tr("this scenario; %1") : tr("another scenario; %1")).arg(run.check);
  }
  return {};
}

QVariant MeasuredRunModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const MeasuredRun& run = runs_[static_cast<std::size_t>(index.row())];
  const auto column = static_cast<RunColumn>(index.column());
  const bool number =
      column >= RunColumn::measured && column <= RunColumn::after && column != RunColumn::inside;
  if (role == Qt::TextAlignmentRole)
    return QVariant((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  if (role == Qt::DisplayRole) return text(run, column);
  if (role == Qt::AccessibleTextRole)
    return QStringLiteral("%1: %2").arg(
        headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(), text(run, column));
  if (role == Qt::ToolTipRole) return QStringLiteral("%1\n%2").arg(run.plan, text(run, RunColumn::match));
  if (role != sort_role) return {};
  switch (column) {
    case RunColumn::measured: return run.measured;
    case RunColumn::predicted: return run.value ? run.value->predicted : -1;
    case RunColumn::error: return run.value ? std::abs(run.value->error) : -1;
    case RunColumn::before: return std::abs(run.before.value_or(0));
    case RunColumn::after: return std::abs(run.after.value_or(0));
    default: return text(run, column);
  }
}

QVariant MeasuredRunModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= run_column_count)
    return {};
  const std::array<QString, run_column_count> names{
      tr("Run"),   tr("Kind"),          tr("Source"), tr("Measured"), tr("Predicted"),
      tr("Error"), tr("90 % interval"), tr("Before"), tr("After"),    tr("Scenario")};
  return names[static_cast<std::size_t>(section)];
}

QString MeasuredRunModel::csv() const {
  QString text = QStringLiteral(
      "run,kind,source,metric,measured,predicted,low,high,error,inside,before,after,unmatched\n");
  const auto cell = [](const QString& words) {
    return QString::fromStdString(costmodel::csv_cell(words.toStdString()));
  };
  const auto number = [](std::optional<double> value) {
    return value ? QString::number(*value, 'g', 17) : QString();
  };
  for (const MeasuredRun& run : runs_) {
    const auto of = [&](double ComparedValue::*member) {
      return run.value ? number((*run.value).*member) : QString();
    };
    text += QStringList{cell(run.id),
                        cell(run.group),
                        cell(run.source),
                        run.metric,
                        number(run.measured),
                        of(&ComparedValue::predicted),
                        of(&ComparedValue::low),
                        of(&ComparedValue::high),
                        of(&ComparedValue::error),
                        !run.value || !run.value->hasInterval() ? QString()
                        : run.value->inside                     ? QStringLiteral("yes")
                                                                : QStringLiteral("no"),
                        number(run.before),
                        number(run.after),
                        cell(run.unmatched)}
                .join(QLatin1Char(',')) +
            QLatin1Char('\n');
  }
  return text;
}

}  // namespace gui
