// What fills a GPU's memory at the peak: the current plan above the baseline, stacked up to the memory line.
#pragma once

#include <QWidget>

#include "gui/document/selection.h"
#include "gui/models/memory_groups.h"

class QCPItemText;
class QCPLegend;
class QCustomPlot;

namespace gui {

class WhenSeen;

class MemoryView : public QWidget {
  Q_OBJECT

 public:
  explicit MemoryView(Selection& selection, QWidget* parent = nullptr);

  void paintTo(QPainter& painter, const QRect& area);
  QString csv() const;
  // What is said above each bar: peak and its 90 % interval, the longest sequence.
  QStringList summaries();

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  struct Stack {
    QString name;
    QString summary;
    std::vector<MemoryShare> shares;
    double row = 0;
    double low = 0, high = 0;  // GiB: the 90 % interval of the peak
  };

  // The number inside a piece; owned by the plot.
  struct Label {
    QCPItemText* text = nullptr;
    double gib = 0;
  };

  // Above a bar; owned by the plot.
  struct Words {
    QCPItemText* text = nullptr;
    QString name, summary;
  };

  void rebuild();
  void addStack(const costmodel::PlanReport& report, double row);
  void addBars();
  void addLabels();
  void placeLabels();
  void addCapacity(double capacity);
  void addIntervals();
  void addEmptyText();  // no plan is current
  void arrangeLegend();
  QString spread() const;
  QString htmlAt(const QPointF& position) const;

  Selection& selection_;
  QCustomPlot* plot_;
  WhenSeen* seen_;
  QCPLegend* legend_ = nullptr;  // owned by the plot
  EvaluationPtr shown_;          // keeps the figures of the stacks alive
  std::vector<Stack> stacks_;
  std::vector<Label> labels_;
  std::vector<Words> texts_;
};

}  // namespace gui
