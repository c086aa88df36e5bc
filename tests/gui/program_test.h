#pragma once
#include <QObject>

class ProgramTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void picturesNeedNoDisplay();
  void exportsNeedNoDisplay();
  void withoutADisplayItSaysSo();
  void mistakesAreNamed_data();
  void mistakesAreNamed();
};
