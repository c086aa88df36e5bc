#include "tests/gui/recovery_test.h"

#include <QDir>
#include <QFile>
#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include "gui/document/recovery.h"
#include "gui/document/scenario_fields.h"
#include "gui/window/message_bar.h"
#include "gui/window/recovery_offer.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

namespace {

QStringList filesIn(const QString& folder) { return QDir(folder).entryList({QStringLiteral("*.json")}); }

// A recovery file as a program leaves it that was killed: there, and nobody holds its lock.
QString leftover(const QString& folder, const QString& path) {
  Project project;
  if (path.isEmpty() ? project.openText(quick_scenario, QStringLiteral("test.toml")) : project.open(path))
    return {};
  QTemporaryDir elsewhere;
  Recovery recovery(project, elsewhere.path());
  project.setField("sequence", "512K");
  recovery.writeNow();
  QDir().mkpath(folder);
  const QString target = QDir(folder).filePath(QStringLiteral("left.json"));
  QFile::copy(QDir(elsewhere.path()).filePath(filesIn(elsewhere.path()).value(0)), target);
  return target;
}

}  // namespace

void RecoveryTest::editsAreWrittenAndGoneWhenSaved() {
  QTemporaryDir folder;
  const QString place = folder.filePath(QStringLiteral("recovery"));
  Project project;
  QVERIFY(!project.openText(quick_scenario, QStringLiteral("test.toml")));
  {
    Recovery recovery(project, place);
    QVERIFY(!project.setField("nodes", "2"));
    QTRY_COMPARE(filesIn(place).size(), 1);
    project.undoStack().undo();  // nothing is left to save
    QCOMPARE(filesIn(place).size(), 0);
    QVERIFY(!project.setField("nodes", "8"));
    QTRY_COMPARE(filesIn(place).size(), 1);
    QVERIFY(!project.save(folder.filePath(QStringLiteral("mine.toml"))));
    QCOMPARE(filesIn(place).size(), 0);
    QVERIFY(!project.setField("nodes", "2"));
    QTRY_COMPARE(filesIn(place).size(), 1);
  }
  QCOMPARE(QDir(place).entryList(QDir::Files).size(), 0);  // closed: no file, no lock
}

void RecoveryTest::whatRunsIsNotOffered() {
  QTemporaryDir folder;
  Project one, other;
  QVERIFY(!one.openText(quick_scenario, QStringLiteral("test.toml")));
  Recovery of_one(one, folder.path()), of_other(other, folder.path());
  QVERIFY(!one.setField("nodes", "2"));
  of_one.writeNow();
  QCOMPARE(filesIn(folder.path()).size(), 1);
  QVERIFY(of_other.found().empty());
}

void RecoveryTest::aCrashGivesTheEditBack() {
  QTemporaryDir folder, files;
  const QString mine = files.filePath(QStringLiteral("mine.toml"));
  QFile file(mine);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(QByteArray::fromStdString(quick_scenario));
  file.close();
  const QString left = leftover(folder.path(), mine);
  QVERIFY(QFile::exists(left));
  Project project;
  QVERIFY(!project.openExample());
  Recovery recovery(project, folder.path());
  const std::vector<RecoveredProject> found = recovery.found();
  QCOMPARE(found.size(), std::size_t{1});
  QCOMPARE(found.front().path, mine);
  // Present edits are not thrown away for it.
  QVERIFY(!project.setField("nodes", "3"));
  QVERIFY(recovery.restore(found.front()).has_value());
  QVERIFY(QFile::exists(left));
  project.undoStack().undo();
  QVERIFY(!recovery.restore(found.front()));
  QCOMPARE(project.path(), mine);
  QCOMPARE(fieldText(project.scenario(), "sequence"), std::string("512K"));
  QVERIFY(!project.undoStack().isClean());
  QVERIFY(!QFile::exists(left));
  QCOMPARE(filesIn(folder.path()).size(), 1);  // now its own
  project.undoStack().undo();
  QCOMPARE(project.document().text, quick_scenario);
}

void RecoveryTest::whatCannotBeReadIsLeftAlone() {
  QTemporaryDir folder;
  for (const auto& [name, text] : std::vector<std::pair<QString, QByteArray>>{
           {QStringLiteral("a.json"), "not json"},
           {QStringLiteral("b.json"), "{\"ringside_recovery\": 2, \"path\": \"\"}"},
           {QStringLiteral("c.json"), "{\"ringside_recovery\": 1, \"path\": 7}"}}) {
    QFile file(folder.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
  }
  Project project;
  Recovery recovery(project, folder.path());
  QVERIFY(recovery.found().empty());
  QCOMPARE(filesIn(folder.path()).size(), 3);
}

void RecoveryTest::theWindowOffersIt() {
  QTemporaryDir folder;
  QVERIFY(!leftover(folder.path(), {}).isEmpty());
  auto session = openedSession();
  MainWindow window(*session, MainWindow::Memory::none);
  Recovery recovery(session->project, folder.path());
  offerRecovered(recovery, window.messages());
  window.show();
  QVERIFY(window.messages().message().contains(QStringLiteral("test.toml")));
  const auto buttons = window.messages().findChildren<QPushButton*>();
  QCOMPARE(buttons.size(), 2);
  QTest::keyClick(buttons.front(), Qt::Key_Space);
  QCOMPARE(fieldText(session->project.scenario(), "sequence"), std::string("512K"));
  QVERIFY(window.messages().message().isEmpty());
  QVERIFY(window.isWindowModified());
}
