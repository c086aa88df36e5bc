#include "gui/window/run.h"

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QIcon>
#include <cstdio>
#include <functional>

#include "gui/jobs/job_queue.h"
#include "gui/views/links_view.h"
#include "gui/views/sweep_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/validation_view.h"
#include "gui/window/command_line.h"
#include "gui/window/first_project.h"
#include "gui/window/main_window.h"
#include "gui/window/message_bar.h"
#include "gui/window/preferences.h"
#include "gui/window/recovery_offer.h"

namespace gui {

namespace {

constexpr int bad_input = 2;
constexpr int failed = 3;

void say(const QString& text) {
  std::fputs((QStringLiteral("ringside-gui: ") + text + QLatin1Char('\n')).toLocal8Bit().constData(), stderr);
}

// Without a window two of Qt's warnings mean nothing and would hide ours.
void dropNoise(QtMsgType, const QMessageLogContext&, const QString& message) {
  if (message.contains(QLatin1String("propagateSizeHints")) ||
      message.contains(QLatin1String("XDG_RUNTIME_DIR")) ||
      message.contains(QLatin1String("does not support raise")))
    return;
  std::fputs((message + QLatin1Char('\n')).toLocal8Bit().constData(), stderr);
}

// A display on this machine has a socket; one on another is taken on trust.
bool hasDisplay() {
  if (qEnvironmentVariableIsSet("QT_QPA_PLATFORM") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY"))
    return true;
  const QString display = qEnvironmentVariable("DISPLAY");
  if (display.isEmpty()) return false;
  if (!display.startsWith(QLatin1Char(':'))) return true;
  return QFile::exists(QStringLiteral("/tmp/.X11-unix/X") + display.mid(1).section(QLatin1Char('.'), 0, 0));
}

QStringList plainArguments(int argc, char** argv) {
  QStringList arguments;
  for (int i = 0; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
  return arguments;
}

// Pictures come from what the command line names, not from the folder.
StartPlaces placesOf(const CommandLine& line) {
  if (line.example || line.picture()) return {line.file, {}, {}};
  return {line.file, QDir::currentPath(), Preferences().lastFile()};
}

// The names of the command line; what is wrong with them, empty when nothing is.
QString choosePlans(Session& session, const CommandLine& line) {
  QStringList known;
  for (const costmodel::PlanReport& report : session.selection.evaluation()->reports)
    known << QString::fromStdString(costmodel::plan_family(report.price.plan));
  known.removeDuplicates();
  const auto complaint = [&](const QString& flag, const QString& name) {
    return QStringLiteral("%1: there is no plan \"%2\"; known here: %3")
        .arg(flag, name, known.join(QStringLiteral(", ")));
  };
  if (!line.plan.isEmpty() && !session.selection.chooseCurrent(line.plan.toStdString()))
    return complaint(QStringLiteral("--plan"), line.plan);
  if (!line.baseline.isEmpty() && !session.selection.chooseBaseline(line.baseline.toStdString()))
    return complaint(QStringLiteral("--baseline"), line.baseline);
  return {};
}

// What the command line says instead of the file; what is wrong with it, empty when nothing is.
QString setFields(Project& project, const CommandLine& line) {
  for (const auto& [key, value] : line.fields)
    if (const Problem problem = project.setField(key, value.toStdString()))
      return QStringLiteral("--%1: %2")
          .arg(QString::fromStdString(key).replace(QLatin1Char('_'), QLatin1Char('-')), *problem);
  return {};
}

WindowLayout layoutOf(const QString& name) {
  if (name == QLatin1String("timeline")) return WindowLayout::timeline;
  return name == QLatin1String("sweep") ? WindowLayout::sweep : WindowLayout::overview;
}

// Views that need a job get it, and wait for it; in a screenshot the view's dock is in front.
void prepareView(MainWindow& window, const CommandLine& line) {
  const auto wait = [](const std::function<bool()>& busy) {
    while (busy()) QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    QApplication::processEvents();
  };
  if (line.view == QLatin1String("sweep")) {
    window.startSweep();
    wait([&] { return window.sweep().running(); });
  }
  if (line.view == QLatin1String("links") || line.view == QLatin1String("links-matrix")) {
    window.simulateCurrent();
    wait([&] { return window.queue().busy() || window.links().reading(); });
  }
  if (!line.measured.isEmpty())
    window.openMeasured(line.measured);
  else if (line.view == QLatin1String("validation"))
    window.validation().validateCurrent();
  wait([&] { return window.queue().busy(); });
  const QString dock = line.view + QStringLiteral("Dock");
  if (!line.screenshot.isEmpty() && window.findChild<QDockWidget*>(dock) != nullptr) window.raiseDock(dock);
  QApplication::processEvents();
}

int writePictures(MainWindow& window, const CommandLine& line) {
  window.resize(line.size);
  window.show();
  window.applyLayout(layoutOf(line.layout));
  QApplication::processEvents();
  prepareView(window, line);
  if (!line.screenshot.isEmpty() && !window.grab().save(line.screenshot)) {
    say(QStringLiteral("%1 cannot be written; expected a name such as window.png in a folder that exists")
            .arg(line.screenshot));
    return failed;
  }
  if (line.export_to.isEmpty()) return 0;
  const std::vector<ExportedView> views = window.exportedViews();
  const ExportedView* view = findView(views, line.view);
  if (view == nullptr) {
    QStringList names;
    for (const ExportedView& each : views) names << each.name;
    say(QStringLiteral("--view: there is no view \"%1\"; expected one of %2")
            .arg(line.view, names.join(QStringLiteral(", "))));
    return bad_input;
  }
  const QString problem = exportView(*view, line.export_to);
  if (!problem.isEmpty()) say(problem);
  return problem.isEmpty() ? 0 : failed;
}

}  // namespace

int run(int argc, char** argv) {
  const ParsedCommandLine parsed = parseCommandLine(plainArguments(argc, argv));
  if (parsed.exit) {
    std::fputs(parsed.exit->text.toLocal8Bit().constData(), parsed.exit->status == 0 ? stdout : stderr);
    return parsed.exit->status;
  }
  const CommandLine& line = parsed.line;
  if (line.picture()) {
    qInstallMessageHandler(dropNoise);
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (line.scale != 1) qputenv("QT_SCALE_FACTOR", QByteArray::number(line.scale));
  } else if (!hasDisplay()) {
    say(QStringLiteral(
        "there is no display.  Pictures and tables need none: --screenshot window.png, or --export "
        "table.csv --view table"));
    return bad_input;
  }
  QApplication application(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("ringside"));
  QApplication::setApplicationName(QStringLiteral("ringside-gui"));
  QApplication::setApplicationVersion(QStringLiteral(RINGSIDE_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("org.ringside.Ringside"));
  applyScheme(application, line.scheme.value_or(line.picture() ? Scheme::light : Preferences().scheme()));

  Session session;
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/ringside.svg")));
  const Problem problem = openFirst(session.project, placesOf(line));
  const bool nothing_opened = session.project.revision() == 0;
  if (problem && (line.picture() || nothing_opened)) {
    say(*problem);
    return nothing_opened ? failed : bad_input;
  }
  if (const QString complaint = setFields(session.project, line); !complaint.isEmpty()) {
    say(complaint);
    return bad_input;
  }
  session.evaluator.evaluateNow();
  if (const QString complaint = choosePlans(session, line); !complaint.isEmpty()) {
    say(complaint);
    return bad_input;
  }
  MainWindow window(session, line.picture() ? MainWindow::Memory::none : MainWindow::Memory::persistent);
  window.timeline().recordNow();
  if (problem) window.messages().showMessage(shownInstead(*problem));
  if (line.picture()) return writePictures(window, line);
  if (!session.project.path().isEmpty()) Preferences().addRecentFile(session.project.path());
  Recovery recovery(session.project, Recovery::usualFolder());
  if (!problem) offerRecovered(recovery, window.messages());
  window.show();
  if (!line.layout.isEmpty()) window.applyLayout(layoutOf(line.layout));
  if (!line.measured.isEmpty()) window.openMeasured(line.measured);
  return QApplication::exec();
}

}  // namespace gui
