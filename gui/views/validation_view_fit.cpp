// What the validation view does with calibrations: fits them to a table or to this machine, brings a file of
// them up to date by a run, saves them.
#include <QAction>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QPushButton>
#include <QSaveFile>
#include <QSpinBox>
#include <QTableView>
#include <utility>

#include "costmodel/price/quantity_text.h"
#include "gui/views/validation_view.h"

namespace gui {

namespace {
// Without what the command line says to do about it.
QString reason(const MachineFit& fit) { return fit.noise.section(QLatin1Char(';'), 0, 0); }

QString percent(double share) { return QString::fromStdString(costmodel::percent_text(share)); }
}  // namespace

void ValidationView::makeMenu() {
  auto* menu = new QMenu(calibrate_);
  to_table_ = menu->addAction(QString(), this, &ValidationView::calibrate);
  menu->addAction(tr("To the &cores of this machine"), this,
                  [this] { calibrateMachine(QStringLiteral("cpu")); });
  menu->addAction(tr("To the &GPUs of this machine"), this,
                  [this] { calibrateMachine(QStringLiteral("cuda")); });
  menu->addSeparator();
  menu->addAction(tr("Validate and bring a file up to &date..."), this, &ValidationView::validateAndUpdate);
  calibrate_->setMenu(menu);
}

void ValidationView::validateAndUpdate() {
  const QString path =
      QFileDialog::getSaveFileName(this, tr("Calibration to bring up to date"), QStringLiteral("here.toml"),
                                   tr("Calibrations (*.toml)"), nullptr, QFileDialog::DontConfirmOverwrite);
  if (!path.isEmpty()) validateCurrent(path);
}

void ValidationView::calibrate() {
  if (table_file_.isEmpty()) {
    Q_EMIT problem(tr("There is nothing to calibrate to: open a table of measurements (CSV) first."));
    return;
  }
  auto* job = new CalibrationJob(table_file_);
  connect(job, &CalibrationJob::finished, this,
          [this, table = table_file_](const FitAnswer& fit, const QByteArray& text) {
            takeFit(table, fit, text);
          });
  start(job);
}

void ValidationView::takeFit(const QString& table, const FitAnswer& fit, const QByteArray& calibrations) {
  std::vector<MeasuredRun> runs = model_.runs();
  for (MeasuredRun& run : runs)
    for (const FitAnswer::Row& row : fit.rows) {
      if (row.id != run.id || run.subject) continue;
      run.before = row.before;
      run.after = row.after;
    }
  fitted_ = tr("Fitted to %1: mean error %2 before, %3 after; %4 for rows of a source that was left out.")
                .arg(QFileInfo(table).fileName(), percent(fit.mean_before), percent(fit.mean_after),
                     percent(fit.cross_validated));
  calibrations_ = calibrations;
  setRuns(std::move(runs));
}

QString ValidationView::writeCalibrations(const QString& path) const {
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(calibrations_) != calibrations_.size() || !file.commit())
    return tr("%1 cannot be written: %2").arg(path, file.errorString());
  return {};
}

void ValidationView::saveCalibrations() {
  const QString path = QFileDialog::getSaveFileName(
      this, tr("Save the calibrations"), QStringLiteral("calibrations.toml"), tr("Calibrations (*.toml)"));
  if (path.isEmpty()) return;
  if (const QString wrong = writeCalibrations(path); !wrong.isEmpty()) Q_EMIT problem(wrong);
}

void ValidationView::calibrateMachine(const QString& backend, MachineCalibrationRequest::Effort effort) {
  auto* job = new MachineCalibrationJob({backend, ranks_->value(), effort});
  connect(job, &MachineCalibrationJob::finished, this, &ValidationView::judgeMachine);
  start(job);
}

// As the command line without --noisy.
void ValidationView::judgeMachine(const MachineFit& fit, const QByteArray& calibration) {
  refused_.reset();
  if (fit.noise.isEmpty()) {
    takeMachine(fit, calibration);
    return;
  }
  refused_ = RefusedFit{fit, calibration};
  Q_EMIT machineRefused(
      tr("The calibration to this machine was refused: %1. A machine that does nothing else "
         "would give samples to rely on.")
          .arg(reason(fit)));
}

void ValidationView::takeRefused() {
  if (!refused_) return;
  const RefusedFit taken = *std::exchange(refused_, std::nullopt);
  takeMachine(taken.fit, taken.calibration);
}

void ValidationView::takeMachine(const MachineFit& fit, const QByteArray& calibration) {
  MeasuredRuns runs;
  runs.origin = fit.machine;
  runs.runs = fit.quantities;
  add(runs);
  fitted_ = tr("Measured on %1, %2: mean error of the model %3 before, %4 after.")
                .arg(fit.machine, fit.place, percent(fit.mean_before), percent(fit.mean_after));
  if (!fit.noise.isEmpty()) fitted_ += tr("  Noisy: %1.").arg(reason(fit));
  calibrations_ = calibration;
  table_->setCurrentIndex({});
  refresh();
}

}  // namespace gui
