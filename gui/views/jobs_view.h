// The list of jobs: state, progress, time, what came of each, and the ways to end and to forget them.
#pragma once

#include <QWidget>

#include "gui/models/job_table_model.h"

class QLabel;
class QPushButton;
class QTableView;

namespace gui {

class JobsView : public QWidget {
  Q_OBJECT

 public:
  explicit JobsView(JobQueue& queue, QWidget* parent = nullptr);

  QTableView& table() { return *table_; }
  void cancelSelected();
  // Every job with what it said, oldest first.
  QString log() const;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void refresh();

  JobQueue& queue_;
  JobTableModel model_;
  QTableView* table_;
  QPushButton* cancel_;
  QPushButton* cancel_all_;
  QPushButton* forget_;
  QPushButton* copy_;
  QLabel* message_;  // of the selected job, whole
};

}  // namespace gui
