// The machine: GPUs, what joins them in a node, network cards and the fabric, each link in the colour of how
// full it was at one moment.  A click chooses a link.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "gui/models/link_places.h"
#include "gui/timeline/range_stack.h"

namespace gui {

class LinkTopology : public QWidget {
  Q_OBJECT

 public:
  explicit LinkTopology(QWidget* parent = nullptr);

  void setUse(LinkUsePtr use, const LinkTotals& totals, const costmodel::ClusterSpec& cluster);
  // One moment, or the mean of a range.
  void show(std::optional<double> moment, TimeRange range);
  void choose(const QString& link);

  // Painted links and where: for hits and for tests.
  struct Spot {
    QRectF place;
    std::vector<std::size_t> links;  // the fullest of them gives the colour
    QString what;
  };
  std::vector<Spot> spotsIn(const QRectF& area) const;
  // The fullest link of a spot and how full it is; nothing where none was recorded.
  struct Fullest {
    std::size_t link = 0;
    double share = 0;
  };
  std::optional<Fullest> fullest(const Spot& spot) const;

  void paintTo(QPainter& painter, const QRect& area) const;
  QSize sizeHint() const override { return {320, 320}; }
  QSize minimumSizeHint() const override { return {160, 120}; }

 Q_SIGNALS:
  void linkChosen(const QString& link);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  struct Drawing;
  Drawing drawingIn(const QRectF& area) const;
  void addNode(Drawing& drawing, const NodePlace& node, const QRectF& box) const;
  void addFabric(Drawing& drawing, const QRectF& band) const;
  QString describe(const Spot& spot) const;
  const Spot* spotAt(const std::vector<Spot>& spots, QPointF point) const;
  void chooseSpot(const Spot& spot);

  LinkUsePtr use_;
  LinkTotals totals_;
  LinkPlaces places_;
  std::optional<double> moment_;
  TimeRange range_;
  QString chosen_;
};

}  // namespace gui
