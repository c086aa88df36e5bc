// Runs one class of tests by its name: ringside_gui_tests window [QTest's own arguments].
#include <QApplication>
#include <QStandardPaths>
#include <QtTest>
#include <cstdio>
#include <string_view>

#include "gui/look/theme.h"
#include "tests/gui/agreement_test.h"
#include "tests/gui/document_test.h"
#include "tests/gui/explore_test.h"
#include "tests/gui/job_list_test.h"
#include "tests/gui/jobs_test.h"
#include "tests/gui/limits_test.h"
#include "tests/gui/links_test.h"
#include "tests/gui/models_test.h"
#include "tests/gui/program_test.h"
#include "tests/gui/recovery_test.h"
#include "tests/gui/screen_test.h"
#include "tests/gui/session_test.h"
#include "tests/gui/sweep_test.h"
#include "tests/gui/validation_test.h"
#include "tests/gui/window_test.h"

int main(int argc, char** argv) {
  const std::string_view group = argc > 1 ? argv[1] : "";
  QApplication application(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("ringside-tests"));
  QApplication::setApplicationName(QStringLiteral("ringside-gui-tests"));
  QStandardPaths::setTestModeEnabled(true);
  gui::applyScheme(application, gui::Scheme::light);
  const auto run = [&](QObject&& test) { return QTest::qExec(&test, application.arguments().mid(1)); };
  if (group == "document") return run(DocumentTest());
  if (group == "models") return run(ModelsTest());
  if (group == "agreement") return run(AgreementTest());
  if (group == "window") return run(WindowTest());
  if (group == "explore") return run(ExploreTest());
  if (group == "sweep") return run(SweepTest());
  if (group == "jobs") return run(JobsTest());
  if (group == "job_list") return run(JobListTest());
  if (group == "limits") return run(LimitsTest());
  if (group == "links") return run(LinksTest());
  if (group == "validation") return run(ValidationTest());
  if (group == "program") return run(ProgramTest());
  if (group == "recovery") return run(RecoveryTest());
  if (group == "session") return run(SessionTest());
  if (group == "screen") return run(ScreenTest());
  std::fprintf(stderr,
               "expected document, models, agreement, window, explore, sweep, jobs, job_list, limits, links, "
               "validation, program, recovery, session or screen\n");
  return 2;
}
