// Signed errors of predictions as bars from zero, one row each; with a fit, before it (hatched) and after.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

class QCustomPlot;

namespace gui {

struct Residual {
  QString label;
  double error = 0;  // (predicted - measured) / measured
  std::optional<double> before;
};

class ResidualBars : public QWidget {
  Q_OBJECT

 public:
  explicit ResidualBars(QWidget* parent = nullptr);

  void show(std::vector<Residual> rows, const QString& title);
  const std::vector<Residual>& rows() const { return rows_; }
  void paintTo(QPainter& painter, const QRect& area);
  QSize minimumSizeHint() const override { return {240, 110}; }

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void rebuild(int height);  // for a picture as high as that
  void placeBars();
  void addBar(double row, double value, double width, Qt::BrushStyle style);

  QCustomPlot* plot_;
  std::vector<Residual> rows_;
  QString title_;
  double low_ = 0, high_ = 0;  // of the bars
  double words_width_ = 0;     // pixels, at the right of them
};

}  // namespace gui
