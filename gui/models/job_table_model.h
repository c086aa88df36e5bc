// The jobs of the window as rows, the newest first.
#pragma once

#include <QAbstractTableModel>
#include <QTimer>
#include <vector>

#include "gui/jobs/job_queue.h"

namespace gui {

enum class JobColumn { kind, subject, state, progress, time, message };
constexpr int job_column_count = 6;

class JobTableModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  explicit JobTableModel(JobQueue& queue, QObject* parent = nullptr);

  static constexpr int progress_role = Qt::UserRole;  // 0 to 1, -1 while nobody knows

  Job* job(int row) const;  // nullptr when there is none
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  void jobChanged(Job* job);

  JobQueue& queue_;
  std::vector<Job*> jobs_;
  QTimer clock_;  // while something runs
};

}  // namespace gui
