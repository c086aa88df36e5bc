// The winning plan on a grid of sequences and nodes, computed on a worker thread point by point: what is done
// can be shown while the rest is running.  In this process, since `ringside sweep` writes nothing before its
// last point and tells nothing of the plans that lose.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <atomic>
#include <string>
#include <vector>

#include "costmodel/answer/sweep.h"
#include "gui/jobs/sweep_grid.h"

namespace gui {

// The fastest plan of every family there, the fastest first; where nothing runs, one plan with its reason.
costmodel::SweepPoint pricedPoint(const costmodel::Scenario& base, const std::string& nodes,
                                  const std::string& sequence, int threads);

class SweepJob : public QObject {
  Q_OBJECT

 public:
  explicit SweepJob(QObject* parent = nullptr);
  ~SweepJob() override;

  void start(const costmodel::Scenario& scenario, const SweepGrid& grid);
  // Returns at once; what the worker still finds is dropped.
  void cancel();
  bool running() const { return running_; }

 Q_SIGNALS:
  // Row-major: nodes, then sequences.
  void pointDone(std::size_t index, const costmodel::SweepPoint& point);
  void finished();
  void cancelled();

 private:
  QThreadPool pool_;
  std::atomic<int> wanted_{0};  // the number of the job that may go on
  bool running_ = false;
};

}  // namespace gui
