#pragma once
#include <QObject>

class ProgramTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void picturesNeedNoDisplay();
  void exportsNeedNoDisplay();
  void thePicturesOfTheDocumentsAreTheScripts();
  void withoutADisplayItSaysSo();
  void mistakesAreNamed_data();
  void mistakesAreNamed();
};
