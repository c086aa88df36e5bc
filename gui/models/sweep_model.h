// The map of winners as a table: a row for each number of nodes, a column for each sequence.
#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "gui/jobs/sweep_job.h"
#include "gui/jobs/sweep_simulation_job.h"

namespace gui {

class SweepModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  using QAbstractTableModel::QAbstractTableModel;

  void reset(const costmodel::Scenario& scenario, const SweepGrid& grid);
  void setPoint(std::size_t index, const costmodel::SweepPoint& point);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  std::string sequenceAt(int column) const { return grid_.sequences[static_cast<std::size_t>(column)]; }
  std::int64_t tokensAt(int column) const;
  std::string nodesAt(int row) const { return grid_.nodes[static_cast<std::size_t>(row)]; }
  const costmodel::SweepPoint* pointAt(const QModelIndex& index) const;  // nullptr: not there yet
  const SweepGrid& grid() const { return grid_; }
  // What a simulation of the winners found; for points of another grid nothing happens.
  void setSimulated(const SweepSimulationAnswer& answer);
  // One line per point, with the reason where nothing runs.
  QString csv() const;

 private:
  QString text(const QModelIndex& at) const;
  QString tip(const QModelIndex& at) const;
  const SimulatedWinner* simulatedAt(std::size_t point) const;  // nullptr: not simulated
  std::size_t pointOf(const QModelIndex& index) const;
  bool isPresent(const QModelIndex& index) const;

  SweepGrid grid_;
  std::vector<std::optional<costmodel::SweepPoint>> points_;
  std::vector<std::optional<SimulatedWinner>> simulated_;
  bool whole_model_ = false;
  std::string present_sequence_;
  std::string present_nodes_;
};

}  // namespace gui
