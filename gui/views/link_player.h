// Plays the visible range of the heat map: the moment that all views point at moves through it in some
// seconds.  Space in the heat map starts and stops it, as the button does.
#pragma once

#include <QElapsedTimer>
#include <QTimer>

class QToolButton;

namespace gui {

class LinkHeatMap;

class LinkPlayer : public QObject {
  Q_OBJECT

 public:
  LinkPlayer(LinkHeatMap& heat, QToolButton& button);

  bool playing() const { return frames_.isActive(); }
  void toggle();
  void stop();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void step();

  LinkHeatMap& heat_;
  QToolButton& button_;
  QTimer frames_;
  QElapsedTimer clock_;
  double from_ = 0;  // s, of the trace: where it began
};

}  // namespace gui
