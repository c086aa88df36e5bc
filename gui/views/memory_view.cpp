#include "gui/views/memory_view.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>

#include "costmodel/base/csv_cell.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/memory.h"
#include "costmodel/price/quantity_text.h"
#include "gui/look/theme.h"
#include "gui/models/memory_spread.h"
#include "gui/views/plot_style.h"
#include "gui/views/when_seen.h"

namespace gui {

using costmodel::PlanReport;

namespace {

constexpr double bar_height = 0.42;
constexpr double interval_cap = 8;  // pixels

QColor groupColour(MemoryGroup group, const QPalette& palette) {
  if (group == MemoryGroup::reserve) {
    QColor faint = ink(Ink::text, palette);
    faint.setAlphaF(0.25F);
    return faint;
  }
  return stackColour(static_cast<int>(group));
}

// "57.4 GiB \u00B11.2", the 90 % interval; without it where the value is exact.
QString withInterval(const costmodel::Figure& figure) {
  QString interval = QString::fromStdString(costmodel::interval_text(figure));
  interval.replace(QLatin1String("+-"), QStringLiteral(" \u00B1"));
  return QString::fromStdString(costmodel::value_text(figure)) + interval;
}

// What is shown, and on which GPUs: on two lines where one has no room for it.
QString axisLabel(const QString& spread, const QFont& font, int width) {
  const QString what = MemoryView::tr("GiB of one GPU at its peak");
  if (spread.isEmpty()) return what;
  const QString line = what + QStringLiteral(", ") + spread;
  const bool fits = QFontMetricsF(font).horizontalAdvance(line) < width;
  return fits ? line : what + QStringLiteral(",\n") + spread;
}

}  // namespace

MemoryView::MemoryView(Selection& selection, QWidget* parent)
    : QWidget(parent),
      selection_(selection),
      plot_(new QCustomPlot(this)),
      seen_(new WhenSeen(*this, [this] { rebuild(); })) {
  setObjectName(QStringLiteral("memory"));
  plot_->setAccessibleName(tr("Memory of one GPU at the peak, by what fills it"));
  plot_->setMouseTracking(true);
  plot_->installEventFilter(this);
  plot_->yAxis->setVisible(false);
  plot_->yAxis->grid()->setVisible(false);
  connect(plot_, &QCustomPlot::afterLayout, this, &MemoryView::placeLabels);
  plot_->yAxis->setRange(-0.45, 2.05);
  plot_->axisRect()->setMinimumMargins(QMargins(10, 4, 12, 0));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(plot_);
  connect(&selection_, &Selection::comparisonChanged, seen_, &WhenSeen::refresh);
  dressPlot(*plot_);
  rebuild();
}

void MemoryView::addStack(const PlanReport& report, double row) {
  const costmodel::Scenario& scenario = shown_->scenario;
  Stack stack;
  stack.row = row;
  stack.name = QString::fromStdString(costmodel::split_name(report.price.plan, scenario));
  stack.shares = memoryShares(report);
  if (report.priced()) {
    const costmodel::Figure& peak = report.figure("memory.peak");
    stack.summary =
        tr("%1 of %2, up to %3 tokens")
            .arg(withInterval(peak),
                 QString::fromStdString(costmodel::format_bytes(costmodel::device_memory(scenario.cluster))),
                 QString::fromStdString(costmodel::value_text(report.figure("max_sequence"))));
    stack.low = peak.low / bytes_per_gib;
    stack.high = peak.high / bytes_per_gib;
  } else {
    stack.summary = QString::fromStdString(report.price.rejected->text);
  }
  stacks_.push_back(std::move(stack));
}

void MemoryView::addBars() {
  for (int g = 0; g < static_cast<int>(MemoryGroup::count); ++g) {
    const auto group = static_cast<MemoryGroup>(g);
    QCPBars* bars = nullptr;
    for (const Stack& stack : stacks_) {
      double begin = 0;
      for (const MemoryShare& share : stack.shares) {
        if (share.group == group) {
          if (bars == nullptr) {
            bars = new QCPBars(plot_->yAxis, plot_->xAxis);
            bars->setWidth(bar_height);
            bars->setPen(QPen(ink(Ink::ground, palette()), 0.5));
            QBrush brush(groupColour(group, palette()));
            bars->setBrush(brush);
            bars->setName(memoryGroupName(group));
          }
          // Bars grow from their base: one plottable per piece keeps the stack in the order of the groups.
          auto* piece = new QCPBars(plot_->yAxis, plot_->xAxis);
          piece->setWidth(bar_height);
          piece->setPen(QPen(ink(Ink::ground, palette()), 0.5));
          piece->setBrush(groupColour(group, palette()));
          piece->setBaseValue(begin / bytes_per_gib);
          piece->addData(stack.row, share.bytes / bytes_per_gib);
        }
        begin += share.bytes;
      }
    }
    if (bars != nullptr) bars->addToLegend(legend_);
  }
}

void MemoryView::addLabels() {
  for (const Stack& stack : stacks_) {
    auto* text = new QCPItemText(plot_);
    text->setColor(ink(Ink::text, palette()));
    texts_.push_back({text, stack.name, stack.summary});
    text->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
    text->setTextAlignment(Qt::AlignLeft);
    text->setPadding(QMargins(0, 0, 0, 3));
    text->setClipToAxisRect(false);
    text->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
    text->position->setTypeY(QCPItemPosition::ptPlotCoords);
    text->position->setCoords(0, stack.row + bar_height / 2);
    double begin = 0;
    for (const MemoryShare& share : stack.shares) {
      auto* inside = new QCPItemText(plot_);
      const QColor ground = groupColour(share.group, palette());
      inside->setColor(share.group == MemoryGroup::reserve ? ink(Ink::text, palette())
                       : ground.lightness() > 115          ? QColor(0x10, 0x14, 0x18)
                                                           : QColor(Qt::white));
      inside->setText(QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(share.bytes))));
      inside->position->setCoords((begin + share.bytes / 2) / bytes_per_gib, stack.row);
      labels_.push_back({inside, share.bytes / bytes_per_gib});
      begin += share.bytes;
    }
  }
}

// A number is shown where its piece has room for it.
void MemoryView::placeLabels() {
  const QFontMetricsF metrics(plot_->font());
  // On one line where all of them fit, else on two, cut where even those are too long.
  const double room = plot_->axisRect()->width();
  const auto line = [](const Words& words) { return words.name + QStringLiteral("   ") + words.summary; };
  const bool fit = std::all_of(texts_.begin(), texts_.end(), [&](const Words& words) {
    return metrics.horizontalAdvance(line(words)) <= room;
  });
  for (const Words& words : texts_)
    words.text->setText(fit ? line(words)
                            : metrics.elidedText(words.name, Qt::ElideRight, room) + QLatin1Char('\n') +
                                  metrics.elidedText(words.summary, Qt::ElideRight, room));
  const double pixels_per_gib = plot_->axisRect()->width() / plot_->xAxis->range().size();
  for (const Label& label : labels_)
    label.text->setVisible(label.gib * pixels_per_gib > metrics.horizontalAdvance(label.text->text()) + 6);
}

// Across the bars alone: the words above them stay readable.
void MemoryView::addCapacity(double capacity) {
  for (const Stack& stack : stacks_) {
    auto* line = new QCPItemLine(plot_);
    line->setPen(QPen(ink(Ink::capacity, palette()), 2, Qt::DashLine));
    line->start->setCoords(capacity, stack.row - bar_height * 0.62);
    line->end->setCoords(capacity, stack.row + bar_height * 0.5);
  }
}

// The 90 % interval of the peak, across the end of its bar.
void MemoryView::addIntervals() {
  for (const Stack& stack : stacks_) {
    if (stack.high <= stack.low) continue;
    auto* line = new QCPItemLine(plot_);
    line->setPen(QPen(ink(Ink::text, palette()), 1.2));
    line->setHead({QCPLineEnding::esBar, interval_cap, 0});
    line->setTail({QCPLineEnding::esBar, interval_cap, 0});
    line->start->setCoords(stack.low, stack.row);
    line->end->setCoords(stack.high, stack.row);
  }
}

QStringList MemoryView::summaries() {
  seen_->catchUp();
  QStringList texts;
  for (const Stack& stack : stacks_) texts << stack.summary;
  return texts;
}

void MemoryView::addEmptyText() {
  auto* text = new QCPItemText(plot_);
  text->setText(tr("Select a plan."));
  text->setColor(ink(Ink::faint_text, palette()));
  text->setClipToAxisRect(false);
  text->position->setType(QCPItemPosition::ptViewportRatio);
  text->position->setCoords(0.5, 0.5);
}

void MemoryView::arrangeLegend() {
  legend_->setBrush(Qt::NoBrush);
  legend_->setBorderPen(Qt::NoPen);
  legend_->setTextColor(ink(Ink::text, palette()));
  QFont small = plot_->font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  legend_->setFont(small);
  legend_->setIconSize(10, 10);
  legend_->setRowSpacing(0);
  legend_->setColumnSpacing(8);
  legend_->setMargins(QMargins(4, 0, 4, 2));
  // As many columns as the widest entry allows.
  double widest = 1;
  for (int i = 0; i < legend_->itemCount(); ++i)
    if (legend_->item(i) != nullptr)
      widest = std::max<double>(widest, legend_->item(i)->minimumOuterSizeHint().width());
  const int columns =
      std::clamp(static_cast<int>((width() - 16) / (widest + 8)), 1, std::max(1, legend_->itemCount()));
  legend_->setWrap(columns);
  legend_->setFillOrder(QCPLayoutGrid::foColumnsFirst);
  plot_->plotLayout()->setRowStretchFactor(1, 0.001);
}

// Of both plans, which nearly always run on the same GPUs.
QString MemoryView::spread() const {
  QStringList spreads;
  for (const PlanReport* report : {selection_.currentReport(), selection_.baselineReport()})
    if (report != nullptr) spreads << memorySpread(shown_->scenario, report->price.plan);
  if (spreads.removeDuplicates(); spreads.size() < 2) return spreads.value(0);
  return tr("above %1; below %2").arg(spreads[0], spreads[1]);
}

void MemoryView::rebuild() {
  labels_.clear();
  texts_.clear();
  plot_->clearItems();
  plot_->clearPlottables();
  // A legend keeps the empty cells of its last wrap: a new one each time.
  if (plot_->plotLayout()->elementCount() > 1)
    plot_->plotLayout()->remove(plot_->plotLayout()->element(1, 0));
  plot_->plotLayout()->simplify();
  legend_ = new QCPLegend;
  plot_->plotLayout()->addElement(1, 0, legend_);
  stacks_.clear();
  shown_ = selection_.evaluation();
  if (!shown_) return;
  if (const PlanReport* current = selection_.currentReport()) addStack(*current, 1.25);
  if (const PlanReport* baseline = selection_.baselineReport(); baseline != selection_.currentReport())
    if (baseline != nullptr) addStack(*baseline, 0.15);
  plot_->xAxis->setVisible(!stacks_.empty());
  legend_->setVisible(!stacks_.empty());
  if (stacks_.empty()) {
    addEmptyText();
    plot_->replot(QCustomPlot::rpQueuedReplot);
    return;
  }
  const double capacity = costmodel::device_memory(shown_->scenario.cluster).value / bytes_per_gib;
  double most = capacity;
  for (const Stack& stack : stacks_) {
    double sum = 0;
    for (const MemoryShare& share : stack.shares) sum += share.bytes;
    most = std::max({most, sum / bytes_per_gib, stack.high});
  }
  plot_->xAxis->setRange(0, most * 1.06);
  plot_->xAxis->setLabel(axisLabel(spread(), plot_->xAxis->labelFont(), width()));
  addBars();
  arrangeLegend();
  addLabels();
  addCapacity(capacity);
  addIntervals();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

QString MemoryView::htmlAt(const QPointF& position) const {
  const double row = plot_->yAxis->pixelToCoord(position.y());
  const double at = plot_->xAxis->pixelToCoord(position.x()) * bytes_per_gib;
  for (const Stack& stack : stacks_) {
    if (std::abs(row - stack.row) > bar_height / 2) continue;
    double begin = 0;
    for (const MemoryShare& share : stack.shares) {
      if (at >= begin && at < begin + share.bytes) return memoryShareHtml(share, stack.name);
      begin += share.bytes;
    }
  }
  return {};
}

bool MemoryView::eventFilter(QObject* watched, QEvent* event) {
  if (watched == plot_ && event->type() == QEvent::MouseMove) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    const QString html = htmlAt(mouse->position());
    if (html.isEmpty())
      QToolTip::hideText();
    else
      QToolTip::showText(mouse->globalPosition().toPoint(), html, plot_);
  }
  return QWidget::eventFilter(watched, event);
}

void MemoryView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  rebuild();
}

void MemoryView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  dressPlot(*plot_);
  rebuild();
}

void MemoryView::paintTo(QPainter& painter, const QRect& area) {
  seen_->catchUp();
  paintPlot(*plot_, painter, area);
}

QString MemoryView::csv() const {
  seen_->catchUp();
  QString text = QStringLiteral("plan,buffer,bytes\n");
  for (const Stack& stack : stacks_)
    for (const MemoryShare& share : stack.shares)
      for (const costmodel::Figure* figure : share.items)
        text += QStringLiteral("%1,%2,%3\n")
                    .arg(QString::fromStdString(costmodel::csv_cell(stack.name.toStdString())),
                         QString::fromStdString(costmodel::csv_cell(figure->name)))
                    .arg(figure->value, 0, 'f', 0);
  return text;
}

}  // namespace gui
