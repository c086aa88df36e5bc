#include "tests/gui/jobs_test.h"

#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "costmodel/answer/search.h"
#include "costmodel/spec/scenario_override.h"
#include "gui/jobs/child_lines.h"
#include "gui/jobs/job_bar.h"
#include "gui/jobs/job_queue.h"
#include "gui/jobs/simulation_job.h"
#include "gui/jobs/sweep_simulation_job.h"
#include "gui/timeline/timeline_view.h"
#include "gui/views/timeline_panel.h"
#include "gui/window/message_bar.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

namespace {

SimulationRequest requestFor(const Session& session) {
  const costmodel::PlanReport& report = *session.selection.currentReport();
  return {session.selection.evaluation()->scenario, report.price.plan, QString::fromStdString(report.name),
          session.project.revision()};
}

// A program that does what its shell line says, whatever its arguments.
QString script(const QTemporaryDir& folder, const char* line) {
  const QString path = folder.filePath(QStringLiteral("program"));
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return {};
  file.write(QByteArray("#!/bin/sh\n") + line + "\n");
  file.close();
  file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  return path;
}

const QString command = QStringLiteral(RINGSIDE_BINARY);

}  // namespace

void JobsTest::linesComeInPieces() {
  ChildLines lines;
  QVERIFY(!lines.progress());
  lines.add("{\"prog");
  QVERIFY(!lines.progress());
  lines.add("ress\": 0.25}\nwarning: slow\n{\"progress\": 0.5}\n{\"progress\": 7}\nno end");
  QCOMPARE(*lines.progress(), 1.0);
  QCOMPARE(lines.messages(), QStringLiteral("warning: slow\nno end"));
}

void JobsTest::aSimulationAnswers() {
  auto session = openedSession();
  SimulationJob job(requestFor(*session));
  QSignalSpy progressed(&job, &SimulationJob::progressed);
  QSignalSpy failed(&job, &SimulationJob::failed);
  QSignalSpy finished(&job, &SimulationJob::finished);
  job.start(command);
  QVERIFY(finished.wait(30000));
  QCOMPARE(failed.count(), 0);
  const auto answer = finished.front().front().value<SimulationAnswer>();
  QVERIFY2(answer.impossible.isEmpty(), qPrintable(answer.impossible));
  const double predicted = session->selection.currentReport()->price.time.value;
  QVERIFY(std::abs(answer.analytic / predicted - 1) < 1e-9);  // the very plan that was asked about
  QVERIFY(answer.simulated / predicted > 0.9 && answer.simulated / predicted < 1.5);
  QVERIFY(QFile::exists(answer.trace));
  QVERIFY(progressed.count() >= 1);
}

void JobsTest::aWindowShowsTheAnswer() {
  qputenv("RINGSIDE_COMMAND", RINGSIDE_BINARY);
  auto session = openedSession();
  MainWindow window(*session, MainWindow::Memory::none);
  window.timeline().recordNow();
  window.show();
  QSignalSpy finished(&window.queue(), &JobQueue::ended);
  window.simulateCurrent();
  QVERIFY(window.jobs().isVisible());
  QVERIFY(finished.wait(30000));
  QVERIFY(!window.jobs().isVisible());
  QVERIFY2(window.messages().message().startsWith(QStringLiteral("Simulated ")),
           qPrintable(window.messages().message()));
  QVERIFY(window.timeline().view().scene().trace(PlanSlot::upper, TraceLayer::measured) != nullptr);
  // Another plan has another simulation.
  session->selection.chooseCurrent("ring");
  window.timeline().recordNow();
  QVERIFY(window.timeline().view().scene().trace(PlanSlot::upper, TraceLayer::measured) == nullptr);
}

void JobsTest::aLayerOfAStepLiesUnderItsPrediction() {
  qputenv("RINGSIDE_COMMAND", RINGSIDE_BINARY);
  auto session = openedSession(
      "[model]\npreset = \"llama-7b\"\n\n[cluster]\npreset = \"dgx-a100-80gb\"\n\n"
      "[workload]\nphase = \"training_step\"\nsequence = \"64K\"\n");
  MainWindow window(*session, MainWindow::Memory::none);
  window.show();
  QSignalSpy ended(&window.queue(), &JobQueue::ended);
  window.simulateCurrent();
  QVERIFY(ended.wait(60000));
  const TimelineScene& scene = window.timeline().view().scene();
  const PreparedTrace* predicted = scene.trace(PlanSlot::upper, TraceLayer::predicted);
  const PreparedTrace* simulated = scene.trace(PlanSlot::upper, TraceLayer::measured);
  QVERIFY(predicted != nullptr);
  QVERIFY2(simulated != nullptr, qPrintable(window.messages().message()));
  // One layer forward and backward, not 32 and not the rest of the step.
  QVERIFY2(std::abs(simulated->trace.duration / predicted->trace.duration - 1) < 0.1,
           qPrintable(QStringLiteral("%1 s, predicted %2 s")
                          .arg(simulated->trace.duration)
                          .arg(predicted->trace.duration)));
}

void JobsTest::cancellingIsQuick() {
  QTemporaryDir folder;
  auto session = openedSession();
  SimulationJob job(requestFor(*session));
  QSignalSpy cancelled(&job, &SimulationJob::cancelled);
  QSignalSpy failed(&job, &SimulationJob::failed);
  job.start(script(folder, "exec sleep 60"));
  QTest::qWait(50);
  QVERIFY(job.running());
  QElapsedTimer timer;
  timer.start();
  job.cancel();
  QCOMPARE(cancelled.count(), 1);
  QVERIFY(!job.running());
  QVERIFY(timer.elapsed() < 100);
  QTest::qWait(100);
  QCOMPARE(failed.count(), 0);  // its end is no failure
}

void JobsTest::aCrashCostsOnlyTheJob() {
  QTemporaryDir folder;
  auto session = openedSession();
  for (const auto& [line, words] : std::vector<std::pair<const char*, const char*>>{
           {"echo last words >&2; kill -SEGV $$", "last words"},
           {"echo out of cards >&2; exit 3", "out of cards"},
           {"echo '{\"error\": {\"message\": \"no such plan\"}}'; exit 2", "no such plan"},
           {"echo nonsense", "exit status 0"},
           {"echo '{\"time\": 3}'", "cannot be read"}}) {
    SimulationJob job(requestFor(*session));
    QSignalSpy failed(&job, &SimulationJob::failed);
    job.start(script(folder, line));
    QVERIFY2(failed.count() == 1 || failed.wait(5000), line);
    QVERIFY2(failed.front().front().toString().contains(QString::fromLatin1(words)),
             qPrintable(failed.front().front().toString()));
  }
}

void JobsTest::aMissingProgramIsNamed() {
  auto session = openedSession();
  SimulationJob job(requestFor(*session));
  QSignalSpy failed(&job, &SimulationJob::failed);
  job.start(QStringLiteral("/no/such/ringside"));
  QTRY_COMPARE(failed.count(), 1);
  QVERIFY(failed.front().front().toString().contains(QStringLiteral("/no/such/ringside")));
}

void JobsTest::aStaleAnswerIsDropped() {
  qputenv("RINGSIDE_COMMAND", RINGSIDE_BINARY);
  auto session = openedSession();
  MainWindow window(*session, MainWindow::Memory::none);
  QSignalSpy finished(&window.queue(), &JobQueue::ended);
  window.simulateCurrent();
  QVERIFY(!session->project.setField("nodes", "2"));
  QVERIFY(finished.wait(30000));
  QVERIFY(window.messages().message().isEmpty());
}

void JobsTest::closingDuringAJobIsFine() {
  QTemporaryDir folder;
  qputenv("RINGSIDE_COMMAND", script(folder, "exec sleep 60").toLocal8Bit());
  QElapsedTimer timer;
  {
    auto session = openedSession();
    MainWindow window(*session, MainWindow::Memory::none);
    window.show();
    window.simulateCurrent();
    QTest::qWait(50);
    QVERIFY(window.jobs().running());
    timer.start();
    window.close();
  }
  QVERIFY(timer.elapsed() < 1500);
}

void JobsTest::aSweepIsSimulatedInAChild() {
  qputenv("RINGSIDE_COMMAND", RINGSIDE_BINARY);
  auto session = openedSession();
  SweepGrid grid;
  grid.sequences = {"64K", "128K"};
  grid.nodes = {"1", "2"};
  SweepSimulationJob job({session->project.scenario(), grid, 7});
  QSignalSpy finished(&job, &SweepSimulationJob::finished);
  QSignalSpy failed(&job, &SweepSimulationJob::failed);
  QSignalSpy progressed(&job, &SweepSimulationJob::progressed);
  job.start(command);
  QTRY_VERIFY_WITH_TIMEOUT(finished.count() + failed.count() > 0, 60000);
  QVERIFY2(failed.isEmpty(), qPrintable(job.message()));
  const auto answer = finished.front().front().value<SweepSimulationAnswer>();
  QCOMPARE(answer.revision, 7);
  QCOMPARE(answer.points.size(), std::size_t{4});
  for (const SimulatedWinner& winner : answer.points) {
    QVERIFY2(winner.reason.isEmpty(), qPrintable(winner.reason));
    costmodel::Scenario there = session->project.scenario();
    costmodel::apply_override(there, "nodes", winner.nodes);
    costmodel::apply_override(there, "sequence", winner.sequence);
    costmodel::Pricer pricer(there);
    const double predicted = costmodel::search_plans(pricer).ranked.front().time.value;
    QVERIFY2(winner.seconds / predicted > 0.9 && winner.seconds / predicted < 1.5,
             qPrintable(QString::number(winner.seconds / predicted)));
  }
  QVERIFY(progressed.count() >= 1);
  QCOMPARE(*job.progress(), 1.0);
  // A sweep of seconds is cancelled at once, and its processes end.
  grid.sequences = {"1M", "2M", "4M"};
  grid.nodes = {"4", "8", "16"};
  SweepSimulationJob longer({session->project.scenario(), grid, 8});
  QSignalSpy cancelled(&longer, &SweepSimulationJob::cancelled);
  longer.start(command);
  QTest::qWait(100);
  QElapsedTimer timer;
  timer.start();
  longer.cancel();
  QCOMPARE(cancelled.count(), 1);
  QVERIFY(timer.elapsed() < 100);
}
