#include "gui/views/sweep_view.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include "gui/document/scenario_fields.h"
#include "gui/views/sweep_curves.h"

namespace gui {

namespace {

constexpr int least_for_both = 800;  // pixels: in less the curves would leave the map no words

}  // namespace

SweepView::SweepView(Project& project, QWidget* parent)
    : QWidget(parent),
      project_(project),
      button_(new QPushButton(this)),
      refine_(new QPushButton(tr("Finer in the selection"), this)),
      simulate_(new QPushButton(tr("Simulate the winners"), this)),
      progress_(new QProgressBar(this)),
      words_(new QLabel(this)),
      map_(new QTableView(this)),
      curves_(new SweepCurves(model_, this)) {
  setObjectName(QStringLiteral("sweep"));
  map_->setModel(&model_);
  map_->setAccessibleName(tr("The winning plan for each number of nodes and each sequence"));
  // A drag, or Shift and the arrow keys, choose limits; a click loads.
  map_->setSelectionMode(QAbstractItemView::ContiguousSelection);
  map_->setTabKeyNavigation(false);
  map_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  map_->verticalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  map_->verticalHeader()->setMinimumSectionSize(2 * fontMetrics().height() + 6);
  progress_->setMaximumWidth(200);
  progress_->setMaximumHeight(16);
  progress_->setAccessibleName(tr("Progress of the sweep"));
  button_->setAccessibleName(tr("Sweep sequences and nodes"));
  words_->setWordWrap(true);
  auto* tools = new QHBoxLayout;
  refine_->setAccessibleName(tr("Sweep the selected cells in finer steps"));
  refine_->setToolTip(tr("Drag across cells of the map, then sweep between them in finer steps"));
  simulate_->setAccessibleName(tr("Simulate the winner of every point"));
  simulate_->setToolTip(tr("The winner of every point on simulated links, in a process of its own"));
  tools->addWidget(button_);
  tools->addWidget(refine_);
  tools->addWidget(simulate_);
  tools->addWidget(progress_);
  tools->addStretch(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(4, 4, 4, 0);
  layout->addLayout(tools);
  layout->addWidget(words_);
  auto* both = new QHBoxLayout;
  both->addWidget(map_, 5);
  both->addWidget(curves_, 3);
  layout->addLayout(both, 1);
  connect(curves_, &SweepCurves::pointClicked, this, &SweepView::load);
  connect(button_, &QPushButton::clicked, this, [this] {
    if (running())
      cancel();
    else
      start();
  });
  connect(&job_, &SweepJob::pointDone, this, [this](std::size_t index, const costmodel::SweepPoint& point) {
    model_.setPoint(index, point);
    progress_->setValue(static_cast<int>(index) + 1);
  });
  connect(&job_, &SweepJob::finished, this, &SweepView::refresh);
  connect(&job_, &SweepJob::cancelled, this, &SweepView::refresh);
  connect(&project_, &Project::changed, this, &SweepView::refresh);
  connect(map_, &QTableView::clicked, this, [this](const QModelIndex& index) {
    if (!chosenLimits()) load(index);
  });
  connect(map_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &SweepView::refresh);
  connect(refine_, &QPushButton::clicked, this, &SweepView::refine);
  connect(simulate_, &QPushButton::clicked, this, [this] {
    Q_EMIT simulationWanted({project_.scenario(), model_.grid(), revision_});
  });
  connect(map_, &QTableView::activated, this, &SweepView::load);
  refresh();
}

void SweepView::start() { startOn(gridAround(project_.scenario())); }

std::optional<SweepLimits> SweepView::chosenLimits() const {
  const QItemSelection chosen = map_->selectionModel()->selection();
  if (chosen.isEmpty() || chosen.front().width() * chosen.front().height() < 2) return {};
  const QItemSelectionRange& cells = chosen.front();
  return SweepLimits{model_.tokensAt(cells.left()), model_.tokensAt(cells.right()),
                     std::stoi(model_.nodesAt(cells.top())), std::stoi(model_.nodesAt(cells.bottom()))};
}

void SweepView::refine() {
  if (const auto limits = chosenLimits()) startOn(gridBetween(project_.scenario(), *limits));
}

void SweepView::takeSimulated(const SweepSimulationAnswer& answer) {
  if (answer.revision == revision_) model_.setSimulated(answer);
}

void SweepView::startOn(const SweepGrid& grid) {
  revision_ = project_.revision();
  model_.reset(project_.scenario(), grid);
  progress_->setRange(0, static_cast<int>(grid.size()));
  progress_->setValue(0);
  job_.start(project_.scenario(), grid);
  refresh();
}

void SweepView::refresh() {
  button_->setText(running() ? tr("Cancel") : tr("Sweep sequences and nodes"));
  progress_->setVisible(running());
  const bool nothing = model_.rowCount() == 0;
  const bool stale = revision_ != project_.revision();
  refine_->setVisible(!nothing && !running());
  refine_->setEnabled(chosenLimits().has_value());
  simulate_->setVisible(!nothing && !running());
  simulate_->setEnabled(!stale);
  map_->setVisible(!nothing);
  showCurves();
  words_->setToolTip(
      nothing
          ? QString()
          : tr("The underlined cell is the scenario that was swept.  Panels: the time of every plan against "
               "the fastest."));
  words_->setText(nothing
                      ? tr("Which plan wins with other sequences and nodes: doublings round this scenario.")
                  : stale ? tr("Of an earlier scenario: sweep again to see this one.")
                          : tr("A click loads a cell, a drag chooses limits.  In brackets: simulated."));
}

void SweepView::showCurves() { curves_->setVisible(model_.rowCount() > 0 && width() >= least_for_both); }

void SweepView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showCurves();
}

void SweepView::load(const QModelIndex& index) {
  const std::string nodes = model_.nodesAt(index.row());
  const std::string sequence = model_.sequenceAt(index.column());
  if (nodes == fieldText(project_.scenario(), "nodes") &&
      sequence == fieldText(project_.scenario(), "sequence"))
    return;
  project_.undoStack().beginMacro(tr("Load a point of the sweep"));
  if (project_.scenario().cluster.uniform()) project_.setField("nodes", nodes);
  project_.setField("sequence", sequence);
  project_.undoStack().endMacro();
}

}  // namespace gui
