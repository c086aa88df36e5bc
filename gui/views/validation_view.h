// Predicted against measured: runs of this machine and tables of measurements, how far off the predictions
// are, and what a calibration makes of them.
#pragma once

#include <QSortFilterProxyModel>
#include <QWidget>
#include <optional>

#include "gui/document/selection.h"
#include "gui/jobs/job_queue.h"
#include "gui/jobs/machine_calibration_job.h"
#include "gui/jobs/rows_job.h"
#include "gui/jobs/validation_job.h"
#include "gui/models/measured_run_model.h"
#include "gui/views/residual_bars.h"

class QAction;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QStackedLayout;
class QTableView;

namespace gui {

class ValidationPlot;

class ValidationView : public QWidget {
  Q_OBJECT

 public:
  ValidationView(Selection& selection, JobQueue& queue, QWidget* parent = nullptr);

  // Runs the current plan on the ranks of this machine, and folds what it taught into a file of calibrations
  // when one is named.
  void validateCurrent(const QString& update = {});
  void validateAndUpdate();  // asks for the file
  // A result (JSON of validate or reproduce) or a table of measurements (CSV), which a child predicts.
  void open(const QString& path);
  void calibrate();  // to the table that was opened last
  // To what is measured of this machine: "cpu", "cuda".
  void calibrateMachine(const QString& backend,
                        MachineCalibrationRequest::Effort effort = MachineCalibrationRequest::Effort::full);
  // Takes what machineRefused told of after all.
  void takeRefused();
  void saveCalibrations();
  // What is wrong with the path, empty when it was written.
  QString writeCalibrations(const QString& path) const;
  void forgetAll();

  const MeasuredRunModel& model() const { return model_; }
  QTableView& table() { return *table_; }
  ValidationPlot& plot() { return *plot_; }
  ResidualBars& residuals() { return *residuals_; }
  QSpinBox& ranks() { return *ranks_; }
  QString words() const;

  void paintTo(QPainter& painter, const QRect& area) const;
  QString csv() const { return model_.csv(); }

 Q_SIGNALS:
  void problem(const QString& message);
  // This machine was measured, but too noisily to be believed: nothing was taken.
  void machineRefused(const QString& reason);
  // A trace of the present plan on the present scenario: it may lie under the prediction.
  void traced(const QString& path);

 private:
  void makeTools(QWidget& tools);
  void start(ChildJob* job);
  void add(const MeasuredRuns& runs);
  void takeFit(const QString& table, const FitAnswer& fit, const QByteArray& calibrations);
  void judgeMachine(const MachineFit& fit, const QByteArray& calibration);
  void takeMachine(const MachineFit& fit, const QByteArray& calibration);
  void makeMenu();  // of the button Calibrate
  void setRuns(std::vector<MeasuredRun> runs);
  void refresh();
  std::vector<Residual> residualsOf(int run, QString& title) const;
  int chosen() const;
  void choose(int run);

  Selection& selection_;
  JobQueue& queue_;
  MeasuredRunModel model_;
  QSortFilterProxyModel sorted_;
  QStackedLayout* pages_ = nullptr;
  QLabel* words_ = nullptr;
  QLabel* empty_ = nullptr;
  QTableView* table_ = nullptr;
  ValidationPlot* plot_ = nullptr;
  ResidualBars* residuals_ = nullptr;
  QSpinBox* ranks_ = nullptr;
  QComboBox* backend_ = nullptr;
  QComboBox* metric_ = nullptr;
  QPushButton* calibrate_ = nullptr;
  QAction* to_table_ = nullptr;  // of its menu
  QPushButton* save_ = nullptr;
  QString table_file_;  // that was opened last
  std::vector<SourceError> sources_;
  QString fitted_;  // what the fit found, in words
  QByteArray calibrations_;
  struct RefusedFit {
    MachineFit fit;
    QByteArray calibration;
  };
  std::optional<RefusedFit> refused_;
};

}  // namespace gui
