// Runs every test object of the timeline in one program.
#include <QApplication>
#include <QFontDatabase>
#include <QtTest>

#include "tests/gui/timeline/timeline_tests.h"

int main(int argc, char** argv) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  if (QFontDatabase::families().isEmpty()) {
    qCritical("no fonts: every label would be an empty box; install fonts-dejavu-core");
    return 1;
  }
  int failed = 0;
  for (const auto make : {tests::painted_area_test, tests::range_stack_test, tests::plan_traces_test,
                          tests::timeline_keys_test, tests::filtered_rows_test, tests::folded_nodes_test,
                          tests::timeline_mouse_test, tests::trace_files_test}) {
    const std::unique_ptr<QObject> test = make();
    failed += QTest::qExec(test.get(), argc, argv);
  }
  return failed == 0 ? 0 : 1;
}
