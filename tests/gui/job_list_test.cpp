#include "tests/gui/job_list_test.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QFile>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTimer>
#include <QtTest>

#include "gui/jobs/job_bar.h"
#include "gui/jobs/rows_job.h"
#include "gui/views/jobs_view.h"
#include "gui/views/sweep_view.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

namespace {

// A program that does what its shell line says, in the place of ringside.
class Program {
 public:
  explicit Program(const char* line) {
    const QString path = folder_.filePath(QStringLiteral("program"));
    QFile file(path);
    if (file.open(QIODevice::WriteOnly)) file.write(QByteArray("#!/bin/sh\n") + line + "\n");
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    qputenv("RINGSIDE_COMMAND", path.toLocal8Bit());
  }

 private:
  QTemporaryDir folder_;
};

Job* added(JobQueue& queue, const char* table = "rows.csv") {
  auto* job = new ReproductionJob(QString::fromLatin1(table));
  queue.add(job);
  return job;
}

}  // namespace

void JobListTest::noMoreThanTheCoresRun() {
  const Program program("exec sleep 60");
  JobQueue queue(2);
  for (int i = 0; i < 5; ++i) added(queue);
  QCOMPARE(queue.runningCount(), 2);
  QCOMPARE(queue.waitingCount(), 3);
  queue.jobs()[0]->cancel();
  QTRY_COMPARE(queue.runningCount(), 2);
  QCOMPARE(queue.waitingCount(), 2);
  QElapsedTimer timer;
  timer.start();
  queue.cancelAll();
  QVERIFY(timer.elapsed() < 100);
  QCOMPARE(queue.runningCount() + queue.waitingCount(), 0);
  QTest::qWait(50);
  QVERIFY(!queue.busy());  // none of those that waited was started
}

void JobListTest::aCrashLeavesTheOthersAlone() {
  const Program program(
      "case \"$*\" in *crash*) echo last words >&2; kill -ABRT $$;; *) sleep 0.3; "
      "echo '{\"schema\": \"ringside/reproduce/1\", \"rows\": [], \"sources\": []}';; esac");
  JobQueue queue(3);
  Job* crashing = added(queue, "crash.csv");
  Job* good = added(queue);
  QTRY_VERIFY_WITH_TIMEOUT(crashing->over() && good->over(), 10000);
  QCOMPARE(crashing->state(), JobState::failed);
  QVERIFY2(crashing->message().contains(QStringLiteral("last words")), qPrintable(crashing->message()));
  const QString log = JobsView(queue).log();
  QVERIFY2(log.contains(QStringLiteral("last words")) && log.contains(QStringLiteral("failed")),
           qPrintable(log));
  QCOMPARE(good->state(), JobState::done);
  QVERIFY(good->seconds() > 0.25);
}

void JobListTest::cancellingStartsTheNext() {
  const Program program("exec sleep 60");
  JobQueue queue(1);
  Job* first = added(queue);
  Job* second = added(queue);
  QCOMPARE(second->state(), JobState::waiting);
  first->cancel();
  QTRY_VERIFY(second->running());
  second->cancel();
  QCOMPARE(second->state(), JobState::cancelled);
}

void JobListTest::theTableFollows() {
  const Program program("echo '{\"progress\": 0.5}' >&2; exec sleep 60");
  JobQueue queue(1);
  JobTableModel model(queue);
  QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  Job* job = added(queue);
  added(queue, "later.csv");
  QCOMPARE(model.rowCount(), 2);
  const auto text = [&](int row, JobColumn column) {
    return model.index(row, static_cast<int>(column)).data().toString();
  };
  QCOMPARE(text(0, JobColumn::subject), QStringLiteral("the rows of later.csv"));  // the newest first
  QCOMPARE(text(0, JobColumn::state), QStringLiteral("waiting"));
  QTRY_COMPARE(text(1, JobColumn::progress), QStringLiteral("50 %"));
  job->cancel();
  QCOMPARE(text(1, JobColumn::state), QStringLiteral("cancelled"));
  queue.cancelAll();
  queue.forgetOver();
  QCOMPARE(model.rowCount(), 0);
}

void JobListTest::theKeyboardCancels() {
  const Program program("exec sleep 60");
  JobQueue queue(1);
  JobsView view(queue);
  view.show();
  Job* job = added(queue);
  view.table().setFocus();
  QTest::keyClick(&view.table(), Qt::Key_Escape);
  QCOMPARE(job->state(), JobState::cancelled);
}

void JobListTest::theSweepIsListed() {
  auto session = std::make_unique<Session>();
  QVERIFY(!session->project.openExample());
  session->evaluator.evaluateNow();
  MainWindow window(*session, MainWindow::Memory::none);
  window.startSweep();
  QCOMPARE(window.queue().runningCount(), 1);
  QCOMPARE(window.queue().jobs().front()->kind(), QStringLiteral("Sweep"));
  QVERIFY(window.sweep().running());
  window.queue().cancelAll();
  QVERIFY(!window.sweep().running());
  QVERIFY(!window.jobs().running());
}

void JobListTest::whatIsOverIsForgotten() {
  const Program program("exit 3");
  JobQueue queue(4);
  for (int i = 0; i < 120; ++i) {
    added(queue);
    if (i % 4 == 3) QTRY_VERIFY_WITH_TIMEOUT(!queue.busy(), 10000);
  }
  QVERIFY(queue.jobs().size() <= 104);
  queue.forgetOver();
  QVERIFY(queue.jobs().empty());
}

// A job of a moment is not asked about; one that has run for seconds is.
void JobListTest::closingAsksOnlyWhenWorkIsLost() {
  const Program program("exec sleep 60");
  auto session = openedSession();
  MainWindow window(*session, MainWindow::Memory::none);
  window.show();
  Job* job = added(window.queue());
  int asked = 0;
  QMessageBox::StandardButton answer = QMessageBox::Cancel;
  QTimer clicker;
  clicker.setInterval(20);
  connect(&clicker, &QTimer::timeout, &window, [&] {
    auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
    if (box == nullptr) return;
    ++asked;
    box->button(answer)->click();
  });
  clicker.start();
  QTRY_VERIFY(job->running());
  QTest::qWait(3200);
  QVERIFY(!window.close());
  QCOMPARE(asked, 1);
  QVERIFY(window.isVisible());
  QVERIFY(job->running());
  answer = QMessageBox::Close;
  QVERIFY(window.close());
  QCOMPARE(asked, 2);
  // Another window with a young job closes without a word.
  MainWindow other(*session, MainWindow::Memory::none);
  other.show();
  Job* young = added(other.queue());
  QTRY_VERIFY(young->running());
  QVERIFY(other.close());
  QCOMPARE(asked, 2);
}
