// Keeps the timeline at the current plan above the baseline: records both on a worker thread, the newest
// request wins.
#pragma once

#include <QThreadPool>
#include <QTimer>
#include <QWidget>

#include "gui/document/selection.h"
#include "gui/timeline/timeline_view.h"

class QLabel;

namespace gui {

class TimelinePanel : public QWidget {
  Q_OBJECT

 public:
  explicit TimelinePanel(Selection& selection, QWidget* parent = nullptr);
  ~TimelinePanel() override;

  TimelineView& view() { return *view_; }
  // On this thread, at once: for the first screen, exports and tests.
  void recordNow();
  void paintTo(QPainter& painter, const QRect& area) const { view_->paintTo(painter, area); }

 private:
  struct Request {
    EvaluationPtr evaluation;
    int current = -1;
    int baseline = -1;
    friend bool operator==(const Request&, const Request&) = default;
  };
  struct Traces {
    TimelineTrace current;
    TimelineTrace baseline;
    QString problem;
  };

  Request present() const;
  void request();
  void start();
  void take(const Request& request, const Traces& traces);
  static Traces recorded(const Request& request);

  Selection& selection_;
  TimelineView* view_;
  QLabel* empty_;
  QThreadPool pool_;
  QTimer soon_;
  Request shown_;
  bool running_ = false;
};

}  // namespace gui
