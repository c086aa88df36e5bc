// Where the time goes, the current plan against the baseline: a waterfall from zero to the whole time, one
// row per kind of kernel and per phase that exposes something.
#pragma once

#include <QWidget>

#include "gui/document/selection.h"
#include "gui/models/time_parts.h"

class QCustomPlot;

namespace gui {

class WhenSeen;

class BreakdownView : public QWidget {
  Q_OBJECT

 public:
  explicit BreakdownView(Selection& selection, QWidget* parent = nullptr);

  void paintTo(QPainter& painter, const QRect& area);
  QString csv() const;
  // The bar of a part, in this widget; for tests.
  QPointF positionOf(const std::string& figure) const;

 Q_SIGNALS:
  void partChosen(const std::string& figure);

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  enum class Side { current, baseline };
  void rebuild();
  void addWaterfall(const std::vector<TimePart>& parts, Side side);
  void addBar(double row, double base, double length, const QColor& colour, Side side);
  void addRowText(double row, const QString& words);
  void showTip(const QPointF& position, const QPoint& global);
  std::ptrdiff_t rowAt(const QPointF& position) const;

  Selection& selection_;
  QCustomPlot* plot_;
  WhenSeen* seen_;
  EvaluationPtr shown_;
  std::vector<TimePart> rows_;
};

}  // namespace gui
