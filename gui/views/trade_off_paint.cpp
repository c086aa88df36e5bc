// What the trade-off plot shows: cloud, front, capacity, marks, rings and names.
#include <qcustomplot.h>

#include <QToolButton>
#include <algorithm>
#include <limits>

#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/memory.h"
#include "gui/look/theme.h"
#include "gui/views/dot_cloud.h"
#include "gui/views/plot_style.h"
#include "gui/views/trade_off_view.h"

namespace gui {

using costmodel::PlanReport;

namespace {

constexpr double mark_size = 13;    // pixels
constexpr double beside_mark = 14;  // pixels
constexpr const char* highlight = "highlight";

void addMark(QCustomPlot& plot, const TradeOffPoint& point, const QCPScatterStyle& style,
             const QString& name = {}) {
  QCPGraph* graph = plot.addGraph();
  graph->setLineStyle(QCPGraph::lsNone);
  graph->setScatterStyle(style);
  graph->addData(point.x, point.y);
  graph->setName(name);
}

void setTypes(QCPItemPosition& position, QCPItemPosition::PositionType x, QCPItemPosition::PositionType y) {
  position.setTypeX(x);
  position.setTypeY(y);
}

}  // namespace

void TradeOffView::rebuild() {
  plot_->clearPlottables();
  plot_->clearItems();
  capacity_words_ = nullptr;
  labels_.clear();
  cloud_.clear();
  shown_ = selection_.evaluation();
  if (!shown_) return;
  if (!applies(axes_.x, shown_->scenario)) axes_.x = TradeOffAxis::time;
  if (!applies(axes_.y, shown_->scenario)) axes_.y = TradeOffAxis::memory;
  dressAxes();
  cloud_ = cloudOf(axes_, *shown_);
  addCloud();
  addFront();
  addCapacity();
  addMarks();
  resetZoom();
}

void TradeOffView::addCloud() {
  QColor faint = ink(Ink::text, palette());
  faint.setAlphaF(0.16F);
  QColor beyond = ink(Ink::capacity, palette());
  beyond.setAlphaF(0.35F);
  plot_->setCurrentLayer(QStringLiteral("cloud"));
  for (const bool fits : {true, false}) {
    QVector<double> x, y;
    for (const TradeOffPoint& point : cloud_) {
      if (point.fits() != fits) continue;
      x << point.x;
      y << point.y;
    }
    auto* graph = new DotCloud(plot_->xAxis, plot_->yAxis);
    graph->setLineStyle(QCPGraph::lsNone);
    graph->setScatterStyle({QCPScatterStyle::ssDisc, fits ? faint : beyond, fits ? faint : beyond, 4});
    graph->setData(x, y);
  }
}

// The plans that no other beats on both axes: a stair.
void TradeOffView::addFront() {
  QVector<double> x, y;
  for (const TradeOffPoint& point : frontOf(axes_, cloud_)) {
    x << point.x;
    y << point.y;
  }
  QCPGraph* stair = plot_->addGraph();
  stair->setLineStyle(betterOn(axes_.x) == Better::less ? QCPGraph::lsStepLeft : QCPGraph::lsStepRight);
  stair->setPen(QPen(ink(Ink::faint_text, palette()), 1));
  stair->setData(x, y);
}

// The memory of the GPU and the zone beyond it, along whichever axis shows memory.
void TradeOffView::addCapacity() {
  const bool up = axes_.y == TradeOffAxis::memory;
  if (!up && axes_.x != TradeOffAxis::memory) return;
  constexpr auto ratio = QCPItemPosition::ptAxisRectRatio;
  constexpr auto coords = QCPItemPosition::ptPlotCoords;
  capacity_gib_ = costmodel::device_memory(shown_->scenario.cluster).value / bytes_per_gib;
  const QColor colour = ink(Ink::capacity, palette());
  QColor zone = colour;
  zone.setAlphaF(0.09F);
  plot_->setCurrentLayer(QStringLiteral("background"));
  auto* beyond = new QCPItemRect(plot_);
  beyond->setPen(Qt::NoPen);
  beyond->setBrush(zone);
  setTypes(*beyond->topLeft, up ? ratio : coords, ratio);
  beyond->topLeft->setCoords(up ? 0 : capacity_gib_, 0);
  setTypes(*beyond->bottomRight, ratio, up ? coords : ratio);
  beyond->bottomRight->setCoords(1, up ? capacity_gib_ : 1);
  auto* line = new QCPItemLine(plot_);
  line->setPen(QPen(colour, 1.5, Qt::DashLine));
  for (QCPItemPosition* end : {line->start, line->end})
    setTypes(*end, up ? ratio : coords, up ? coords : ratio);
  line->start->setCoords(up ? 0 : capacity_gib_, up ? capacity_gib_ : 0);
  line->end->setCoords(up ? 1 : capacity_gib_, up ? capacity_gib_ : 1);
  capacity_words_ = new QCPItemText(plot_);
  capacity_words_->setColor(isDark(palette()) ? colour.lighter(125) : colour.darker(115));
}

// Beside its line; at the edge while the line is beyond what is shown.
void TradeOffView::placeCapacityWords() {
  if (capacity_words_ == nullptr) return;
  const bool up = axes_.y == TradeOffAxis::memory;
  const QCPRange range = (up ? plot_->yAxis : plot_->xAxis)->range();
  const QString size =
      QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(capacity_gib_ * bytes_per_gib)));
  const bool beyond = capacity_gib_ > range.upper;
  capacity_words_->setText(
      !beyond ? (up ? tr("GPU memory %1: above, out of memory").arg(size) : tr("GPU memory %1").arg(size))
      : up    ? tr("\u2191 GPU memory %1").arg(size)
              : tr("GPU memory %1 \u2192").arg(size));
  // Below the buttons, which lie on the plot's upper edge.
  const int buttons = std::max(2, log_->geometry().bottom() + 2 - plot_->axisRect()->top());
  capacity_words_->setPadding(up ? QMargins(0, beyond ? buttons : 2, 0, 2) : QMargins(4, 2, 4, 2));
  if (up) {
    capacity_words_->setPositionAlignment(Qt::AlignRight | (beyond ? Qt::AlignTop : Qt::AlignBottom));
    setTypes(*capacity_words_->position, QCPItemPosition::ptAxisRectRatio,
             beyond ? QCPItemPosition::ptAxisRectRatio : QCPItemPosition::ptPlotCoords);
    capacity_words_->position->setCoords(0.99, beyond ? 0 : capacity_gib_);
  } else {
    // At the bottom: the buttons are at the top.
    capacity_words_->setPositionAlignment(Qt::AlignRight | Qt::AlignBottom);
    setTypes(*capacity_words_->position,
             beyond ? QCPItemPosition::ptAxisRectRatio : QCPItemPosition::ptPlotCoords,
             QCPItemPosition::ptAxisRectRatio);
    capacity_words_->position->setCoords(beyond ? 0.99 : capacity_gib_, 0.99);
  }
}

void TradeOffView::addMarks() {
  plot_->setCurrentLayer(QStringLiteral("marks"));
  for (const TradeOffPoint& point : reportPoints())
    addMark(*plot_, point, scatterOf(planMark(point.price->plan), palette(), mark_size));
}

// Rings round the current plan and the baseline, a thin one round what is under the pointer, and names.
void TradeOffView::refreshHighlights() {
  if (!shown_) return;
  const QString tag = QString::fromLatin1(highlight);
  for (int i = plot_->graphCount() - 1; i >= 0; --i)
    if (plot_->graph(i)->name() == tag) plot_->removeGraph(i);
  for (int i = plot_->itemCount() - 1; i >= 0; --i)
    if (plot_->item(i)->objectName() == tag) plot_->removeItem(i);
  plot_->setCurrentLayer(QStringLiteral("marks"));
  const auto ring = [&](int index, QCPScatterStyle::ScatterShape shape, double width, double size) {
    const PlanReport* report = pricedReport(index);
    if (report == nullptr) return;
    addMark(*plot_, pointOf(axes_, shown_->scenario, report->price),
            {shape, QPen(ink(Ink::text, palette()), width), QBrush(Qt::NoBrush), size}, tag);
  };
  for (int i = 0; shown_->report(i) != nullptr; ++i)
    if (selection_.isMarked(shown_->report(i)->price.plan))
      ring(i, QCPScatterStyle::ssCircle, 1, mark_size + 3);
  ring(selection_.baseline(), QCPScatterStyle::ssSquare, 1.2, mark_size + 7);
  ring(selection_.current(), QCPScatterStyle::ssCircle, 2.2, mark_size + 7);
  if (selection_.hovered() >= 0) ring(selection_.hovered(), QCPScatterStyle::ssCircle, 1, mark_size + 11);
  addLabels();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

// Only the winner, the current plan, the baseline and what is under the pointer have their names.
void TradeOffView::addLabels() {
  labels_.clear();
  for (const int index :
       {shown_->winner, selection_.current(), selection_.baseline(), selection_.hovered()}) {
    const bool known = std::any_of(labels_.begin(), labels_.end(),
                                   [&](const Label& label) { return label.report == index; });
    const PlanReport* report = pricedReport(index);
    if (known || report == nullptr) continue;
    auto* text = new QCPItemText(plot_);
    text->setObjectName(QString::fromLatin1(highlight));
    text->setText((index == shown_->winner ? QStringLiteral("\u2605 ") : QString()) +
                  QString::fromStdString(costmodel::split_name(report->price.plan, shown_->scenario)));
    text->setColor(ink(Ink::text, palette()));
    text->setFont(plot_->font());
    QColor veil = ink(Ink::ground, palette());
    veil.setAlphaF(0.75F);
    text->setBrush(veil);
    text->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
    text->position->setType(QCPItemPosition::ptAbsolute);
    labels_.push_back({index, text});
  }
}

// Beside its mark, at the first place where it covers no other mark and no other label.
void TradeOffView::placeLabels() {
  if (!shown_) return;
  placeCapacityWords();
  const QFontMetricsF metrics(plot_->font());
  const QRectF inside = plot_->axisRect()->rect();
  std::vector<QRectF> taken;
  for (const QToolButton* button : {axes_button_, log_, select_}) taken.emplace_back(button->geometry());
  for (const TradeOffPoint& point : reportPoints()) {
    const QPointF at = pixelOf(point);
    taken.emplace_back(at.x() - mark_size / 2, at.y() - mark_size / 2, mark_size, mark_size);
  }
  for (const Label& label : labels_) {
    const QPointF at = positionOf(label.report);
    const QSizeF size(metrics.horizontalAdvance(label.text->text()), metrics.height());
    QRectF best(at + QPointF(beside_mark, -size.height() / 2), size);
    int fewest = std::numeric_limits<int>::max();
    for (const double down : {0.0, -1.3, 1.3, -2.4, 2.4, -3.5, 3.5})
      for (const bool left : {false, true}) {
        QRectF box(QPointF(left ? at.x() - beside_mark - size.width() : at.x() + beside_mark,
                           at.y() - size.height() / 2 + down * size.height()),
                   size);
        const auto covered = static_cast<int>(std::count_if(
            taken.begin(), taken.end(), [&](const QRectF& other) { return other.intersects(box); }));
        const int cost = 2 * covered + (inside.contains(box) ? 0 : 5);
        if (cost >= fewest) continue;
        fewest = cost;
        best = box;
      }
    taken.push_back(best);
    label.text->position->setPixelPosition(best.topLeft());
  }
}

}  // namespace gui
