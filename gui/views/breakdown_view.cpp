#include "gui/views/breakdown_view.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <cmath>

#include "costmodel/base/csv_cell.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/quantity_text.h"
#include "gui/look/figure_html.h"
#include "gui/look/theme.h"
#include "gui/views/plot_style.h"
#include "gui/views/when_seen.h"

namespace gui {

using costmodel::PlanReport;

namespace {

constexpr double thickness = 0.36;

double totalOf(const std::vector<TimePart>& parts) {
  double total = 0;
  for (const TimePart& part : parts) total += part.seconds;
  return total;
}

QString timeText(double seconds) {
  return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(seconds)));
}

}  // namespace

BreakdownView::BreakdownView(Selection& selection, QWidget* parent)
    : QWidget(parent),
      selection_(selection),
      plot_(new QCustomPlot(this)),
      seen_(new WhenSeen(*this, [this] { rebuild(); })) {
  setObjectName(QStringLiteral("breakdown"));
  plot_->setAccessibleName(tr("Parts of the time, the current plan against the baseline"));
  plot_->setMouseTracking(true);
  plot_->setStatusTip(tr("Click a part of the time to see it in the timeline"));
  plot_->installEventFilter(this);
  plot_->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new SecondsTicker));
  makeNameAxis(*plot_->yAxis);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  connect(&selection_, &Selection::comparisonChanged, seen_, &WhenSeen::refresh);
  dressPlot(*plot_);
  rebuild();
}

void BreakdownView::addBar(double row, double base, double length, const QColor& colour, Side side) {
  auto* bar = new QCPBars(plot_->yAxis, plot_->xAxis);
  bar->setWidth(thickness);
  bar->setBaseValue(base);
  // The baseline is hatched: told apart without colour.
  bar->setBrush(side == Side::current ? QBrush(colour) : QBrush(colour, Qt::BDiagPattern));
  bar->setPen(QPen(colour, 1));
  bar->addData(row + (side == Side::current ? -thickness / 2 : thickness / 2), length);
}

void BreakdownView::addWaterfall(const std::vector<TimePart>& parts, Side side) {
  double at = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const double seconds = secondsOf(parts, rows_[i].figure);
    addBar(static_cast<double>(i), at, seconds,
           ink(rows_[i].kind == PartKind::compute ? Ink::compute : Ink::exposed, palette()), side);
    at += seconds;
  }
  addBar(static_cast<double>(rows_.size()), 0, totalOf(parts), ink(Ink::faint_text, palette()), side);
}

void BreakdownView::addRowText(double row, const QString& words) {
  auto* text = new QCPItemText(plot_);
  text->setText(words);
  text->setColor(ink(Ink::text, palette()));
  text->setPositionAlignment(Qt::AlignRight | Qt::AlignVCenter);
  text->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
  text->position->setTypeY(QCPItemPosition::ptPlotCoords);
  text->position->setCoords(0.995, row);
}

void BreakdownView::rebuild() {
  plot_->clearItems();
  plot_->clearPlottables();
  rows_.clear();
  shown_ = selection_.evaluation();
  const PlanReport* a = selection_.currentReport();
  const PlanReport* b = selection_.baselineReport();
  if (a == nullptr || !a->priced()) {
    plot_->replot(QCustomPlot::rpQueuedReplot);
    return;
  }
  if (b == a || b == nullptr || !b->priced()) b = nullptr;
  const std::vector<TimePart> of_a = timeParts(*a);
  const std::vector<TimePart> of_b = b == nullptr ? std::vector<TimePart>{} : timeParts(*b);
  rows_ = commonParts(of_a, of_b);
  addWaterfall(of_a, Side::current);
  if (b != nullptr) addWaterfall(of_b, Side::baseline);
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    ticker->addTick(static_cast<double>(i), rows_[i].label);
    const double seconds_a = secondsOf(of_a, rows_[i].figure), seconds_b = secondsOf(of_b, rows_[i].figure);
    QString words = timeText(seconds_a);
    if (b != nullptr) words = tr("%1 against %2").arg(words, timeText(seconds_b));
    addRowText(static_cast<double>(i), words);
  }
  ticker->addTick(static_cast<double>(rows_.size()), tr("all"));
  QString all = timeText(totalOf(of_a));
  if (b != nullptr) all = tr("%1 against %2").arg(all, timeText(totalOf(of_b)));
  addRowText(static_cast<double>(rows_.size()), all);
  plot_->yAxis->setTicker(ticker);
  plot_->yAxis->setRange(-0.6, static_cast<double>(rows_.size()) + 0.6);
  // Room at the right for the words.
  plot_->xAxis->setRange(0, std::max(totalOf(of_a), totalOf(of_b)) * 1.45);
  const auto name = [&](const PlanReport& report) {
    return QString::fromStdString(costmodel::split_name(report.price.plan, shown_->scenario));
  };
  plot_->xAxis->setLabel(b == nullptr ? name(*a)
                                      : tr("%1 (filled) against %2 (hatched)").arg(name(*a), name(*b)));
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

QPointF BreakdownView::positionOf(const std::string& figure) const {
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].figure == figure)
      return {plot_->axisRect()->left() + 20.0, plot_->yAxis->coordToPixel(static_cast<double>(i))};
  return {};
}

std::ptrdiff_t BreakdownView::rowAt(const QPointF& position) const {
  return std::lround(plot_->yAxis->pixelToCoord(position.y()));
}

void BreakdownView::showTip(const QPointF& position, const QPoint& global) {
  const std::ptrdiff_t row = rowAt(position);
  const auto all = static_cast<std::ptrdiff_t>(rows_.size());
  const PlanReport* report = plot_->yAxis->pixelToCoord(position.y()) < static_cast<double>(row)
                                 ? selection_.currentReport()
                                 : selection_.baselineReport();
  if (report == nullptr) report = selection_.currentReport();
  const bool known = row >= 0 && row <= all && report != nullptr;
  const QString html = !known       ? QString()
                       : row == all ? figureHtml(*report, "time")
                                    : figureHtml(*report, rows_[static_cast<std::size_t>(row)].figure);
  if (html.isEmpty())
    QToolTip::hideText();
  else
    QToolTip::showText(global, html, plot_);
}

bool BreakdownView::eventFilter(QObject* watched, QEvent* event) {
  if (watched == plot_ && event->type() == QEvent::MouseMove) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    showTip(mouse->position(), mouse->globalPosition().toPoint());
  } else if (watched == plot_ && event->type() == QEvent::MouseButtonRelease) {
    const std::ptrdiff_t row = rowAt(static_cast<QMouseEvent*>(event)->position());
    if (row >= 0 && row < static_cast<std::ptrdiff_t>(rows_.size()))
      Q_EMIT partChosen(rows_[static_cast<std::size_t>(row)].figure);
  }
  return QWidget::eventFilter(watched, event);
}

void BreakdownView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  dressPlot(*plot_);
  rebuild();
}

void BreakdownView::paintTo(QPainter& painter, const QRect& area) {
  seen_->catchUp();
  paintPlot(*plot_, painter, area);
}

QString BreakdownView::csv() const {
  QString text = QStringLiteral("plan,part,seconds\n");
  for (const PlanReport* report : {selection_.currentReport(), selection_.baselineReport()}) {
    if (report == nullptr || !report->priced()) continue;
    for (const TimePart& part : timeParts(*report))
      text += QStringLiteral("%1,%2,%3\n")
                  .arg(QString::fromStdString(costmodel::csv_cell(report->name)),
                       QString::fromStdString(costmodel::csv_cell(part.figure)))
                  .arg(part.seconds, 0, 'g', 17);
  }
  return text;
}

}  // namespace gui
