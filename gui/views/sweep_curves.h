// Small multiples of a sweep: for each number of nodes the time of every plan family over the sequence, all
// on the same axes.  What the map of winners leaves out: by how much.
#pragma once

#include <QWidget>

#include "gui/models/sweep_model.h"

class QCPAxisRect;
class QCPLayoutGrid;
class QCustomPlot;

namespace gui {

class SweepCurves : public QWidget {
  Q_OBJECT

 public:
  explicit SweepCurves(const SweepModel& model, QWidget* parent = nullptr);

  // The points that are there, panel by panel; for tests.
  int panelCount() const { return static_cast<int>(panels_.size()); }
  int pointCount(int row, const std::string& family) const;
  // What is within reach of a place in this widget, in words; empty when nothing is.
  QString textAt(const QPointF& position) const;
  QPointF positionOf(int row, int column) const;  // of the winner

 Q_SIGNALS:
  void pointClicked(const QModelIndex& cell);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Dot {
    int row = 0;
    int column = 0;
    std::size_t plan = 0;  // index into the point's plans
    double tokens = 0;
    double seconds = 0;
    double ratio = 1;  // of it to the fastest there
  };

  void rebuild();
  void addPanel(QCPLayoutGrid& grid, int row, double highest);
  void addLegend();
  const Dot* dotAt(const QPointF& position) const;
  QPointF pixelOf(const Dot& dot) const;

  const SweepModel& model_;
  QCustomPlot* plot_;
  std::vector<QCPAxisRect*> panels_;  // of each row of the model; owned by the plot
  std::vector<Dot> dots_;
  QPointF pressed_;
};

}  // namespace gui
