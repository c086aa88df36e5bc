// The program itself in a real window of a real X server, driven by real key presses and clicks.
#pragma once

#include <QObject>

class ScreenTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void aSessionByKeyboardAndMouse();
  void aKilledProgramGivesTheEditBack();
};
