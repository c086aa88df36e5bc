// Step time against memory: every priced plan a dot, the plans of the table as their marks, the front that
// cannot be beaten, and the memory of the GPU with what lies beyond it.
#pragma once

#include <QWidget>

#include "gui/document/selection.h"

class QCPItemText;
class QCustomPlot;
class QToolButton;

namespace gui {

class TradeOffView : public QWidget {
  Q_OBJECT

 public:
  explicit TradeOffView(Selection& selection, QWidget* parent = nullptr);

  void paintTo(QPainter& painter, const QRect& area);
  QString csv() const;
  void setLogarithmic(bool logarithmic);
  void resetZoom();
  // Selects the plans whose marks and dots lie inside, fastest first, at most a table's worth; none: all
  // again.
  void selectInside(const QRectF& area);
  // Those that no other plan beats in both time and memory.
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
  struct Dot {
    double time = 0;
    double gib = 0;
    costmodel::Plan plan;
    bool fits = true;
  };

  // The name of a report beside its mark; owned by the plot.
  struct Label {
    int report = -1;
    QCPItemText* text = nullptr;
  };

  void rebuild();
  void addCloud();
  void addFront();
  std::vector<Dot> front() const;  // fastest first
  void addMarks();
  void addCapacity();
  void addLabels();
  void placeLabels();
  void placeCapacityWords();
  void refreshHighlights();
  const Dot* dotAt(const QPointF& position) const;
  void pointerMoved(const QPointF& position, const QPoint& global);
  void clicked(const QPointF& position);
  void markFastest(std::vector<Dot> dots);

  Selection& selection_;
  QCustomPlot* plot_;
  QToolButton* log_;
  QToolButton* select_;
  std::vector<Dot> cloud_;
  std::vector<Label> labels_;
  QCPItemText* capacity_words_ = nullptr;  // owned by the plot
  double capacity_gib_ = 0;
  QPointF pressed_;
};

}  // namespace gui
