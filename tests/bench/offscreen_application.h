// The one QApplication of the benchmarks that paint; it needs no screen.
#pragma once

#include <QApplication>

inline QApplication& offscreen_application() {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  static int argc = 1;
  static char name[] = "bench";
  static char* argv[] = {name, nullptr};
  static QApplication application(argc, argv);
  return application;
}
