// The ranked plans as a table: one row per plan of the evaluation, rejected ones with their reason.
#pragma once

#include <QAbstractTableModel>

#include "gui/document/selection.h"

namespace gui {

enum class PlanColumn {
  plan,
  tokens_per_second,  // of whole-model phases
  time,
  interval,
  exposed,
  memory,
  fits,
  against,
  inter,
  intra,
  longest,
  keeps,  // of whole-model phases
  count,
};

// A bar in a cell: parts one after the other, a mark across it, all shares of the cell's width.
struct CellBar {
  double first = 0;
  double second = 0;
  double mark = 0;  // 0: none
  bool over = false;
};

class PlanTableModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Role {
    sort_role = Qt::UserRole,  // a double; plans that run first
    bar_role,                  // CellBar, where the cell has one
    index_role,                // into the evaluation's reports
    runs_role,                 // bool
    figure_role,               // name of the figure that the cell shows
    priced_role,               // bool
    marked_role,               // bool: one of several that were selected together
    kept_role,                 // bool: on top of the table, and through edits
  };

  explicit PlanTableModel(Selection& selection, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  // Columns that say something in the present scenario.
  bool applies(PlanColumn column) const;

 private:
  void reset();
  void marksChanged();
  QString text(const costmodel::PlanReport& report, PlanColumn column) const;
  double sortKey(const costmodel::PlanReport& report, int row, PlanColumn column) const;
  CellBar bar(const costmodel::PlanReport& report, PlanColumn column) const;
  QString against(const costmodel::PlanReport& report, int row) const;

  Selection& selection_;
  EvaluationPtr evaluation_;
  double longest_time_ = 0;
  double memory_scale_ = 0;
};

}  // namespace gui

Q_DECLARE_METATYPE(gui::CellBar)
