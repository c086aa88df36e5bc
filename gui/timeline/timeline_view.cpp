#include "gui/timeline/timeline_view.h"

#include <QAccessible>
#include <QAction>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <array>

#include "costmodel/base/error.h"
#include "gui/timeline/range_keys.h"
#include "gui/timeline/slice_lookup.h"
#include "gui/timeline/slice_text.h"
#include "gui/timeline/timeline_painter.h"

namespace gui {

namespace {

constexpr int tip_delay_ms = 300;

std::shared_ptr<const PreparedTrace> prepared(TimelineTrace trace) {
  return trace.empty() ? nullptr : std::make_shared<const PreparedTrace>(std::move(trace));
}

bool isOwnKey(const QKeyEvent& key) {
  constexpr std::array keys{Qt::Key_N, Qt::Key_P, Qt::Key_M, Qt::Key_F, Qt::Key_G, Qt::Key_Slash};
  const bool plain = (key.modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) == 0;
  return plain && (isRangeKey(key.key()) || std::find(keys.begin(), keys.end(), key.key()) != keys.end());
}

}  // namespace

TimelineView::TimelineView(QWidget* parent) : QWidget(parent) {
  qRegisterMetaType<SliceInfo>();
  setAccessibleName(tr("Timeline"));
  setAccessibleDescription(tr("What every GPU does when, two plans above each other on one time axis"));
  setStatusTip(tr("W/S zoom, A/D move, 0 all, N/P stalls, M mark, G fold, / search, F2 keep the text"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);

  scroll_ = new QScrollBar(Qt::Vertical, this);
  scroll_->setAccessibleName(tr("Rows of the timeline"));
  scroll_->hide();
  connect(scroll_, &QScrollBar::valueChanged, this, [this] {
    layOut();
    update();
  });

  search_ = new QLineEdit(this);
  search_->setPlaceholderText(tr("Search operations, Enter: next"));
  search_->setAccessibleName(tr("Search operations"));
  search_->setClearButtonEnabled(true);
  search_->hide();
  search_->installEventFilter(this);
  connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) {
    scene_.search = text.trimmed();
    scene_.matches = match_count(scene_, layout_, scene_.search);
    update();
  });
  connect(search_, &QLineEdit::returnPressed, this, [this] { goToMatch(1); });

  pinned_ = new QLabel(this);
  pinned_->setObjectName(QStringLiteral("pinned"));
  pinned_->setAccessibleName(tr("About the chosen operation"));
  pinned_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  pinned_->setFrameShape(QFrame::StyledPanel);
  pinned_->setAutoFillBackground(true);
  pinned_->setBackgroundRole(QPalette::ToolTipBase);
  pinned_->setForegroundRole(QPalette::ToolTipText);
  pinned_->setMargin(6);
  pinned_->hide();

  tip_timer_.setSingleShot(true);
  tip_timer_.setInterval(tip_delay_ms);
  connect(&tip_timer_, &QTimer::timeout, this, [this] {
    if (scene_.hovered) showTip(*scene_.hovered, mapToGlobal(pointer_.toPoint()));
  });
  addMenu();
}

TimelineView::~TimelineView() = default;

void TimelineView::addMenu() {
  setContextMenuPolicy(Qt::ActionsContextMenu);
  const auto add = [this](const QString& text, void (TimelineView::*slot)()) {
    QAction* action = new QAction(text, this);
    connect(action, &QAction::triggered, this, slot);
    addAction(action);
  };
  add(tr("Next stall (N)"), &TimelineView::nextStall);
  add(tr("Previous stall (P)"), &TimelineView::previousStall);
  add(tr("Search operations (/)"), &TimelineView::openSearch);
  add(tr("Fold the node, or open it (G)"), &TimelineView::foldNode);
  add(tr("Fold all nodes, or open them (Shift+G)"), &TimelineView::foldAllNodes);
  add(tr("Export picture..."), &TimelineView::askExportPicture);
  add(tr("Export trace for Perfetto..."), &TimelineView::askExportTrace);
  add(tr("Lay a measured or simulated trace under it..."), &TimelineView::askMeasuredTrace);
}

void TimelineView::setTraces(TimelineTrace a, TimelineTrace b) {
  const double before = scene_.range.total();
  scene_.predicted = {prepared(std::move(a)), prepared(std::move(b))};
  for (std::size_t slot = 0; slot < 2; ++slot)
    if (!scene_.predicted[slot]) scene_.measured[slot].reset();
  tracesChanged(before);
}

void TimelineView::setMeasured(PlanSlot slot, TimelineTrace trace) {
  if (trace.empty() && !scene_.measured[static_cast<std::size_t>(slot)]) return;
  const double before = scene_.range.total();
  scene_.measured[static_cast<std::size_t>(slot)] = prepared(std::move(trace));
  tracesChanged(before);
}

void TimelineView::tracesChanged(double length_before) {
  pinned_->hide();
  scene_.hovered.reset();
  scene_.selected.reset();
  scene_.marked.reset();
  scene_.dragged.reset();
  scene_.cursor.reset();
  scene_.show_only({});
  scene_.header.reset();
  ruler_from_.reset();
  const double length = scene_.longest();
  if (length != length_before) {
    scene_.range.resize(length);
    Q_EMIT timeRangeChanged(scene_.range.now().from, scene_.range.now().to);
  }
  scroll_->setValue(0);
  layOut();
  update();
}

void TimelineView::setTimeRange(double from, double to) {
  changeRange([&](RangeStack& range) { range.show({from, to}); });
}

void TimelineView::setCursor(std::optional<double> time) {
  if (scene_.cursor == time) return;
  scene_.cursor = time;
  update();
}

bool TimelineView::selectMessage(int rank, Way way, double time) {
  for (const TraceLayer layer : {TraceLayer::measured, TraceLayer::predicted}) {
    const PreparedTrace* prepared = scene_.trace(PlanSlot::upper, layer);
    for (std::size_t r = 0; prepared && r < prepared->trace.rows.size(); ++r) {
      const TraceRow& row = prepared->trace.rows[r];
      const bool carries = row.role == (way == Way::out ? LaneRole::send : LaneRole::receive) ||
                           row.role == LaneRole::message || row.role == LaneRole::collective;
      const std::size_t slice = row.first_after(time);
      if (row.rank != rank || !carries || slice >= row.size() || row.start(slice) > time) continue;
      openNodeOf(rank);
      select(SliceRef{PlanSlot::upper, layer, r, slice});
      return true;
    }
  }
  return false;
}

void TimelineView::setFilter(const std::optional<SliceFilter>& filter) {
  scene_.show_only(filter);
  update();
}

bool TimelineView::goToLongestStall(PlanSlot slot) {
  const auto found = longest_stall(scene_, layout_, slot);
  if (!found) return false;
  // Large enough to be read, with what went on before and after it.
  constexpr double spans = 6;
  const TraceRow& row = *scene_.row(*found);
  const double start = row.start(found->slice), length = row.end(found->slice) - start;
  if (spans * length < scene_.range.now().span())
    setTimeRange(start - (spans - 1) / 2 * length, start + (spans + 1) / 2 * length);
  select(found);
  reveal(*found);
  return true;
}

TimelineLayout TimelineView::layoutFor(const QRect& area) const {
  return TimelineLayout(scene_, area, font());
}

void TimelineView::layOut() {
  QRectF area = rect();
  layout_ = TimelineLayout(scene_, area, font());
  const double hidden = layout_.content_height - layout_.plot.height();
  if (hidden > 0.5) {
    const int width = scroll_->sizeHint().width();
    area.setWidth(area.width() - width);
    scroll_->setGeometry(static_cast<int>(area.right()), static_cast<int>(layout_.plot.top()), width,
                         std::max(0, height() - static_cast<int>(layout_.plot.top())));
    scroll_->setPageStep(static_cast<int>(layout_.plot.height()));
    scroll_->setSingleStep(20);
    const QSignalBlocker quiet(scroll_);
    scroll_->setRange(0, static_cast<int>(hidden + 1));
  } else {
    const QSignalBlocker quiet(scroll_);
    scroll_->setRange(0, 0);
  }
  scroll_->setVisible(hidden > 0.5);
  if (hidden > 0.5) layout_ = TimelineLayout(scene_, area, font(), scroll_->value());
  search_->setGeometry(
      QRect(width() - 274, static_cast<int>(layout_.axis.top()), 260, search_->sizeHint().height()));
}

void TimelineView::paintTo(QPainter& painter, const QRect& area) const {
  const TimelineLayout layout(scene_, area, font());
  const SliceStyle style = style_from(palette());
  TimelinePainter(scene_, layout, style, font()).paint(painter, area);
}

void TimelineView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const SliceStyle style = style_from(palette());
  TimelinePainter(scene_, layout_, style, font()).paint(painter, rect());
  if (!hasFocus()) return;
  painter.setPen(QPen(style.selection, 1));
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void TimelineView::resizeEvent(QResizeEvent*) { layOut(); }

bool TimelineView::event(QEvent* event) {
  switch (event->type()) {
    case QEvent::FontChange:
    case QEvent::PaletteChange:
    case QEvent::LayoutDirectionChange:
      layOut();
      update();
      break;
    case QEvent::FocusIn:
    case QEvent::FocusOut: update(); break;
    // The view's keys are its own while it has the focus, whatever shortcuts the window has.
    case QEvent::ShortcutOverride:
      if (isOwnKey(*static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
      }
      break;
    default: break;
  }
  return QWidget::event(event);
}

SliceInfo TimelineView::infoOf(const SliceRef& slice) const {
  const TraceRow* row = scene_.row(slice);
  const TimelineTrace& trace = scene_.trace(slice)->trace;
  SliceInfo info;
  info.plan = trace.plan;
  info.name = trace.names[row->name(slice.slice)];
  info.rank = row->rank;
  info.start = row->start(slice.slice);
  info.end = row->end(slice.slice);
  if (const costmodel::TimelineSlice* known = described(scene_, slice)) {
    info.phase = static_cast<int>(trace.source->phases[row->origins[slice.slice].phase].phase);
    info.operation = known->op.value;
  }
  return info;
}

void TimelineView::select(const std::optional<SliceRef>& slice) {
  if (slice) scene_.header.reset();
  if (slice == scene_.selected) return;
  pinned_->hide();
  scene_.selected = slice;
  update();
  if (!slice) return;
  setAccessibleDescription(summary_of(scene_, *slice));
  QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&changed);
  Q_EMIT sliceSelected(infoOf(*slice));
}

// Moves the range and the rows, as little as possible, so that the slice is seen.
void TimelineView::reveal(const SliceRef& slice) {
  const TraceRow& row = *scene_.row(slice);
  const TimeRange now = scene_.range.now();
  const double start = row.start(slice.slice), end = row.end(slice.slice), length = end - start;
  const double pixel = now.span() / std::max(1.0, layout_.plot.width());
  // Too small to be seen, or wider than the view: then the range shows it with some of what is around.
  if (length < 3 * pixel || length > now.span()) {
    const double span = std::max(length * 12, scene_.range.total() * 1e-7);
    changeRange([&](RangeStack& range) { range.show({start - span / 2, start + span / 2}); });
  } else if (start < now.from || end > now.to) {
    const double middle = (start + end) / 2;
    changeRange([&](RangeStack& range) { range.show({middle - now.span() / 2, middle + now.span() / 2}); });
  }
  const RowPlace* place = layout_.place_of(slice);
  if (!place || !scroll_->isVisible()) return;
  if (place->band.top() < layout_.plot.top() || place->band.bottom() > layout_.plot.bottom())
    scroll_->setValue(scroll_->value() +
                      static_cast<int>(place->band.center().y() - layout_.plot.center().y()));
}

void TimelineView::showTip(const SliceRef& slice, const QPoint& at) {
  QToolTip::showText(at, tooltip_of(scene_, slice), this);
}

// The tooltip of the chosen slice, or of the one under the pointer, as text that stays and can be copied.
void TimelineView::togglePinned() {
  const std::optional<SliceRef>& slice = scene_.selected ? scene_.selected : scene_.hovered;
  if (pinned_->isVisible() || !slice) {
    pinned_->hide();
    return;
  }
  const RowPlace* place = layout_.place_of(*slice);
  if (!place) return;
  QToolTip::hideText();
  pinned_->setText(tooltip_of(scene_, *slice));
  pinned_->adjustSize();
  const int x = static_cast<int>(layout_.x_of(scene_.row(*slice)->start(slice->slice), scene_.range.now()));
  const int below = static_cast<int>(place->band.bottom()) + 6;
  const int above = static_cast<int>(place->band.top()) - 6 - pinned_->height();
  pinned_->move(std::clamp(x, 0, std::max(0, width() - pinned_->width())),
                below + pinned_->height() <= height() ? below : std::max(0, above));
  pinned_->show();
  pinned_->raise();
}

void TimelineView::openSearch() {
  search_->show();
  search_->raise();
  search_->setFocus();
  search_->selectAll();
}

}  // namespace gui
