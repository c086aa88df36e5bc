#include "gui/views/trade_off_view.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QMouseEvent>
#include <QToolButton>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>

#include "costmodel/base/csv_cell.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/memory.h"
#include "costmodel/price/quantity_text.h"
#include "gui/look/figure_html.h"
#include "gui/look/theme.h"
#include "gui/views/dot_cloud.h"
#include "gui/views/plot_style.h"

namespace gui {

using costmodel::PlanReport;

namespace {

constexpr double reach = 14;  // pixels
constexpr std::size_t most_dots = 4000;
constexpr std::size_t most_marked = 20;
constexpr double mark_size = 13;      // pixels
constexpr double drag_threshold = 4;  // pixels
constexpr double beside_mark = 14;    // pixels
constexpr const char* highlight = "highlight";

double timeOf(const costmodel::PlanPrice& price) { return price.per_replica().value; }
double gibOf(const costmodel::PlanPrice& price) { return price.memory.value / bytes_per_gib; }

QCPGraph* addPoint(QCustomPlot& plot, double x, double y, const QCPScatterStyle& style) {
  QCPGraph* graph = plot.addGraph();
  graph->setLineStyle(QCPGraph::lsNone);
  graph->setScatterStyle(style);
  graph->addData(x, y);
  return graph;
}

}  // namespace

TradeOffView::TradeOffView(Selection& selection, QWidget* parent)
    : QWidget(parent),
      selection_(selection),
      plot_(new QCustomPlot(this)),
      log_(new QToolButton(this)),
      select_(new QToolButton(this)) {
  setObjectName(QStringLiteral("tradeOff"));
  plot_->setAccessibleName(tr("Trade-off of time and memory; the plan table has the same plans"));
  plot_->setMouseTracking(true);
  plot_->installEventFilter(this);
  plot_->setSelectionRectMode(QCP::srmZoom);
  plot_->setInteraction(QCP::iRangeZoom);
  plot_->xAxis->setLabel(tr("time, left is better"));
  plot_->yAxis->setLabel(tr("peak memory of one GPU, GiB"));
  plot_->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new SecondsTicker));
  for (const char* layer : {"cloud", "marks"}) plot_->addLayer(QString::fromLatin1(layer));
  log_->setText(tr("log"));
  log_->setCheckable(true);
  log_->setAutoRaise(true);
  log_->setAccessibleName(tr("Logarithmic time axis"));
  log_->setToolTip(tr("Logarithmic time axis"));
  select_->setText(tr("select"));
  select_->setCheckable(true);
  select_->setAutoRaise(true);
  select_->setAccessibleName(tr("A drag selects plans"));
  select_->setToolTip(
      tr("A drag selects the plans inside it, everywhere; without this button: Shift and a drag"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  connect(plot_->selectionRect(), &QCPSelectionRect::accepted, this, [this](const QRect& area) {
    const QRect inside = area.normalized();
    if (plot_->selectionRectMode() == QCP::srmCustom && inside.width() > drag_threshold &&
        inside.height() > drag_threshold)
      selectInside(inside);
  });
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

void TradeOffView::addCloud() {
  cloud_.clear();
  const costmodel::SearchResult& result = selection_.evaluation()->answer.result;
  std::vector<const costmodel::PlanPrice*> priced;
  for (const std::vector<costmodel::PlanPrice>* prices : {&result.ranked, &result.rejected})
    for (const costmodel::PlanPrice& price : *prices)
      if (!price.phases.empty()) priced.push_back(&price);
  const std::size_t stride = 1 + priced.size() / most_dots;
  QVector<double> fit_x, fit_y, unfit_x, unfit_y;
  for (std::size_t i = 0; i < priced.size(); i += stride) {
    const Dot dot{timeOf(*priced[i]), gibOf(*priced[i]), priced[i]->plan, !priced[i]->rejected};
    cloud_.push_back(dot);
    (dot.fits ? fit_x : unfit_x) << dot.time;
    (dot.fits ? fit_y : unfit_y) << dot.gib;
  }
  QColor faint = ink(Ink::text, palette());
  faint.setAlphaF(0.16F);
  QColor beyond = ink(Ink::capacity, palette());
  beyond.setAlphaF(0.35F);
  plot_->setCurrentLayer(QStringLiteral("cloud"));
  for (const bool fits : {true, false}) {
    auto* graph = new DotCloud(plot_->xAxis, plot_->yAxis);
    graph->setLineStyle(QCPGraph::lsNone);
    graph->setScatterStyle({QCPScatterStyle::ssDisc, fits ? faint : beyond, fits ? faint : beyond, 4});
    graph->setData(fits ? fit_x : unfit_x, fits ? fit_y : unfit_y);
  }
}

std::vector<TradeOffView::Dot> TradeOffView::front() const {
  std::vector<Dot> sorted = cloud_;
  std::erase_if(sorted, [](const Dot& dot) { return !dot.fits; });
  std::sort(sorted.begin(), sorted.end(), [](const Dot& a, const Dot& b) { return a.time < b.time; });
  std::vector<Dot> unbeaten;
  for (const Dot& dot : sorted)
    if (unbeaten.empty() || dot.gib < unbeaten.back().gib) unbeaten.push_back(dot);
  return unbeaten;
}

// The plans that no other beats in both: a stair down to the right.
void TradeOffView::addFront() {
  QVector<double> x, y;
  for (const Dot& dot : front()) {
    x << dot.time;
    y << dot.gib;
  }
  QCPGraph* stair = plot_->addGraph();
  stair->setLineStyle(QCPGraph::lsStepLeft);
  stair->setPen(QPen(ink(Ink::faint_text, palette()), 1));
  stair->setData(x, y);
}

void TradeOffView::addCapacity() {
  const costmodel::Bytes memory = costmodel::device_memory(selection_.evaluation()->scenario.cluster);
  const double capacity = memory.value / bytes_per_gib;
  const QColor colour = ink(Ink::capacity, palette());
  QColor zone = colour;
  zone.setAlphaF(0.09F);
  plot_->setCurrentLayer(QStringLiteral("background"));
  auto* beyond = new QCPItemRect(plot_);
  beyond->setPen(Qt::NoPen);
  beyond->setBrush(zone);
  beyond->topLeft->setTypeX(QCPItemPosition::ptAxisRectRatio);
  beyond->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
  beyond->topLeft->setCoords(0, 0);
  beyond->bottomRight->setTypeX(QCPItemPosition::ptAxisRectRatio);
  beyond->bottomRight->setTypeY(QCPItemPosition::ptPlotCoords);
  beyond->bottomRight->setCoords(1, capacity);
  auto* line = new QCPItemStraightLine(plot_);
  line->setPen(QPen(colour, 1.5, Qt::DashLine));
  line->point1->setCoords(0, capacity);
  line->point2->setCoords(1, capacity);
  capacity_words_ = new QCPItemText(plot_);
  capacity_words_->setColor(isDark(palette()) ? colour.lighter(125) : colour.darker(115));
  capacity_words_->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
  capacity_gib_ = capacity;
}

// Above its line; at the top edge while the line is higher than what is shown.
void TradeOffView::placeCapacityWords() {
  const QString size =
      QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(capacity_gib_ * bytes_per_gib)));
  const bool higher = capacity_gib_ > plot_->yAxis->range().upper;
  capacity_words_->setText(higher ? tr("\u2191 GPU memory %1").arg(size)
                                  : tr("GPU memory %1: above, out of memory").arg(size));
  capacity_words_->setPositionAlignment(Qt::AlignRight | (higher ? Qt::AlignTop : Qt::AlignBottom));
  capacity_words_->setPadding(QMargins(0, higher ? 16 : 2, 0, 2));  // below the buttons
  capacity_words_->position->setTypeY(higher ? QCPItemPosition::ptAxisRectRatio
                                             : QCPItemPosition::ptPlotCoords);
  capacity_words_->position->setCoords(0.99, higher ? 0 : capacity_gib_);
}

void TradeOffView::addMarks() {
  plot_->setCurrentLayer(QStringLiteral("marks"));
  for (const PlanReport& report : selection_.evaluation()->reports) {
    if (!report.priced()) continue;
    addPoint(*plot_, timeOf(report.price), gibOf(report.price),
             scatterOf(planMark(report.price.plan), palette(), mark_size));
  }
}

void TradeOffView::rebuild() {
  plot_->clearPlottables();
  plot_->clearItems();
  capacity_words_ = nullptr;
  labels_.clear();
  if (!selection_.evaluation()) return;
  addCloud();
  addFront();
  addCapacity();
  addMarks();
  resetZoom();
}

// Rings round the current plan and the baseline, a thin one round what is under the pointer, and names.
void TradeOffView::refreshHighlights() {
  if (!selection_.evaluation()) return;
  const QString tag = QString::fromLatin1(highlight);
  for (int i = plot_->graphCount() - 1; i >= 0; --i)
    if (plot_->graph(i)->name() == tag) plot_->removeGraph(i);
  for (int i = plot_->itemCount() - 1; i >= 0; --i)
    if (plot_->item(i)->objectName() == tag) plot_->removeItem(i);
  plot_->setCurrentLayer(QStringLiteral("marks"));
  const auto ring = [&](int index, QCPScatterStyle::ScatterShape shape, double width, double size) {
    const PlanReport* report = selection_.evaluation()->report(index);
    if (report == nullptr || !report->priced()) return;
    addPoint(*plot_, timeOf(report->price), gibOf(report->price),
             {shape, QPen(ink(Ink::text, palette()), width), QBrush(Qt::NoBrush), size})
        ->setName(tag);
  };
  for (int i = 0; selection_.evaluation()->report(i) != nullptr; ++i)
    if (selection_.isMarked(selection_.evaluation()->report(i)->price.plan))
      ring(i, QCPScatterStyle::ssCircle, 1, mark_size + 3);
  ring(selection_.baseline(), QCPScatterStyle::ssSquare, 1.2, mark_size + 7);
  ring(selection_.current(), QCPScatterStyle::ssCircle, 2.2, mark_size + 7);
  if (selection_.hovered() >= 0) ring(selection_.hovered(), QCPScatterStyle::ssCircle, 1, mark_size + 11);
  addLabels();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

// Only the winner, the current plan, the baseline and what is under the pointer have their names.
void TradeOffView::addLabels() {
  const Evaluation& evaluation = *selection_.evaluation();
  labels_.clear();
  for (const int index :
       {evaluation.winner, selection_.current(), selection_.baseline(), selection_.hovered()}) {
    const bool known = std::any_of(labels_.begin(), labels_.end(),
                                   [&](const Label& label) { return label.report == index; });
    if (known || evaluation.report(index) == nullptr || !evaluation.report(index)->priced()) continue;
    auto* text = new QCPItemText(plot_);
    text->setObjectName(QString::fromLatin1(highlight));
    text->setText((index == evaluation.winner ? QStringLiteral("\u2605 ") : QString()) +
                  QString::fromStdString(
                      costmodel::split_name(evaluation.report(index)->price.plan, evaluation.scenario)));
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
  if (!selection_.evaluation() || capacity_words_ == nullptr) return;
  placeCapacityWords();
  const QFontMetricsF metrics(plot_->font());
  const QRectF inside = plot_->axisRect()->rect();
  std::vector<QRectF> taken;
  for (int i = 0; selection_.evaluation()->report(i) != nullptr; ++i)
    if (selection_.evaluation()->report(i)->priced()) {
      const QPointF at = positionOf(i);
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

void TradeOffView::resetZoom() {
  const EvaluationPtr& evaluation = selection_.evaluation();
  if (!evaluation) return;
  double fastest = 0, slowest = 0, most = 0, least = 0;
  for (const PlanReport& report : evaluation->reports) {
    if (!report.priced()) continue;
    const double time = timeOf(report.price);
    fastest = fastest == 0 ? time : std::min(fastest, time);
    slowest = std::max(slowest, time);
    most = std::max(most, gibOf(report.price));
    least = least == 0 ? gibOf(report.price) : std::min(least, gibOf(report.price));
  }
  if (fastest == 0) return;
  const double capacity = costmodel::device_memory(evaluation->scenario.cluster).value / bytes_per_gib;
  // Far below the line the data would lie flat on the ground: then the line is left out of the range.
  constexpr double flat = 0.3;
  const double top = most < flat * capacity ? most * 1.35 : std::max(most, capacity) * 1.12;
  for (const Dot& dot : cloud_)
    if (dot.time <= slowest) least = std::min(least, dot.gib);
  least = std::min(least, capacity);  // when nothing fits, the line is below all
  // The ground is zero unless everything floats high above it.
  plot_->yAxis->setRange(least > 0.4 * top ? least - 0.15 * (top - least) : 0, top);
  if (log_->isChecked())
    plot_->xAxis->setRange(fastest / 1.1, slowest * 1.15);
  else
    plot_->xAxis->setRange(fastest - 0.12 * (slowest - fastest) - 0.02 * fastest,
                           slowest + 0.12 * (slowest - fastest) + 0.02 * fastest);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void TradeOffView::setLogarithmic(bool logarithmic) {
  log_->setChecked(logarithmic);
  plot_->xAxis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  plot_->xAxis->setTicker(logarithmic ? QSharedPointer<QCPAxisTicker>(new SecondsLogTicker)
                                      : QSharedPointer<QCPAxisTicker>(new SecondsTicker));
  resetZoom();
}

QPointF TradeOffView::positionOf(int index) const {
  const PlanReport* report = selection_.evaluation() ? selection_.evaluation()->report(index) : nullptr;
  if (report == nullptr || !report->priced()) return {};
  return {plot_->xAxis->coordToPixel(timeOf(report->price)),
          plot_->yAxis->coordToPixel(gibOf(report->price))};
}

int TradeOffView::reportAt(const QPointF& position) const {
  if (!selection_.evaluation()) return -1;
  int nearest = -1;
  double best = reach;
  for (int i = 0; selection_.evaluation()->report(i) != nullptr; ++i) {
    if (!selection_.evaluation()->report(i)->priced()) continue;
    const double distance = QLineF(position, positionOf(i)).length();
    if (distance > best) continue;
    best = distance;
    nearest = i;
  }
  return nearest;
}

const TradeOffView::Dot* TradeOffView::dotAt(const QPointF& position) const {
  const Dot* nearest = nullptr;
  double best = reach;
  for (const Dot& dot : cloud_) {
    const QPointF at(plot_->xAxis->coordToPixel(dot.time), plot_->yAxis->coordToPixel(dot.gib));
    const double distance = QLineF(position, at).length();
    if (distance >= best) continue;
    best = distance;
    nearest = &dot;
  }
  return nearest;
}

void TradeOffView::pointerMoved(const QPointF& position, const QPoint& global) {
  if (!selection_.evaluation()) return;
  const int index = reportAt(position);
  selection_.setHovered(index);
  if (const PlanReport* report = selection_.evaluation()->report(index)) {
    QToolTip::showText(global, figureHtml(*report, "time"), plot_);
    return;
  }
  const Dot* dot = dotAt(position);
  if (dot == nullptr) {
    QToolTip::hideText();
    return;
  }
  QToolTip::showText(
      global,
      tr("%1\n%2, %3\nclick to add it to the table")
          .arg(QString::fromStdString(costmodel::plan_name(dot->plan, selection_.evaluation()->scenario)),
               QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(dot->time))),
               QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(dot->gib * bytes_per_gib)))),
      plot_);
}

void TradeOffView::clicked(const QPointF& position) {
  const int index = reportAt(position);
  if (index >= 0)
    selection_.setCurrent(index);
  else if (const Dot* dot = dotAt(position))
    selection_.choosePlan(costmodel::Plan(dot->plan));
}

void TradeOffView::markFastest(std::vector<Dot> dots) {
  std::stable_sort(dots.begin(), dots.end(), [](const Dot& a, const Dot& b) { return a.time < b.time; });
  std::vector<costmodel::Plan> plans;
  for (const Dot& dot : dots)
    if (plans.size() < most_marked && std::find(plans.begin(), plans.end(), dot.plan) == plans.end())
      plans.push_back(dot.plan);
  selection_.mark(plans);
}

void TradeOffView::selectInside(const QRectF& area) {
  if (!selection_.evaluation()) return;
  std::vector<Dot> inside;
  // The marks are of plans that the thinned cloud may lack.
  for (const PlanReport& report : selection_.evaluation()->reports)
    if (report.priced())
      inside.push_back({timeOf(report.price), gibOf(report.price), report.price.plan, report.runs()});
  inside.insert(inside.end(), cloud_.begin(), cloud_.end());
  std::erase_if(inside, [&](const Dot& dot) {
    return !area.contains({plot_->xAxis->coordToPixel(dot.time), plot_->yAxis->coordToPixel(dot.gib)});
  });
  markFastest(std::move(inside));
}

void TradeOffView::selectFront() { markFastest(front()); }

bool TradeOffView::eventFilter(QObject* watched, QEvent* event) {
  if (watched != plot_) return QWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::MouseMove: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      if (mouse->buttons() == Qt::NoButton)
        pointerMoved(mouse->position(), mouse->globalPosition().toPoint());
      break;
    }
    case QEvent::MouseButtonPress: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      pressed_ = mouse->position();
      const bool selects = select_->isChecked() || (mouse->modifiers() & Qt::ShiftModifier) != 0;
      plot_->setSelectionRectMode(selects ? QCP::srmCustom : QCP::srmZoom);
      break;
    }
    case QEvent::MouseButtonRelease: {
      const auto* mouse = static_cast<QMouseEvent*>(event);
      if (mouse->button() == Qt::LeftButton && QLineF(pressed_, mouse->position()).length() < drag_threshold)
        clicked(mouse->position());
      break;
    }
    case QEvent::Leave: selection_.setHovered(-1); break;
    default: break;
  }
  return QWidget::eventFilter(watched, event);
}

void TradeOffView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  log_->adjustSize();
  select_->adjustSize();
  log_->move(width() - log_->width() - 4, 2);
  select_->move(log_->x() - select_->width() - 2, 2);
  log_->raise();
  select_->raise();
}

void TradeOffView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  dressPlot(*plot_);
  rebuild();
  refreshHighlights();
}

void TradeOffView::paintTo(QPainter& painter, const QRect& area) { paintPlot(*plot_, painter, area); }

QString TradeOffView::csv() const {
  QString text = QStringLiteral("plan,time_s,memory_peak_B,fits\n");
  for (const Dot& dot : cloud_)
    text += QStringLiteral("%1,%2,%3,%4\n")
                .arg(QString::fromStdString(
                    costmodel::csv_cell(costmodel::plan_name(dot.plan, selection_.evaluation()->scenario))))
                .arg(dot.time, 0, 'g', 17)
                .arg(dot.gib * bytes_per_gib, 0, 'f', 0)
                .arg(dot.fits ? QStringLiteral("yes") : QStringLiteral("no"));
  return text;
}

}  // namespace gui
