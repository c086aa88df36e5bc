// Measured runs as rows of a table.
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "gui/models/measured_runs.h"

namespace gui {

enum class RunColumn { id, group, source, measured, predicted, error, inside, before, after, match };
constexpr int run_column_count = 10;

class MeasuredRunModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  using QAbstractTableModel::QAbstractTableModel;
  static constexpr int sort_role = Qt::UserRole;

  void set(std::vector<MeasuredRun> runs, const RunSubject& present);
  void setPresent(const RunSubject& present);
  const std::vector<MeasuredRun>& runs() const { return runs_; }
  const RunSubject& present() const { return present_; }
  // Whether the run is of the present scenario; runs of tables have scenarios of their own.
  bool isPresent(const MeasuredRun& run) const { return run.subject && *run.subject == present_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  // As shown, with a header: CSV.
  QString csv() const;

 private:
  QString text(const MeasuredRun& run, RunColumn column) const;

  std::vector<MeasuredRun> runs_;
  RunSubject present_;
};

// "412 ms", "57.2 TFLOP/s".
QString measuredText(double value, const QString& unit);

}  // namespace gui
