// The plan table on screen: sorting, filter, choice of columns, baseline, copying.
#pragma once

#include <QWidget>
#include <functional>

#include "gui/models/plan_column_room.h"
#include "gui/models/plan_table_model.h"
#include "gui/models/plan_table_proxy.h"
#include "gui/models/table_text.h"

class QKeyEvent;
class QLineEdit;
class QTableView;
class QToolButton;
class QLabel;

namespace gui {

class PlanTableView : public QWidget {
  Q_OBJECT

 public:
  explicit PlanTableView(Selection& selection, QWidget* parent = nullptr);

  QTableView& table() { return *table_; }
  QString shownText(TableFormat format) const;
  void copyAs(TableFormat format) const;
  QLineEdit& filter() { return *filter_; }
  QToolButton& showAll() { return *show_all_; }

 Q_SIGNALS:
  void timelineWanted();
  void simulationWanted();  // of the current plan

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void applyColumns();
  void fitColumns();
  void applySpans();
  void applyMarks();
  void changeFilter(const std::function<void()>& change);
  void showCurrent();
  void rowClicked();
  void showColumnMenu(const QPoint& at);
  int reportOf(const QModelIndex& index) const;
  void makeBaseline();
  // What the current cell shows and where that comes from, as text that stays.
  void explainCell();
  void showRowMenu(const QPoint& at);
  bool takesKey(const QKeyEvent& key);
  QList<int> shownColumns() const;

  Selection& selection_;
  PlanTableModel model_;
  PlanTableProxy proxy_;
  QTableView* table_;
  QLineEdit* filter_;
  QLabel* count_;
  QToolButton* show_all_;  // while only selected plans are shown
  QToolButton* columns_;
  QSet<int> hidden_by_user_;
  QSet<int> kept_by_user_;           // whether there is room or not
  std::vector<ColumnWidth> needed_;  // of all columns that are wanted
  bool updating_ = false;
};

}  // namespace gui
