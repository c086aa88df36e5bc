#include "gui/views/residual_bars.h"

#include <qcustomplot.h>

#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "costmodel/price/quantity_text.h"
#include "gui/look/theme.h"
#include "gui/views/plot_style.h"

namespace gui {

namespace {

QString signedPercent(double share) { return QString::fromStdString(costmodel::change_text(1 + share)); }

constexpr double axis_height = 46, words_height = 12;

class PercentTicker : public QCPAxisTicker {
 protected:
  QString getTickLabel(double tick, const QLocale&, QChar, int) override {
    return QStringLiteral("%1 %").arg(std::lround(tick * 100));
  }
};

}  // namespace

ResidualBars::ResidualBars(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
  setObjectName(QStringLiteral("residuals"));
  plot_->setAccessibleName(tr("Errors of the predictions"));
  plot_->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new PercentTicker));
  plot_->xAxis->ticker()->setTickCount(3);  // a part of the width is for words
  makeNameAxis(*plot_->yAxis);
  connect(plot_, &QCustomPlot::afterLayout, this, &ResidualBars::placeBars);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  rebuild(height());
}

void ResidualBars::show(std::vector<Residual> rows, const QString& title) {
  rows_ = std::move(rows);
  title_ = title;
  QStringList words;
  for (const Residual& row : rows_) words << QStringLiteral("%1 %2").arg(row.label, signedPercent(row.error));
  plot_->setAccessibleDescription(words.join(QStringLiteral("; ")));
  rebuild(height());
}

void ResidualBars::addBar(double row, double value, double width, Qt::BrushStyle style) {
  auto* bar = new QCPBars(plot_->yAxis, plot_->xAxis);
  const QColor colour = ink(value < 0 ? Ink::compute : Ink::exposed, palette());
  bar->setWidth(width);
  bar->setBrush(QBrush(colour, style));
  bar->setPen(QPen(colour, 1));
  bar->addData(row, value);
}

void ResidualBars::rebuild(int height) {
  dressPlot(*plot_);
  plot_->clearItems();
  plot_->clearPlottables();
  plot_->xAxis->setLabel(title_);
  plot_->xAxis->grid()->setZeroLinePen(QPen(ink(Ink::text, palette()), 1));
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  low_ = -0.02;
  high_ = 0.02;
  words_width_ = 0;
  const QFontMetricsF metrics(plot_->font());
  // Where rows are closer than their words are high, every second, third ... row has words.
  const double room =
      std::max(1.0, height - axis_height) / std::max<double>(1, static_cast<double>(rows_.size()));
  const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(words_height / room)));
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    const Residual& row = rows_[r];
    const double at = static_cast<double>(r);
    low_ = std::min({low_, row.error, row.before.value_or(0)});
    high_ = std::max({high_, row.error, row.before.value_or(0)});
    if (row.before) addBar(at - 0.2, *row.before, 0.34, Qt::BDiagPattern);
    addBar(row.before ? at + 0.2 : at, row.error, row.before ? 0.34 : 0.6, Qt::SolidPattern);
    if (r % every != 0) continue;
    ticker->addTick(at, row.label);
    auto* text = new QCPItemText(plot_);
    text->setText(row.before ? tr("%1, was %2").arg(signedPercent(row.error), signedPercent(*row.before))
                             : signedPercent(row.error));
    words_width_ = std::max(words_width_, metrics.horizontalAdvance(text->text()));
    text->setColor(ink(Ink::text, palette()));
    text->setPositionAlignment(Qt::AlignRight | Qt::AlignVCenter);
    text->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
    text->position->setTypeY(QCPItemPosition::ptPlotCoords);
    text->position->setCoords(0.995, at);
  }
  plot_->yAxis->setTicker(ticker);
  plot_->yAxis->setRange(-0.7, std::max(0.7, static_cast<double>(rows_.size()) - 0.3));
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

// Bars at the left, the words in what is left of the width.
void ResidualBars::placeBars() {
  constexpr double gap = 14, least_share = 0.25;
  const double width = std::max(1, plot_->axisRect()->width());
  const double share = std::max(least_share, 1 - (words_width_ + gap) / width);
  const double margin = 0.05 * (high_ - low_);
  const double lower = low_ - margin;
  plot_->xAxis->setRange(lower, lower + (high_ - low_ + 2 * margin) / share);
}

void ResidualBars::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) rebuild(height());
}

void ResidualBars::resizeEvent(QResizeEvent*) { rebuild(height()); }

void ResidualBars::paintTo(QPainter& painter, const QRect& area) {
  rebuild(area.height());
  paintPlot(*plot_, painter, area);
  rebuild(height());
}

}  // namespace gui
