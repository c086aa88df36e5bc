// Predicted against measured: every run a point with its interval, the line where both are equal and a band
// of a tenth around it.  A click chooses a run.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/models/measured_runs.h"

class QCustomPlot;

namespace gui {

class ValidationPlot : public QWidget {
  Q_OBJECT

 public:
  explicit ValidationPlot(QWidget* parent = nullptr);

  // The runs with that metric; the parts of the chosen run are small points.
  void show(const std::vector<MeasuredRun>& runs, const QString& metric, int chosen);
  struct Point {
    int run = 0;
    QString name;
    QString group;
    ComparedValue value;
    bool part = false;
  };
  const std::vector<Point>& points() const { return points_; }
  QPointF placeOf(const Point& point) const;  // in the widget
  void paintTo(QPainter& painter, const QRect& area);
  QSize minimumSizeHint() const override { return {240, 150}; }

 Q_SIGNALS:
  void runChosen(int run);

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void rebuild();
  void addLine(double low, double high);
  void addPoints(const QStringList& groups);
  const Point* nearest(QPointF place) const;

  QCustomPlot* plot_;
  std::vector<Point> points_;
  QString unit_;
  int chosen_ = -1;
};

}  // namespace gui
