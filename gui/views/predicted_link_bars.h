// Bars of how full the links of the busiest GPU are on average, as predicted.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/models/predicted_links.h"

namespace gui {

class PredictedLinkBars : public QWidget {
  Q_OBJECT

 public:
  explicit PredictedLinkBars(QWidget* parent = nullptr);

  void show(std::vector<PredictedLink> links);
  const std::vector<PredictedLink>& links() const { return links_; }
  void paintTo(QPainter& painter, const QRect& area) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::vector<PredictedLink> links_;
};

}  // namespace gui
