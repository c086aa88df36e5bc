// The view itself: its axes, their ranges, its buttons.  Painting and input are in files of their own.
#include "gui/views/trade_off_view.h"

#include <qcustomplot.h>

#include <QActionGroup>
#include <QEvent>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "costmodel/price/memory.h"
#include "gui/views/lasso.h"
#include "gui/views/plot_style.h"

namespace gui {

using costmodel::PlanReport;

namespace {

struct Extent {
  double least = 0, most = 0;
};

// Round the plans of the table, with room for marks at the edges.
QCPRange rangeAcross(const Extent& extent) {
  const double span = extent.most - extent.least;
  const double low = extent.least - 0.12 * span - 0.02 * extent.least;
  const double high = extent.most + 0.12 * span + 0.02 * extent.most;
  return {low, high > low ? high : low + 1};
}

// From zero, unless everything floats high above it.
QCPRange rangeFromGround(double least, double top) {
  if (top <= 0) return {0, 1};
  return {least > 0.4 * top ? least - 0.15 * (top - least) : 0, top};
}

}  // namespace

TradeOffView::TradeOffView(Selection& selection, QWidget* parent)
    : QWidget(parent), selection_(selection), plot_(new QCustomPlot(this)), lasso_(new Lasso(plot_)) {
  setObjectName(QStringLiteral("tradeOff"));
  plot_->setAccessibleName(tr("Trade-off of two quantities; the plan table has the same plans"));
  plot_->setMouseTracking(true);
  plot_->installEventFilter(this);
  plot_->setSelectionRectMode(QCP::srmZoom);
  plot_->setInteraction(QCP::iRangeZoom);
  for (const char* layer : {"cloud", "marks"}) plot_->addLayer(QString::fromLatin1(layer));
  axes_button_ = addTool(tr("axes"), tr("What the axes show"));
  axes_button_->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(axes_button_);
  fillAxesMenu(*menu);
  axes_button_->setMenu(menu);
  log_ = addTool(tr("log"), tr("Logarithmic horizontal axis"));
  log_->setCheckable(true);
  select_ = addTool(tr("select"),
                    tr("A drag selects the plans inside it, everywhere: draw round them, or across as the "
                       "diagonal of a box; without this button: Shift and a drag"));
  select_->setCheckable(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  connect(&selection_, &Selection::markedChanged, this, &TradeOffView::refreshHighlights);
  connect(log_, &QToolButton::toggled, this, &TradeOffView::setLogarithmic);
  connect(plot_, &QCustomPlot::afterLayout, this, &TradeOffView::placeLabels);
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, &TradeOffView::resetZoom);
  connect(&selection_, &Selection::evaluationChanged, this, &TradeOffView::rebuild);
  connect(&selection_, &Selection::comparisonChanged, this, &TradeOffView::refreshHighlights);
  connect(&selection_, &Selection::hoveredChanged, this, &TradeOffView::refreshHighlights);
  dressPlot(*plot_);
  rebuild();
  refreshHighlights();
}

QToolButton* TradeOffView::addTool(const QString& text, const QString& tip) {
  auto* button = new QToolButton(this);
  button->setText(text);
  button->setAutoRaise(true);
  button->setAccessibleName(tip);
  button->setToolTip(tip);
  return button;
}

void TradeOffView::fillAxesMenu(QMenu& menu) {
  struct Side {
    QString title;
    TradeOffAxis TradeOffAxes::*axis;
  };
  for (const Side& side : {Side{tr("Across"), &TradeOffAxes::x}, Side{tr("Up"), &TradeOffAxes::y}}) {
    if (!menu.isEmpty()) menu.addSeparator();
    auto* group = new QActionGroup(&menu);
    for (const TradeOffAxis axis : trade_off_axes) {
      QAction* action = menu.addAction(tr("%1: %2").arg(side.title, axisName(axis)));
      action->setCheckable(true);
      group->addAction(action);
      connect(action, &QAction::triggered, this, [this, axis, which = side.axis] {
        TradeOffAxes wanted = axes_;
        wanted.*which = axis;
        setAxes(wanted);
      });
      connect(&menu, &QMenu::aboutToShow, action, [this, action, axis, which = side.axis] {
        action->setChecked(axes_.*which == axis);
        action->setEnabled(!shown_ || applies(axis, shown_->scenario));
      });
    }
  }
}

void TradeOffView::setAxes(const TradeOffAxes& axes) {
  if (axes == axes_) return;
  axes_ = axes;
  rebuild();
  refreshHighlights();
}

// Time in words; everything else as numbers in the unit of the title.
void TradeOffView::dressAxes() {
  const auto several = [](const PlanReport& report) { return report.priced() && report.price.plan.data > 1; };
  const Replicas replicas = shown_ && std::any_of(shown_->reports.begin(), shown_->reports.end(), several)
                                ? Replicas::several
                                : Replicas::one;
  const auto dress = [replicas](QCPAxis& axis, TradeOffAxis shows, bool logarithmic) {
    axis.setLabel(axisTitle(shows, replicas));
    axis.setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    QSharedPointer<QCPAxisTicker> ticker(new QCPAxisTicker);
    if (shows == TradeOffAxis::time)
      ticker.reset(logarithmic ? static_cast<QCPAxisTicker*>(new SecondsLogTicker) : new SecondsTicker);
    else if (logarithmic)
      ticker.reset(new QCPAxisTickerLog);
    axis.setTicker(ticker);
  };
  dress(*plot_->xAxis, axes_.x, log_->isChecked());
  dress(*plot_->yAxis, axes_.y, false);
}

const PlanReport* TradeOffView::pricedReport(int index) const {
  const PlanReport* report = shown_ ? shown_->report(index) : nullptr;
  return report != nullptr && report->priced() ? report : nullptr;
}

std::vector<TradeOffPoint> TradeOffView::reportPoints() const {
  std::vector<TradeOffPoint> points;
  for (const PlanReport& report : shown_->reports)
    if (report.priced()) points.push_back(pointOf(axes_, shown_->scenario, report.price));
  return points;
}

void TradeOffView::resetZoom() {
  const std::vector<TradeOffPoint> points = shown_ ? reportPoints() : std::vector<TradeOffPoint>{};
  if (points.empty()) return;
  Extent across{points.front().x, points.front().x}, up{points.front().y, points.front().y};
  for (const TradeOffPoint& point : points) {
    across = {std::min(across.least, point.x), std::max(across.most, point.x)};
    up = {std::min(up.least, point.y), std::max(up.most, point.y)};
  }
  for (const TradeOffPoint& point : cloud_)
    if (point.x <= across.most) up.least = std::min(up.least, point.y);
  double top = up.most * 1.12;
  if (axes_.y == TradeOffAxis::memory) {
    const double capacity = costmodel::device_memory(shown_->scenario.cluster).value / bytes_per_gib;
    // Far below the line the data would lie flat on the ground: then the line is left out of the range.
    constexpr double flat = 0.3;
    top = up.most < flat * capacity ? up.most * 1.35 : std::max(up.most, capacity) * 1.12;
    up.least = std::min(up.least, capacity);  // when nothing fits, the line is below all
  }
  plot_->yAxis->setRange(rangeFromGround(up.least, top));
  if (plot_->xAxis->scaleType() == QCPAxis::stLogarithmic)
    plot_->xAxis->setRange(across.least / 1.1, across.most * 1.15);
  else
    plot_->xAxis->setRange(rangeAcross(across));
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void TradeOffView::setLogarithmic(bool logarithmic) {
  log_->setChecked(logarithmic);
  dressAxes();
  resetZoom();
}

QPointF TradeOffView::pixelOf(const TradeOffPoint& point) const {
  return {plot_->xAxis->coordToPixel(point.x), plot_->yAxis->coordToPixel(point.y)};
}

QPointF TradeOffView::positionOf(int index) const {
  const PlanReport* report = pricedReport(index);
  return report == nullptr ? QPointF() : pixelOf(pointOf(axes_, shown_->scenario, report->price));
}

void TradeOffView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  int right = width() - 4;
  for (QToolButton* button : {log_, axes_button_, select_}) {
    button->adjustSize();
    button->move(right - button->width(), 2);
    button->raise();
    right = button->x() - 2;
  }
}

void TradeOffView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  dressPlot(*plot_);
  rebuild();
  refreshHighlights();
}

void TradeOffView::paintTo(QPainter& painter, const QRect& area) { paintPlot(*plot_, painter, area); }

QString TradeOffView::csv() const { return shown_ ? tradeOffCsv(*shown_, cloud_) : QString(); }

}  // namespace gui
