// Keeps the timeline at the current plan above the baseline.  Recording both takes a millisecond or two (30
// for a ring of 1,024 GPUs), so it is done at once: then all views are painted together.
#pragma once

#include <QWidget>

#include "gui/document/selection.h"
#include "gui/timeline/timeline_view.h"

class QLabel;

namespace gui {

// Few that stand for the others, or one after the other from the first on.
enum class ShownGpus { representative, all };
constexpr int most_shown_gpus = 64;

class TimelinePanel : public QWidget {
  Q_OBJECT

 public:
  explicit TimelinePanel(Selection& selection, QWidget* parent = nullptr);

  TimelineView& view() { return *view_; }
  ShownGpus gpus() const { return gpus_; }
  void setGpus(ShownGpus gpus);
  // Whether it shows the present selection.
  bool upToDate() const { return shown_.sameAs(present()); }
  // Does nothing when it is up to date: for the first screen.
  void recordNow();
  void paintTo(QPainter& painter, const QRect& area) {
    recordNow();
    view_->paintTo(painter, area);
  }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  struct Request {
    EvaluationPtr evaluation;
    int current = -1;
    int baseline = -1;
    ShownGpus gpus = ShownGpus::representative;
    bool sameAs(const Request& other) const;
  };
  struct Traces {
    TimelineTrace current;
    TimelineTrace baseline;
    QString problem;
  };

  Request present() const;
  void showTraces(const Request& request, const Traces& traces);
  static Traces recorded(const Request& request);

  Selection& selection_;
  TimelineView* view_;
  QLabel* empty_;
  ShownGpus gpus_ = ShownGpus::representative;
  Request shown_;
};

}  // namespace gui
