// How full the links are: a heat map over time and the machine beside it.  Shows the simulation of the
// current plan; until there is one, what the cost model predicts on average and a button that simulates.
#pragma once

#include <QWidget>
#include <map>

#include "gui/document/selection.h"
#include "gui/jobs/simulation_job.h"
#include "gui/views/link_heat_map.h"
#include "gui/views/link_topology.h"
#include "gui/views/predicted_link_bars.h"

class QLabel;
class QPushButton;
class QSplitter;
class QStackedLayout;

namespace gui {

// Whose link it is: the first rank of those that share it.
enum class LinkWay { out, in };
struct LinkOwner {
  int rank = 0;
  LinkWay way = LinkWay::out;
};

class LinkPlayer;

class LinksView : public QWidget {
  Q_OBJECT

 public:
  explicit LinksView(Selection& selection, QWidget* parent = nullptr);

  LinkHeatMap& heatMap() { return *heat_; }
  LinkTopology& topology() { return *topology_; }
  PredictedLinkBars& predicted() { return *predicted_; }
  QPushButton& button() { return *button_; }
  LinkPlayer& player() { return *player_; }
  QString words() const;  // above the pictures
  bool simulated() const { return heat_->use() != nullptr; }

  // Reads the answer's table on a worker thread.
  void take(const SimulationAnswer& answer);
  bool reading() const { return reading_ > 0; }
  void setSimulating(bool running);
  // Where the timeline points: a rank and a moment.
  void pointAt(int rank, double time);
  // Of the fullest link of a cell; nothing for links above the cards.
  std::optional<LinkOwner> rankOf(const LinkCell& cell) const;

  void paintTo(QPainter& painter, const QRect& area) const;
  QString csv() const;        // a line per link and slice of time
  QString matrixCsv() const;  // links x slices of time

 Q_SIGNALS:
  void simulationWanted();
  void problem(const QString& message);

 private:
  struct Shown {
    LinkUsePtr use;
    LinkTotals totals;
  };
  void keep(const costmodel::Plan& plan, int revision, const Shown& shown);
  void refresh();

  Selection& selection_;
  QLabel* words_;
  QPushButton* button_;
  QLabel* empty_;
  PredictedLinkBars* predicted_;  // what is known without a simulation
  QWidget* pictures_;
  QStackedLayout* pages_;
  LinkHeatMap* heat_;
  LinkTopology* topology_;
  LinkPlayer* player_ = nullptr;
  std::map<QString, Shown> known_;  // by every axis of the plan, of one revision
  int revision_ = -1;
  int reading_ = 0;
  QString shown_plan_;
};

}  // namespace gui
