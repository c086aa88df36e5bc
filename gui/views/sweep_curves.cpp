#include "gui/views/sweep_curves.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <cmath>
#include <map>

#include "costmodel/answer/reasons.h"
#include "costmodel/answer/search.h"
#include "costmodel/base/unit_text.h"
#include "gui/look/theme.h"
#include "gui/views/plot_style.h"

namespace gui {

namespace {

constexpr double reach = 12;          // pixels
constexpr double drag_threshold = 4;  // pixels
constexpr double mark_size = 8;
constexpr double highest_ratio = 4;  // beyond, a plan is out of the question and out of the picture

QString inQt(const std::string& text) { return QString::fromStdString(text); }

double secondsOf(const costmodel::PlanPrice& price) { return price.per_replica().value; }

// Tokens as the map's columns name them: powers of two, four labels at most.
class TokensTicker : public QCPAxisTicker {
 protected:
  QVector<double> createTickVector(double, const QCPRange& range) override {
    QVector<double> ticks;
    if (range.lower <= 0) return ticks;
    const int first = static_cast<int>(std::ceil(std::log2(range.lower)));
    const int last = static_cast<int>(std::floor(std::log2(range.upper)));
    const int stride = 1 + (last - first) / 3;
    for (int power = first; power <= last; power += stride) ticks << std::exp2(power);
    return ticks;
  }
  QString getTickLabel(double tick, const QLocale&, QChar, int) override {
    return inQt(costmodel::format_tokens_short(std::llround(tick)));
  }
  int getSubTickCount(double) override { return 0; }
};

// "1.5x"
class RatioTicker : public QCPAxisTicker {
 protected:
  QString getTickLabel(double tick, const QLocale& locale, QChar, int) override {
    return locale.toString(tick, 'g', 3) + QLatin1Char('x');
  }
};

}  // namespace

SweepCurves::SweepCurves(const SweepModel& model, QWidget* parent)
    : QWidget(parent), model_(model), plot_(new QCustomPlot(this)) {
  setObjectName(QStringLiteral("sweepCurves"));
  plot_->setAccessibleName(tr(
      "Time of every plan family over the sequence, against the fastest; a panel for each number of nodes, "
      "the map has the winners"));
  plot_->setMouseTracking(true);
  plot_->installEventFilter(this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  dressPlot(*plot_);
  connect(&model_, &QAbstractItemModel::modelReset, this, &SweepCurves::rebuild);
  connect(&model_, &QAbstractItemModel::dataChanged, this, &SweepCurves::rebuild);
  rebuild();
}

void SweepCurves::rebuild() {
  plot_->clearPlottables();
  plot_->clearItems();
  plot_->plotLayout()->clear();
  plot_->plotLayout()->simplify();
  panels_.clear();
  dots_.clear();
  double highest = 1;
  for (int row = 0; row < model_.rowCount(); ++row)
    for (int column = 0; column < model_.columnCount(); ++column) {
      const costmodel::SweepPoint* point = model_.pointAt(model_.index(row, column));
      if (point == nullptr || point->winner < 0) continue;
      for (std::size_t i = 0; i < point->plans.size(); ++i) {
        // Tensor parallelism mixed with others only where it wins, as in the plan table.
        const costmodel::Plan& plan = point->plans[i].plan;
        const bool mixed = plan.tensor > 1 && plan.transport != costmodel::Transport::tensor;
        if (point->plans[i].rejected || (mixed && i > 0)) continue;
        const double seconds = secondsOf(point->plans[i]);
        const double ratio = seconds / secondsOf(point->plans.front());
        highest = std::max(highest, ratio);
        dots_.push_back({row, column, i, static_cast<double>(model_.tokensAt(column)), seconds, ratio});
      }
    }
  auto* grid = new QCPLayoutGrid;
  plot_->plotLayout()->addElement(0, 0, grid);
  for (int row = 0; row < model_.rowCount(); ++row) addPanel(*grid, row, std::min(highest, highest_ratio));
  addLegend();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void SweepCurves::addPanel(QCPLayoutGrid& grid, int row, double highest) {
  const int columns = std::clamp(static_cast<int>(std::ceil(std::sqrt(model_.rowCount()))), 1, 4);
  auto* panel = new QCPAxisRect(plot_);
  panels_.push_back(panel);
  grid.addElement(row / columns, row % columns, panel);
  panel->setMinimumMargins(QMargins(0, 16, 4, 0));
  QCPAxis& x = *panel->axis(QCPAxis::atBottom);
  QCPAxis& y = *panel->axis(QCPAxis::atLeft);
  for (QCPAxis* axis : {&x, &y}) {
    axis->setLayer(QStringLiteral("axes"));
    axis->grid()->setLayer(QStringLiteral("grid"));
    dressAxis(*axis, palette(), smallFont(plot_->font()));
  }
  x.setScaleType(QCPAxis::stLogarithmic);
  x.setTicker(QSharedPointer<QCPAxisTicker>(new TokensTicker));
  y.setTicker(QSharedPointer<QCPAxisTicker>(new RatioTicker));
  // All panels have the same axes, so that they can be compared.
  const int last = model_.columnCount() - 1;
  x.setRange(static_cast<double>(model_.tokensAt(0)) / 1.3, static_cast<double>(model_.tokensAt(last)) * 1.3);
  y.setRange(1 - 0.06 * highest, 1.06 * highest);
  auto* title = new QCPItemText(plot_);
  title->setClipToAxisRect(false);
  title->setText(model_.headerData(row, Qt::Vertical, Qt::DisplayRole).toString());
  title->setColor(ink(Ink::text, palette()));
  title->setFont(smallFont(plot_->font()));
  title->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
  title->position->setAxisRect(panel);
  title->position->setType(QCPItemPosition::ptAxisRectRatio);
  title->position->setCoords(0, 0);
  std::map<std::string, QCPGraph*> graphs;
  for (const Dot& dot : dots_) {
    if (dot.row != row) continue;
    const costmodel::Plan& plan = model_.pointAt(model_.index(dot.row, dot.column))->plans[dot.plan].plan;
    const std::string family = costmodel::plan_family(plan);
    QCPGraph*& graph = graphs[family];
    if (graph == nullptr) {
      graph = plot_->addGraph(&x, &y);
      graph->setName(inQt(family));
      graph->setPen(QPen(markOutline(planMark(plan), palette()), 1));
      graph->setScatterStyle(scatterOf(planMark(plan), palette(), mark_size));
    }
    graph->addData(dot.tokens, dot.ratio);
  }
}

// One entry for each family, below the panels.
void SweepCurves::addLegend() {
  if (dots_.empty()) return;
  auto* legend = new QCPLegend;
  plot_->plotLayout()->addElement(1, 0, legend);
  legend->setLayer(QStringLiteral("legend"));
  legend->setBrush(Qt::NoBrush);
  legend->setBorderPen(Qt::NoPen);
  legend->setTextColor(ink(Ink::text, palette()));
  legend->setFont(smallFont(plot_->font()));
  legend->setIconSize(16, 10);
  legend->setRowSpacing(0);
  legend->setFillOrder(QCPLayoutGrid::foColumnsFirst);
  legend->setWrap(3);
  QStringList known;
  for (int i = 0; i < plot_->graphCount(); ++i) {
    if (known.contains(plot_->graph(i)->name())) continue;
    known << plot_->graph(i)->name();
    plot_->graph(i)->addToLegend(legend);
  }
  plot_->plotLayout()->setRowStretchFactor(1, 0.001);
}

QPointF SweepCurves::pixelOf(const Dot& dot) const {
  const QCPAxisRect& panel = *panels_[static_cast<std::size_t>(dot.row)];
  return {panel.axis(QCPAxis::atBottom)->coordToPixel(dot.tokens),
          panel.axis(QCPAxis::atLeft)->coordToPixel(dot.ratio)};
}

QPointF SweepCurves::positionOf(int row, int column) const {
  for (const Dot& dot : dots_)
    if (dot.row == row && dot.column == column) return pixelOf(dot);  // the winner comes first
  return {};
}

int SweepCurves::pointCount(int row, const std::string& family) const {
  return static_cast<int>(std::count_if(dots_.begin(), dots_.end(), [&](const Dot& dot) {
    const costmodel::SweepPoint* point = model_.pointAt(model_.index(dot.row, dot.column));
    return dot.row == row && costmodel::plan_family(point->plans[dot.plan].plan) == family;
  }));
}

const SweepCurves::Dot* SweepCurves::dotAt(const QPointF& position) const {
  const Dot* nearest = nullptr;
  double best = reach;
  for (const Dot& dot : dots_) {
    const double distance = QLineF(position, pixelOf(dot)).length();
    if (distance >= best) continue;
    best = distance;
    nearest = &dot;
  }
  return nearest;
}

QString SweepCurves::textAt(const QPointF& position) const {
  const Dot* dot = dotAt(position);
  if (dot == nullptr) return {};
  const costmodel::SweepPoint& point = *model_.pointAt(model_.index(dot->row, dot->column));
  const double ratio = dot->seconds / secondsOf(point.plans.front());
  const QString against =
      dot->plan == 0
          ? tr("the fastest")
          : tr("%1 the time of %2").arg(inQt(costmodel::format_ratio(ratio)), inQt(point.names.front()));
  return tr("%1\n%2, %3\n%4 tokens on %5\nclick to load this scenario")
      .arg(inQt(point.names[dot->plan]), inQt(costmodel::format_seconds(costmodel::Seconds(dot->seconds))),
           against, model_.headerData(dot->column, Qt::Horizontal, Qt::DisplayRole).toString(),
           model_.headerData(dot->row, Qt::Vertical, Qt::DisplayRole).toString());
}

bool SweepCurves::eventFilter(QObject* watched, QEvent* event) {
  if (watched != plot_) return QWidget::eventFilter(watched, event);
  if (event->type() == QEvent::MouseMove) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    const QString text = textAt(mouse->position());
    if (text.isEmpty())
      QToolTip::hideText();
    else
      QToolTip::showText(mouse->globalPosition().toPoint(), text, plot_);
  } else if (event->type() == QEvent::MouseButtonPress) {
    pressed_ = static_cast<QMouseEvent*>(event)->position();
  } else if (event->type() == QEvent::MouseButtonRelease) {
    const QPointF at = static_cast<QMouseEvent*>(event)->position();
    const Dot* dot = dotAt(at);
    if (dot != nullptr && QLineF(at, pressed_).length() < drag_threshold)
      Q_EMIT pointClicked(model_.index(dot->row, dot->column));
  }
  return QWidget::eventFilter(watched, event);
}

void SweepCurves::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  dressPlot(*plot_);
  rebuild();
}

}  // namespace gui
