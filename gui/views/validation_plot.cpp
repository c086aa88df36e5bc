#include "gui/views/validation_plot.h"

#include <qcustomplot.h>

#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "costmodel/price/quantity_text.h"
#include "gui/look/theme.h"
#include "gui/models/measured_run_model.h"
#include "gui/views/plot_style.h"

namespace gui {

namespace {

constexpr double band = 0.1;  // around the line
constexpr double reach = 14;  // pixels
constexpr std::array shapes{QCPScatterStyle::ssDisc,       QCPScatterStyle::ssSquare,
                            QCPScatterStyle::ssDiamond,    QCPScatterStyle::ssTriangle,
                            QCPScatterStyle::ssPlusCircle, QCPScatterStyle::ssCrossSquare};

bool shown(const ComparedValue& value) { return value.measured > 0 && value.predicted > 0; }

}  // namespace

ValidationPlot::ValidationPlot(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
  setObjectName(QStringLiteral("validationPlot"));
  plot_->setAccessibleName(tr("Predicted against measured"));
  plot_->setMouseTracking(true);
  plot_->installEventFilter(this);
  for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) axis->setScaleType(QCPAxis::stLogarithmic);
  plot_->legend->setVisible(true);
  plot_->axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignLeft | Qt::AlignTop);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  rebuild();
}

void ValidationPlot::show(const std::vector<MeasuredRun>& runs, const QString& metric, int chosen) {
  points_.clear();
  chosen_ = chosen;
  unit_.clear();
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const MeasuredRun& run = runs[r];
    if (run.metric != metric || !run.value || !shown(*run.value)) continue;
    unit_ = run.unit;
    points_.push_back({static_cast<int>(r), run.id, run.group, *run.value, false});
    if (static_cast<int>(r) != chosen) continue;
    for (const ComparedPart& part : run.parts)
      if (shown(part.value))
        points_.push_back({static_cast<int>(r), part.name, tr("operations of it"), part.value, true});
  }
  rebuild();
}

// y = x, and a tenth above and below.
void ValidationPlot::addLine(double low, double high) {
  const QVector<double> ends{low, high};
  const auto graph = [&](double factor, const QPen& pen) {
    QCPGraph* line = plot_->addGraph();
    line->setData(ends, {low * factor, high * factor}, true);
    line->setPen(pen);
    line->removeFromLegend();
    return line;
  };
  QCPGraph* below = graph(1 - band, QPen(Qt::NoPen));
  QCPGraph* above = graph(1 + band, QPen(Qt::NoPen));
  above->setBrush(ink(Ink::grid, palette()));
  above->setChannelFillGraph(below);
  graph(1, QPen(ink(Ink::text, palette()), 1));
}

void ValidationPlot::addPoints(const QStringList& groups) {
  for (int g = 0; g < groups.size(); ++g) {
    // A graph sorts its points by x, error bars stay in the order that they are given.
    std::vector<Point> members;
    std::copy_if(points_.begin(), points_.end(), std::back_inserter(members),
                 [&](const Point& point) { return point.group == groups[g]; });
    std::stable_sort(members.begin(), members.end(),
                     [](const Point& a, const Point& b) { return a.value.measured < b.value.measured; });
    QVector<double> x, y, below, above;
    bool part = false;
    for (const Point& point : members) {
      part = point.part;
      x << point.value.measured;
      y << point.value.predicted;
      // An interval that reaches zero has no place on this axis.
      below << point.value.predicted - std::max(point.value.low, point.value.predicted * 1e-3);
      above << point.value.high - point.value.predicted;
    }
    const QColor colour = stackColour(g);
    QCPGraph* graph = plot_->addGraph();
    graph->setData(x, y, true);
    graph->setName(groups[g]);
    graph->setLineStyle(QCPGraph::lsNone);
    const QColor edge = isDark(palette()) ? colour.lighter(115) : colour.darker(140);
    graph->setScatterStyle(QCPScatterStyle(shapes[static_cast<std::size_t>(g) % shapes.size()], QPen(edge, 1),
                                           colour, part ? 6 : 8));
    auto* bars = new QCPErrorBars(plot_->xAxis, plot_->yAxis);
    bars->removeFromLegend();
    bars->setDataPlottable(graph);
    bars->setData(below, above);
    bars->setPen(QPen(colour, 1));
    bars->setWhiskerWidth(4);
    bars->setSymbolGap(4);
  }
}

void ValidationPlot::rebuild() {
  dressPlot(*plot_);
  plot_->clearItems();
  plot_->clearPlottables();
  plot_->legend->setBrush(ink(Ink::ground, palette()));
  plot_->legend->setTextColor(ink(Ink::text, palette()));
  plot_->legend->setBorderPen(Qt::NoPen);
  QSharedPointer<QCPAxisTicker> ticker(
      unit_ == QLatin1String("s") ? static_cast<QCPAxisTicker*>(new SecondsLogTicker) : new QCPAxisTickerLog);
  for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) axis->setTicker(ticker);
  plot_->xAxis->setLabel(tr("measured, %1").arg(unit_));
  plot_->yAxis->setLabel(tr("predicted, %1").arg(unit_));
  QStringList groups;
  double low = 1e300, high = 0;
  for (const Point& point : points_) {
    if (!groups.contains(point.group)) groups << point.group;
    low = std::min({low, point.value.measured, point.value.predicted});
    high = std::max({high, point.value.measured, point.value.predicted});
  }
  if (!points_.empty()) {
    low /= 1.6;
    high *= 1.6;
    addLine(low, high);
    addPoints(groups);
    plot_->xAxis->setRange(low, high);
    plot_->yAxis->setRange(low, high);
    for (const Point& point : points_) {
      if (point.run != chosen_ || point.part) continue;
      auto* ring = new QCPItemTracer(plot_);
      ring->setStyle(QCPItemTracer::tsCircle);
      ring->setSize(18);
      ring->setPen(QPen(ink(Ink::text, palette()), 2));
      ring->setBrush(Qt::NoBrush);
      ring->position->setCoords(point.value.measured, point.value.predicted);
    }
  }
  plot_->legend->setVisible(groups.size() > 1);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

QPointF ValidationPlot::placeOf(const Point& point) const {
  return QPointF(plot_->pos()) + QPointF(plot_->xAxis->coordToPixel(point.value.measured),
                                         plot_->yAxis->coordToPixel(point.value.predicted));
}

const ValidationPlot::Point* ValidationPlot::nearest(QPointF place) const {
  const Point* found = nullptr;
  double least = reach * reach;
  for (const Point& point : points_) {
    const QPointF way = placeOf(point) - place;
    const double distance = QPointF::dotProduct(way, way);
    if (distance > least) continue;
    least = distance;
    found = &point;
  }
  return found;
}

bool ValidationPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched != plot_) return QWidget::eventFilter(watched, event);
  if (event->type() == QEvent::MouseMove) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    const Point* point = nearest(mouse->position() + QPointF(plot_->pos()));
    if (point == nullptr) {
      QToolTip::hideText();
    } else {
      const ComparedValue& value = point->value;
      QToolTip::showText(
          mouse->globalPosition().toPoint(),
          tr("<b>%1: %2</b><br>predicted %3 (%4 to %5), measured %6<br>error = predicted / measured - 1")
              .arg(point->name, QString::fromStdString(costmodel::change_text(1 + value.error)),
                   measuredText(value.predicted, unit_), measuredText(value.low, unit_),
                   measuredText(value.high, unit_), measuredText(value.measured, unit_)),
          plot_);
    }
  } else if (event->type() == QEvent::MouseButtonRelease) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    if (const Point* point = nearest(mouse->position() + QPointF(plot_->pos()))) {
      const int run = point->run;  // showing it makes other points
      Q_EMIT runChosen(run);
    }
  }
  return QWidget::eventFilter(watched, event);
}

void ValidationPlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) rebuild();
}

void ValidationPlot::paintTo(QPainter& painter, const QRect& area) { paintPlot(*plot_, painter, area); }

}  // namespace gui
