// The timeline: two plans above each other on one time axis, with what was measured under what was predicted.
//
// Shows traces and lets people move through them; it computes nothing.  Names follow Qt where Qt's tools see
// them.
#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>

#include "gui/timeline/timeline_layout.h"

class QLabel;
class QLineEdit;
class QScrollBar;

namespace gui {

// What other views learn about a slice.
struct SliceInfo {
  QString plan;
  QString name;
  int rank = 0;
  int phase = -1;      // of the plan's schedule; -1 for what was not predicted
  int operation = -1;  // of the phase
  double start = 0;    // s
  double end = 0;
};

class TimelineView : public QWidget {
  Q_OBJECT

 public:
  explicit TimelineView(QWidget* parent = nullptr);
  ~TimelineView() override;

  // A range that was chosen stays, so that edits of a plan do not lose the place.  `b` may be empty.
  void setTraces(TimelineTrace a, TimelineTrace b = {});
  // What was measured or simulated, under the prediction in that slot; empty: nothing.
  void setMeasured(PlanSlot slot, TimelineTrace trace);

  const TimelineScene& scene() const { return scene_; }
  TimelineLayout layoutFor(const QRect& area) const;  // without scrolling
  TimeRange timeRange() const { return scene_.range.now(); }
  void setTimeRange(double from, double to);
  // A moment that another view points at.
  void setCursor(std::optional<double> time);
  // Chooses what a rank sends or receives at a moment, the simulated lane first; whether there is something.
  enum class Way : std::uint8_t { out, in };
  bool selectMessage(int rank, Way way, double time);
  // Shows everything else faded; nothing: all alike again, as Escape does.
  void setFilter(const std::optional<SliceFilter>& filter);
  // Selects it and moves there; whether the plan has one.
  bool goToLongestStall(PlanSlot slot);

  // Serves the screen, PNG, SVG and PDF.
  void paintTo(QPainter& painter, const QRect& area) const;

  // Both return what went wrong, or nothing; a failed export leaves no file.
  QString exportPicture(const QString& path) const;               // .png, .svg, .pdf
  QString exportTrace(PlanSlot slot, const QString& path) const;  // Chrome trace, for Perfetto

  QSize sizeHint() const override { return {900, 360}; }
  QSize minimumSizeHint() const override { return {360, 160}; }

 public Q_SLOTS:
  void nextStall();
  void previousStall();
  void openSearch();
  void foldNode();      // or open it: that of the chosen slice or header, else the uppermost that is seen
  void foldAllNodes();  // or, when all are, open them
  void askExportPicture();
  void askExportTrace();
  void askMeasuredTrace();

 Q_SIGNALS:
  void sliceHovered(const gui::SliceInfo& slice);
  void hoverLeft();
  void sliceSelected(const gui::SliceInfo& slice);
  void timeRangeChanged(double from, double to);

 protected:
  bool event(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  enum class Drag : std::uint8_t { none, range, ruler };

  void addMenu();
  void tracesChanged(double length_before);
  void layOut();
  void changeRange(const std::function<void(RangeStack&)>& change);
  void select(const std::optional<SliceRef>& slice);
  void reveal(const SliceRef& slice);
  void hover(const QPointF& point);
  void goToStall(int direction);
  void goToMatch(int direction);
  void moveSelection(int rows, int slices);
  void moveDown(int stops);
  void enterRow(const RowPlace& row);
  void toggleNode(const NodeRef& node);
  void fold(const std::set<int>& nodes);
  void openNodeOf(int rank);
  void chooseHeader(const std::optional<NodeRef>& node);
  void markRange();
  double snappedTime(const QPointF& point) const;
  void showTip(const SliceRef& slice, const QPoint& at);
  void togglePinned();
  SliceInfo infoOf(const SliceRef& slice) const;

  TimelineScene scene_;
  TimelineLayout layout_;
  QScrollBar* scroll_ = nullptr;
  QLineEdit* search_ = nullptr;
  QLabel* pinned_ = nullptr;  // what is known about a slice, to be read and copied at leisure
  QTimer tip_timer_;
  QPointF pointer_;
  QPointF pressed_;
  Drag drag_ = Drag::none;
  std::optional<double> ruler_from_;
};

}  // namespace gui

Q_DECLARE_METATYPE(gui::SliceInfo)
