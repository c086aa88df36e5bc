// Which plan wins where: the map of winners over sequences and nodes, and by how much: the curves beside it.
// Both fill while the sweep runs; a click on a cell or a point loads that scenario.
#pragma once

#include <QWidget>

#include "gui/document/project.h"
#include "gui/models/sweep_model.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace gui {

class SweepCurves;

class SweepView : public QWidget {
  Q_OBJECT

 public:
  explicit SweepView(Project& project, QWidget* parent = nullptr);

  void start();  // doublings round the scenario
  // Finer steps inside the cells that are selected in the map; nothing happens with fewer than two.
  void refine();
  QPushButton& refineButton() { return *refine_; }
  QPushButton& simulateButton() { return *simulate_; }
  // The answer to simulationWanted; one of another scenario or grid is dropped.
  void takeSimulated(const SweepSimulationAnswer& answer);
  void cancel() { job_.cancel(); }
  bool running() const { return job_.running(); }
  QTableView& map() { return *map_; }
  SweepCurves& curves() { return *curves_; }
  QString csv() const { return model_.csv(); }

 Q_SIGNALS:
  void simulationWanted(const gui::SweepSimulationRequest& request);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void showCurves();
  void startOn(const SweepGrid& grid);
  std::optional<SweepLimits> chosenLimits() const;

  void load(const QModelIndex& index);
  void refresh();

  Project& project_;
  SweepModel model_;
  SweepJob job_;
  QPushButton* button_;
  QPushButton* refine_;
  QPushButton* simulate_;
  QProgressBar* progress_;
  QLabel* words_;
  QTableView* map_;
  SweepCurves* curves_;
  int revision_ = -1;  // of the project that was swept
};

}  // namespace gui
