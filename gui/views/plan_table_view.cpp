#include "gui/views/plan_table_view.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "gui/views/figure_popup.h"
#include "gui/views/plan_bar_delegate.h"

namespace gui {

namespace {

// The table that takes its space: no grid, rows of one height.
QTableView* makeTable(QAbstractItemModel& model, QWidget* parent) {
  auto* table = new QTableView(parent);
  table->setObjectName(QStringLiteral("planTable"));
  table->setAccessibleName(PlanTableView::tr("Plans, ranked"));
  table->setModel(&model);
  table->setItemDelegate(new PlanBarDelegate(table));
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setAlternatingRowColors(true);
  table->setShowGrid(false);
  table->setSortingEnabled(true);
  table->setWordWrap(false);
  table->setTabKeyNavigation(false);
  table->setMouseTracking(true);
  table->setContextMenuPolicy(Qt::CustomContextMenu);
  table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 8);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setSectionsMovable(true);
  table->horizontalHeader()->setContextMenuPolicy(Qt::CustomContextMenu);
  return table;
}

}  // namespace

PlanTableView::PlanTableView(Selection& selection, QWidget* parent)
    : QWidget(parent), selection_(selection), model_(selection), table_(nullptr) {
  proxy_.setSourceModel(&model_);
  table_ = makeTable(proxy_, this);
  table_->horizontalHeader()->setSortIndicator(static_cast<int>(PlanColumn::time), Qt::AscendingOrder);
  hidden_by_user_ = {static_cast<int>(PlanColumn::interval), static_cast<int>(PlanColumn::longest)};

  filter_ = new QLineEdit(this);
  filter_->setPlaceholderText(tr("Filter plans"));
  filter_->setClearButtonEnabled(true);
  filter_->setAccessibleName(tr("Filter plans"));
  filter_->setMaximumWidth(240);
  count_ = new QLabel(this);
  show_all_ = new QToolButton(this);
  show_all_->setAccessibleName(tr("Show all plans"));
  connect(show_all_, &QToolButton::clicked, this, [this] { selection_.mark({}); });
  columns_ = new QToolButton(this);
  columns_->setAutoRaise(true);
  columns_->setAccessibleName(tr("Choose columns"));
  auto* copy = new QToolButton(this);
  copy->setText(tr("Copy"));
  copy->setAutoRaise(true);
  copy->setAccessibleName(tr("Copy the table"));
  copy->setPopupMode(QToolButton::InstantPopup);
  auto* copy_menu = new QMenu(copy);
  copy_menu->addAction(tr("As CSV"), this, [this] { copyAs(TableFormat::csv); });
  copy_menu->addAction(tr("As TSV, for spreadsheets"), this, [this] { copyAs(TableFormat::tsv); });
  copy_menu->addAction(tr("As Markdown"), this, [this] { copyAs(TableFormat::markdown); });
  copy->setMenu(copy_menu);

  auto* tools = new QHBoxLayout;
  tools->addWidget(filter_, 1);
  tools->addWidget(count_);
  tools->addWidget(show_all_);
  tools->addStretch(2);
  tools->addWidget(columns_);
  tools->addWidget(copy);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(tools);
  layout->addWidget(table_, 1);

  connect(filter_, &QLineEdit::textChanged, this,
          [this](const QString& text) { changeFilter([&] { proxy_.setFilterText(text); }); });
  connect(columns_, &QToolButton::clicked, this,
          [this] { showColumnMenu(columns_->mapToGlobal(QPoint(0, columns_->height()))); });
  connect(table_->horizontalHeader(), &QWidget::customContextMenuRequested, this,
          [this](const QPoint& at) { showColumnMenu(table_->horizontalHeader()->mapToGlobal(at)); });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &PlanTableView::rowClicked);
  connect(table_, &QTableView::entered, this,
          [this](const QModelIndex& index) { selection_.setHovered(reportOf(index)); });
  for (auto signal : {&QAbstractItemModel::modelReset})
    connect(&proxy_, signal, this, [this] {
      applyColumns();
      applySpans();
    });
  connect(&proxy_, &QAbstractItemModel::layoutChanged, this, &PlanTableView::applySpans);
  connect(&proxy_, &QAbstractItemModel::rowsInserted, this, &PlanTableView::applySpans);
  connect(&proxy_, &QAbstractItemModel::rowsRemoved, this, &PlanTableView::applySpans);
  connect(&selection_, &Selection::currentChanged, this, &PlanTableView::showCurrent);
  connect(&selection_, &Selection::markedChanged, this, &PlanTableView::applyMarks);
  connect(table_, &QTableView::doubleClicked, this, &PlanTableView::timelineWanted);
  connect(table_, &QWidget::customContextMenuRequested, this, &PlanTableView::showRowMenu);
  connect(&selection_, &Selection::keptChanged, this, [this] {
    changeFilter([this] { proxy_.invalidate(); });
    applySpans();
  });
  table_->installEventFilter(this);
  table_->viewport()->installEventFilter(this);
  applyColumns();
  applySpans();
  applyMarks();
}

int PlanTableView::reportOf(const QModelIndex& index) const {
  return index.isValid() ? index.data(PlanTableModel::index_role).toInt() : -1;
}

void PlanTableView::applyColumns() {
  for (int column = 0; column < static_cast<int>(PlanColumn::count); ++column)
    table_->setColumnHidden(
        column, hidden_by_user_.contains(column) || !model_.applies(static_cast<PlanColumn>(column)));
  table_->resizeColumnsToContents();
  needed_.clear();
  for (int column = 0; column < static_cast<int>(PlanColumn::count); ++column)
    if (!table_->isColumnHidden(column))
      needed_.push_back({static_cast<PlanColumn>(column), table_->columnWidth(column)});
  fitColumns();
  count_->setText(
      selection_.evaluation()
          ? tr("%n plans priced", "", static_cast<int>(selection_.evaluation()->answer.result.priced))
          : QString());
}

void PlanTableView::fitColumns() {
  const std::vector<ColumnWidth> shown = columnsWithRoom(needed_, table_->viewport()->width(), kept_by_user_);
  for (const ColumnWidth& each : needed_) {
    const int column = static_cast<int>(each.column);
    const auto found = std::find_if(shown.begin(), shown.end(),
                                    [&](const ColumnWidth& other) { return other.column == each.column; });
    table_->setColumnHidden(column, found == shown.end());
    if (found != shown.end()) table_->setColumnWidth(column, found->width);
  }
  const int more = static_cast<int>(needed_.size() - shown.size());
  columns_->setText(more > 0 ? tr("Columns, %n more", "", more) : tr("Columns"));
  columns_->setToolTip(more > 0 ? tr("There is no room for %n columns; choose those to keep", "", more)
                                : QString());
}

void PlanTableView::applySpans() {
  table_->clearSpans();
  const int first = static_cast<int>(PlanColumn::time);
  for (int row = 0; row < proxy_.rowCount(); ++row)
    if (!proxy_.index(row, 0).data(PlanTableModel::priced_role).toBool())
      table_->setSpan(row, first, 1, static_cast<int>(PlanColumn::count) - first);
  showCurrent();
}

// Rows that go may take the table's current row with them; that is nobody's choice, and to follow it would
// change the model while it filters.
void PlanTableView::changeFilter(const std::function<void()>& change) {
  const bool outer = std::exchange(updating_, true);
  change();
  updating_ = outer;
  showCurrent();
}

void PlanTableView::applyMarks() {
  const auto marked = static_cast<int>(selection_.marked().size());
  show_all_->setVisible(marked > 0);
  show_all_->setText(tr("%n selected: show all", "", marked));
  changeFilter(
      [&] { proxy_.setMarked(marked > 0 ? PlanTableProxy::Marked::only : PlanTableProxy::Marked::all); });
}

void PlanTableView::showCurrent() {
  if (updating_) return;
  updating_ = true;
  const QModelIndex shown = proxy_.mapFromSource(model_.index(selection_.current(), 0));
  if (shown.isValid())
    table_->selectionModel()->setCurrentIndex(
        shown.siblingAtColumn(std::max(0, table_->currentIndex().column())),
        QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
  updating_ = false;
}

void PlanTableView::rowClicked() {
  if (updating_) return;
  updating_ = true;
  selection_.setCurrent(reportOf(table_->currentIndex()));
  updating_ = false;
}

void PlanTableView::makeBaseline() { selection_.setBaseline(reportOf(table_->currentIndex())); }

bool PlanTableView::eventFilter(QObject* watched, QEvent* event) {
  if (watched == table_->viewport() && event->type() == QEvent::Leave) selection_.setHovered(-1);
  if (watched == table_->viewport() && event->type() == QEvent::Resize) fitColumns();
  if (watched == table_ && event->type() == QEvent::KeyPress) {
    if (takesKey(*static_cast<QKeyEvent*>(event))) return true;
  }
  return QWidget::eventFilter(watched, event);
}

bool PlanTableView::takesKey(const QKeyEvent& key) {
  if (key.matches(QKeySequence::Copy)) {
    copyAs(TableFormat::tsv);
    return true;
  }
  if ((key.modifiers() & ~Qt::KeypadModifier) != Qt::NoModifier) return false;
  switch (key.key()) {
    case Qt::Key_B: makeBaseline(); return true;
    case Qt::Key_P: selection_.toggleKept(reportOf(table_->currentIndex())); return true;
    case Qt::Key_F2: explainCell(); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: Q_EMIT timelineWanted(); return true;
    default: return false;
  }
}

void PlanTableView::explainCell() {
  const QModelIndex index = table_->currentIndex();
  const QString html = index.data(Qt::ToolTipRole).toString();
  if (html.isEmpty()) return;
  const QPoint below = table_->visualRect(index).bottomLeft();
  showFigurePopup(*this, table_->viewport()->mapToGlobal(below), html);
}

// The keys of the table, for who uses the mouse.
void PlanTableView::showRowMenu(const QPoint& at) {
  const int report = reportOf(table_->indexAt(at));
  if (report < 0) return;
  const costmodel::PlanReport& row = *selection_.evaluation()->report(report);
  QMenu menu;
  const auto add = [&](const QString& text, const QString& key, bool possible, auto run) {
    QAction* action = menu.addAction(text + QLatin1Char('\t') + key, this, run);
    action->setEnabled(possible);
  };
  add(tr("Explain this number"), QStringLiteral("F2"), true, [this] { explainCell(); });
  add(tr("Make it the baseline"), QStringLiteral("B"), row.priced() && report != selection_.baseline(),
      [this] { makeBaseline(); });
  add(selection_.isKept(row.price.plan) ? tr("Unpin") : tr("Pin on top"), QStringLiteral("P"), true,
      [this, report] { selection_.toggleKept(report); });
  add(tr("Show its timeline"), tr("Enter"), row.priced(), [this] { Q_EMIT timelineWanted(); });
  add(tr("Simulate it"), QKeySequence(Qt::CTRL | Qt::Key_R).toString(QKeySequence::NativeText), row.priced(),
      [this] { Q_EMIT simulationWanted(); });
  menu.exec(table_->viewport()->mapToGlobal(at));
}

void PlanTableView::showColumnMenu(const QPoint& at) {
  QMenu menu;
  for (int column = 1; column < static_cast<int>(PlanColumn::count); ++column) {
    if (!model_.applies(static_cast<PlanColumn>(column))) continue;
    QAction* action = menu.addAction(model_.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    action->setCheckable(true);
    action->setChecked(!table_->isColumnHidden(column));
    connect(action, &QAction::toggled, this, [this, column](bool shown) {
      if (shown) {
        hidden_by_user_.remove(column);
        kept_by_user_.insert(column);
      } else {
        kept_by_user_.remove(column);
        hidden_by_user_.insert(column);
      }
      applyColumns();
    });
  }
  menu.exec(at);
}

// Those that are wanted, in the order of the screen: what is copied does not depend on the window's width.
QList<int> PlanTableView::shownColumns() const {
  QList<int> columns;
  const QHeaderView& header = *table_->horizontalHeader();
  for (int visual = 0; visual < header.count(); ++visual) {
    const int column = header.logicalIndex(visual);
    if (std::any_of(needed_.begin(), needed_.end(),
                    [&](const ColumnWidth& each) { return static_cast<int>(each.column) == column; }))
      columns << column;
  }
  return columns;
}

QString PlanTableView::shownText(TableFormat format) const {
  return tableText(proxy_, shownColumns(), format);
}

void PlanTableView::copyAs(TableFormat format) const {
  QApplication::clipboard()->setText(shownText(format));
}

}  // namespace gui
