// Two quantities of every plan against each other, step time and memory at first: every priced plan a dot,
// the plans of the table as their marks, the front that cannot be beaten, and the memory of the GPU with what
// lies beyond it.
#pragma once

#include <QPolygonF>
#include <QWidget>

#include "gui/document/selection.h"
#include "gui/models/trade_off_points.h"

class QCPItemText;
class QCustomPlot;
class QMenu;
class QToolButton;

namespace gui {

class Lasso;

class TradeOffView : public QWidget {
  Q_OBJECT

 public:
  explicit TradeOffView(Selection& selection, QWidget* parent = nullptr);

  void paintTo(QPainter& painter, const QRect& area);
  QString csv() const;
  void setLogarithmic(bool logarithmic);  // the horizontal axis
  void setAxes(const TradeOffAxes& axes);
  const TradeOffAxes& axes() const { return axes_; }
  void fillAxesMenu(QMenu& menu);
  void resetZoom();
  // Selects the plans whose marks and dots lie inside, fastest first, at most a table's worth; none: all
  // again.
  void selectInside(const QPolygonF& shape);
  // Those that no other plan beats on both axes.
  void selectFront();

  // Where a report's mark is, in this widget; for tests and tooltips.
  QPointF positionOf(int report) const;
  // The report whose mark is within reach of a point; -1 when none is.
  int reportAt(const QPointF& position) const;

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  // The name of a report beside its mark; owned by the plot.
  struct Label {
    int report = -1;
    QCPItemText* text = nullptr;
  };

  QToolButton* addTool(const QString& text, const QString& tip);
  void dressAxes();
  QPointF pixelOf(const TradeOffPoint& point) const;
  std::vector<TradeOffPoint> reportPoints() const;             // of those with a price
  const costmodel::PlanReport* pricedReport(int index) const;  // nullptr when it has none

  void rebuild();
  void addCloud();
  void addFront();
  void addMarks();
  void addCapacity();
  void addLabels();
  void placeLabels();
  void placeCapacityWords();
  void refreshHighlights();

  const TradeOffPoint* pointAt(const QPointF& position) const;
  void pointerMoved(const QPointF& position, const QPoint& global);
  void clicked(const QPointF& position);
  bool dragged(QEvent& event);  // whether the lasso takes the event
  void markFastest(std::vector<TradeOffPoint> points);

  Selection& selection_;
  QCustomPlot* plot_;
  Lasso* lasso_;
  QToolButton* axes_button_;
  QToolButton* log_;
  QToolButton* select_;
  TradeOffAxes axes_;
  EvaluationPtr shown_;  // what the points are of
  std::vector<TradeOffPoint> cloud_;
  std::vector<Label> labels_;
  QCPItemText* capacity_words_ = nullptr;  // owned by the plot; none while no axis is memory
  double capacity_gib_ = 0;
  QPointF pressed_;
};

}  // namespace gui
