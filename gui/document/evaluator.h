// Keeps an evaluation of the project's present revision: one worker thread, the newest request wins, results
// of older revisions are dropped.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <QTimer>
#include <atomic>

#include "gui/document/evaluation.h"
#include "gui/document/project.h"

namespace gui {

class Evaluator : public QObject {
  Q_OBJECT

 public:
  explicit Evaluator(Project& project, QObject* parent = nullptr);
  ~Evaluator() override;

  const EvaluationPtr& evaluation() const { return evaluation_; }
  bool upToDate() const {
    return evaluation_ && evaluation_->revision == project_.revision() && !again_ && !soon_.isActive();
  }
  bool idle() const { return !running_ && !soon_.isActive() && !flips_soon_.isActive(); }
  // On this thread, at once and with flip points: for the first screen, exports and tests.
  void evaluateNow();
  // Shows plans beside the best of each family, from now on until the project is another.
  void pin(const std::vector<costmodel::Plan>& plans);
  const std::vector<costmodel::Plan>& pinned() const { return pinned_; }
  void unpinAll();
  // A plan that somebody keeps stays shown, with the very axes it has, whatever is edited.
  void keep(const costmodel::Plan& plan);
  void release(const costmodel::Plan& plan);
  bool isKept(const costmodel::Plan& plan) const;

 Q_SIGNALS:
  void evaluated();  // evaluation() is new
  void completed();  // it is the same, with flip points
  void keptChanged();
  void failed(const QString& message);

 private:
  void request();
  void start();
  void startFlips();
  template <class Work>
  void onWorker(Work work);
  EvaluationRequest present() const;
  void take(const EvaluationPtr& evaluation);
  void finish(const QString& problem);

  Project& project_;
  EvaluationPtr evaluation_;
  std::vector<costmodel::Plan> pinned_;
  std::vector<costmodel::Plan> kept_;
  QThreadPool pool_;
  std::atomic<int> wanted_{0};  // the newest request; a worker of an older one stops early
  QTimer soon_;                 // changes in one go are one request
  QTimer flips_soon_;           // flip points wait until the views are painted and no edit follows
  bool running_ = false;
  bool again_ = false;  // the project changed while a worker ran
};

}  // namespace gui
