#include "gui/views/validation_view.h"

#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedLayout>
#include <QTableView>
#include <algorithm>
#include <cmath>

#include "costmodel/plan/plan_alias.h"
#include "gui/views/residual_bars.h"
#include "gui/views/validation_plot.h"

namespace gui {

namespace {

constexpr int most_ranks = 64;
constexpr int repetitions_to_learn = 8;  // half of them are held back
constexpr std::size_t most_residuals = 9;

}  // namespace

ValidationView::ValidationView(Selection& selection, JobQueue& queue, QWidget* parent)
    : QWidget(parent), selection_(selection), queue_(queue) {
  setObjectName(QStringLiteral("validation"));
  auto* tools = new QWidget(this);
  makeTools(*tools);
  words_ = new QLabel(this);
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  plot_ = new ValidationPlot;
  residuals_ = new ResidualBars;
  table_ = new QTableView;
  sorted_.setSourceModel(&model_);
  sorted_.setSortRole(MeasuredRunModel::sort_role);
  table_->setModel(&sorted_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(-1, Qt::AscendingOrder);
  table_->setAccessibleName(tr("Runs that were measured"));
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setTabKeyNavigation(false);
  table_->setShowGrid(false);
  table_->setWordWrap(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(22);
  table_->horizontalHeader()->setStretchLastSection(true);
  auto* right = new QSplitter(Qt::Vertical);
  right->addWidget(residuals_);
  right->addWidget(table_);
  auto* body = new QSplitter(Qt::Horizontal);
  body->addWidget(plot_);
  body->addWidget(right);
  body->setStretchFactor(0, 4);
  body->setStretchFactor(1, 6);
  body->setSizes({400, 600});
  right->setSizes({200, 160});
  body->setChildrenCollapsible(false);
  right->setChildrenCollapsible(false);
  empty_ = new QLabel(
      tr("Nothing was measured yet.  Run the current plan on the ranks of this machine, calibrate the cost "
         "model "
         "to it, or drop a result of ringside validate or reproduce (JSON) or a table of measurements (CSV) "
         "here."));
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignCenter);
  auto* pages = new QWidget(this);
  pages_ = new QStackedLayout(pages);
  pages_->addWidget(empty_);
  pages_->addWidget(body);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(4, 4, 4, 4);
  column->setSpacing(3);
  column->addWidget(tools);
  auto* line = new QHBoxLayout;
  line->addWidget(words_, 1);
  line->addWidget(metric_);
  column->addLayout(line);
  column->addWidget(pages, 1);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ValidationView::refresh);
  connect(plot_, &ValidationPlot::runChosen, this, &ValidationView::choose);
  connect(metric_, &QComboBox::currentTextChanged, this, &ValidationView::refresh);
  connect(&selection_, &Selection::evaluationChanged, this, [this] {
    if (selection_.evaluation()) model_.setPresent(subjectOf(selection_.evaluation()->scenario));
  });
  refresh();
}

void ValidationView::makeTools(QWidget& tools) {
  auto* run = new QPushButton(tr("Validate"), &tools);
  auto* open_button = new QPushButton(tr("Open..."), &tools);
  calibrate_ = new QPushButton(tr("Calibrate"), &tools);
  save_ = new QPushButton(tr("Save..."), &tools);
  run->setToolTip(tr("Run the current plan on ranks of this machine"));
  calibrate_->setToolTip(tr("Fit the constants of the cost model to what was measured"));
  open_button->setToolTip(tr("A result of validate or reproduce (JSON), or a table of measurements (CSV)"));
  save_->setToolTip(tr("Save the fitted calibrations, for --calibration"));
  for (QPushButton* button : {run, open_button, save_}) button->setAccessibleName(button->toolTip());
  calibrate_->setAccessibleName(tr("Calibrate the cost model"));
  ranks_ = new QSpinBox(&tools);
  ranks_->setRange(1, most_ranks);
  ranks_->setValue(4);
  ranks_->setSuffix(tr(" ranks"));
  ranks_->setAccessibleName(tr("Ranks to run on"));
  backend_ = new QComboBox(&tools);
  backend_->addItems({QStringLiteral("cpu"), QStringLiteral("reference"), QStringLiteral("cuda")});
  backend_->setAccessibleName(tr("Who computes attention"));
  metric_ = new QComboBox(&tools);
  metric_->setAccessibleName(tr("What was measured"));
  auto* row = new QHBoxLayout(&tools);
  row->setContentsMargins(0, 0, 0, 0);
  for (QWidget* widget :
       std::initializer_list<QWidget*>{run, ranks_, backend_, open_button, calibrate_, save_})
    row->addWidget(widget);
  row->addStretch(1);
  makeMenu();
  connect(run, &QPushButton::clicked, this, [this] { validateCurrent(); });
  connect(save_, &QPushButton::clicked, this, &ValidationView::saveCalibrations);
  connect(open_button, &QPushButton::clicked, this, [this] {
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open measurements"), {}, tr("Measurements (*.csv *.json)"));
    if (!path.isEmpty()) open(path);
  });
}

void ValidationView::start(ChildJob* job) {
  connect(job, &ChildJob::failed, this, &ValidationView::problem);
  queue_.add(job);
}

void ValidationView::validateCurrent(const QString& update) {
  const costmodel::PlanReport* current = selection_.currentReport();
  if (current == nullptr || !current->priced()) {
    Q_EMIT problem(tr("There is no plan to validate: select one that can run."));
    return;
  }
  const costmodel::Plan& plan = current->price.plan;
  const costmodel::Scenario& scenario = selection_.evaluation()->scenario;
  ValidationRequest request;
  request.scenario = scenario;
  request.ranks = ranks_->value();
  request.backend = backend_->currentText();
  request.update = update;
  if (!update.isEmpty()) request.repetitions = repetitions_to_learn;
  // On fewer ranks than the plan has, the plan of the same family is meant.
  const bool same = plan.world_size() == request.ranks;
  request.plan = same ? allAxes(plan) : QString::fromStdString(costmodel::plan_family(plan));
  request.plan_name = same ? QString::fromStdString(current->name) : request.plan;
  auto* job = new ValidationJob(request);
  connect(job, &ValidationJob::finished, this, [this, axes = allAxes(plan)](const ValidationAnswer& answer) {
    add(answer.runs);
    choose(static_cast<int>(model_.runs().size()) - 1);
    fitted_ = answer.runs.update;
    refresh();
    const costmodel::PlanReport* now = selection_.currentReport();
    // The timeline may show it when it is of the very plan and scenario that it predicts.
    if (now != nullptr && now->priced() && allAxes(now->price.plan) == axes &&
        model_.isPresent(answer.runs.runs.front()) && !answer.trace.isEmpty())
      Q_EMIT traced(answer.trace);
  });
  start(job);
}

void ValidationView::open(const QString& path) {
  if (QFileInfo(path).suffix().compare(QLatin1String("csv"), Qt::CaseInsensitive) == 0) {
    auto* job = new ReproductionJob(path);
    connect(job, &ReproductionJob::finished, this, [this, path](const MeasuredRuns& runs) {
      table_file_ = path;
      add(runs);
    });
    start(job);
    return;
  }
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) {
    Q_EMIT problem(tr("%1 cannot be read: %2").arg(path, file.errorString()));
    return;
  }
  try {
    add(parseRuns(file.readAll(), path));
  } catch (const std::exception& error) {
    Q_EMIT problem(QString::fromUtf8(error.what()));
  }
}

void ValidationView::add(const MeasuredRuns& added) {
  std::vector<MeasuredRun> runs = model_.runs();
  // A table that is opened again takes the place of its rows.
  const auto again = [&](const MeasuredRun& run) {
    return run.group != QLatin1String("validate") &&
           std::any_of(added.runs.begin(), added.runs.end(),
                       [&](const MeasuredRun& each) { return each.id == run.id; });
  };
  std::erase_if(runs, again);
  runs.insert(runs.end(), added.runs.begin(), added.runs.end());
  if (!added.sources.empty()) sources_ = added.sources;
  fitted_.clear();
  calibrations_.clear();
  setRuns(std::move(runs));
  if (!added.runs.empty()) metric_->setCurrentText(added.runs.front().metric);
}

void ValidationView::setRuns(std::vector<MeasuredRun> runs) {
  QStringList metrics;
  for (const MeasuredRun& run : runs)
    if (!metrics.contains(run.metric)) metrics << run.metric;
  const QString before = metric_->currentText();
  {
    const QSignalBlocker quiet(metric_);
    metric_->clear();
    metric_->addItems(metrics);
    if (metrics.contains(before)) metric_->setCurrentText(before);
  }
  const EvaluationPtr& evaluation = selection_.evaluation();
  model_.set(std::move(runs), evaluation ? subjectOf(evaluation->scenario) : RunSubject{});
  refresh();
  table_->resizeColumnsToContents();
}

void ValidationView::forgetAll() {
  sources_.clear();
  fitted_.clear();
  calibrations_.clear();
  table_file_.clear();
  refused_.reset();
  setRuns({});
}

int ValidationView::chosen() const {
  const QModelIndex row = sorted_.mapToSource(table_->currentIndex());
  return row.isValid() ? row.row() : -1;
}

void ValidationView::choose(int run) {
  const QModelIndex row = sorted_.mapFromSource(model_.index(run, 0));
  if (!row.isValid()) return;
  metric_->setCurrentText(model_.runs()[static_cast<std::size_t>(run)].metric);
  table_->setCurrentIndex(row);
  refresh();
}

// By kind of operation of the chosen run; else round a fit, the rows that were worst; else by source.
std::vector<Residual> ValidationView::residualsOf(int run, QString& title) const {
  std::vector<Residual> rows;
  if (run >= 0 && !model_.runs()[static_cast<std::size_t>(run)].parts.empty()) {
    const MeasuredRun& chosen = model_.runs()[static_cast<std::size_t>(run)];
    title = tr("error by kind of operation, %1").arg(chosen.id);
    for (const ComparedPart& part : chosen.parts) rows.push_back({part.name, part.value.error, {}});
    rows.push_back({tr("total"), chosen.value->error, {}});
    return rows;
  }
  for (const MeasuredRun& each : model_.runs())
    if (each.before && each.after && each.metric == metric_->currentText())
      rows.push_back({each.id, *each.after, each.before});
  if (!rows.empty()) {
    title = tr("error after the fit (filled) and before (hatched)");
    std::stable_sort(rows.begin(), rows.end(), [](const Residual& a, const Residual& b) {
      return std::abs(*a.before) > std::abs(*b.before);
    });
    rows.resize(std::min(rows.size(), most_residuals));
    return rows;
  }
  title = tr("mean signed error by kind and source");
  for (const SourceError& source : sources_)
    rows.push_back({tr("%1 (%2)").arg(source.name).arg(source.rows), source.bias, {}});
  return rows;
}

QString ValidationView::words() const { return words_->text(); }

void ValidationView::refresh() {
  const std::vector<MeasuredRun>& runs = model_.runs();
  const int run = chosen();
  plot_->show(runs, metric_->currentText(), run);
  QString title;
  std::vector<Residual> residuals = residualsOf(run, title);
  residuals_->show(std::move(residuals), title);
  const auto count = [&](auto is) { return std::count_if(runs.begin(), runs.end(), is); };
  const auto judged = count([](const MeasuredRun& each) { return each.value && each.value->hasInterval(); });
  const auto inside = count([](const MeasuredRun& each) { return each.value && each.value->inside; });
  const auto unmatched = count([](const MeasuredRun& each) { return !each.value; });
  const bool fitted = count([](const MeasuredRun& each) { return each.after.has_value(); }) > 0;
  QString text = runs.size() == 1 ? tr("1 run") : tr("%1 runs").arg(runs.size());
  if (judged == 1 && runs.size() == 1)
    text += inside > 0 ? tr(", inside the 90 % interval of its prediction")
                       : tr(", outside the 90 % interval of its prediction");
  else if (judged > 0)
    text += tr(", %1 of %2 inside the 90 % interval of their prediction").arg(inside).arg(judged);
  if (unmatched > 0) text += tr(", %1 that no prediction matches").arg(unmatched);
  words_->setText(text + QStringLiteral(".  ") + fitted_);
  words_->setVisible(!runs.empty());
  for (const RunColumn column : {RunColumn::before, RunColumn::after})
    table_->setColumnHidden(static_cast<int>(column), !fitted);
  to_table_->setEnabled(!table_file_.isEmpty());
  to_table_->setText(table_file_.isEmpty() ? tr("To a &table of measurements (open one first)")
                                           : tr("To %1").arg(QFileInfo(table_file_).fileName()));
  save_->setEnabled(!calibrations_.isEmpty());
  metric_->setVisible(metric_->count() > 1);
  pages_->setCurrentIndex(runs.empty() ? 0 : 1);
}

void ValidationView::paintTo(QPainter& painter, const QRect& area) const {
  if (model_.runs().empty()) {
    painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, empty_->text());
    return;
  }
  const int left = area.width() * 45 / 100;
  plot_->paintTo(painter, QRect(area.left(), area.top(), left, area.height()));
  residuals_->paintTo(painter, QRect(area.left() + left, area.top(), area.width() - left, area.height()));
}

}  // namespace gui
