#include "tests/gui/document_test.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "costmodel/base/error.h"
#include "gui/document/field_arithmetic.h"
#include "gui/document/scenario_fields.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

namespace {

QByteArray contents(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void writeFile(const QString& path, const std::string& text) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(QByteArray::fromStdString(text));
}

}  // namespace

void DocumentTest::arithmeticInFields_data() {
  QTest::addColumn<FieldKind>("kind");
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("present");
  QTest::addColumn<QString>("value");
  const auto row = [](const char* text, FieldKind kind, const char* present, const char* value) {
    QTest::newRow(text) << kind << QString::fromLatin1(text) << QString::fromLatin1(present)
                        << QString::fromLatin1(value);
  };
  row("1M", FieldKind::tokens, "128K", "1M");
  row("2*128K", FieldKind::tokens, "1M", "256K");
  row("1M / 4 + 4K", FieldKind::tokens, "1M", "260K");
  row("400 Gb/s", FieldKind::bandwidth, "47 GB/s", "50 GB/s");
  row("400Gb/s/2", FieldKind::bandwidth, "47 GB/s", "25 GB/s");
  row("2 * 25 GB/s", FieldKind::bandwidth, "47 GB/s", "50 GB/s");
  row("25", FieldKind::bandwidth, "47 GB/s", "25 GB/s");
  row("80 GiB - 2 GiB", FieldKind::bytes, "80 GiB", "78 GiB");
  row("96", FieldKind::bytes, "80 GiB", "96 GiB");
  row("4*8", FieldKind::count, "1", "32");
  row("3/2", FieldKind::number, "1", "1.5");
}

void DocumentTest::arithmeticInFields() {
  QFETCH(FieldKind, kind);
  QFETCH(QString, text);
  QFETCH(QString, present);
  QTEST(QString::fromStdString(evaluatedText(kind, text.toStdString(), present.toStdString())), "value");
}

void DocumentTest::wrongArithmeticSaysWhatIsRight_data() {
  QTest::addColumn<FieldKind>("kind");
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("words");
  const auto row = [](const char* text, FieldKind kind, const char* words) {
    QTest::newRow(text) << kind << QString::fromLatin1(text) << QString::fromLatin1(words);
  };
  row("", FieldKind::tokens, "a number is missing");
  row("2*", FieldKind::tokens, "a number is missing");
  row("many", FieldKind::tokens, "many");
  row("128K/0", FieldKind::tokens, "cannot divide");
  row("1K/3", FieldKind::tokens, "whole number");
  row("2 GB/s * 2 GB/s", FieldKind::bandwidth, "multiplied");
  row("2 GB/s + 1", FieldKind::bandwidth, "cannot be added");
  row("1 - 2", FieldKind::count, "less than nothing");
  row("25 GB", FieldKind::bandwidth, "GB/s");
}

void DocumentTest::wrongArithmeticSaysWhatIsRight() {
  QFETCH(FieldKind, kind);
  QFETCH(QString, text);
  QFETCH(QString, words);
  try {
    const std::string value = evaluatedText(kind, text.toStdString(), "1 GB/s");
    QFAIL(qPrintable(QStringLiteral("accepted as ") + QString::fromStdString(value)));
  } catch (const costmodel::Error& error) {
    QVERIFY2(QString::fromUtf8(error.what()).contains(words), error.what());
  }
}

void DocumentTest::everyFieldReadsBackAsItself() {
  auto session = openedSession();
  for (const Field& field : scenarioFields()) {
    const std::string before = fieldText(session->project.scenario(), field.key);
    QVERIFY2(!session->project.setField(field.key, before), field.key.c_str());
    QCOMPARE(fieldText(session->project.scenario(), field.key), before);
  }
  QVERIFY(session->project.undoStack().isClean());
}

void DocumentTest::anEditIsOneStepOfUndo() {
  auto session = openedSession();
  Project& project = session->project;
  QSignalSpy changed(&project, &Project::changed);
  QVERIFY(!project.setField("sequence", "2*512K"));
  QCOMPARE(project.scenario().workload.sequence, std::int64_t{1048576});
  QCOMPARE(project.undoStack().count(), 1);
  QCOMPARE(changed.count(), 1);
  QVERIFY(project.document().text.find("# quick") == 0);  // comments survive
  project.undoStack().undo();
  QCOMPARE(project.document().text, quick_scenario);
  QVERIFY(project.undoStack().isClean());
  project.undoStack().redo();
  QCOMPARE(fieldText(project.scenario(), "sequence"), std::string("1M"));
  QVERIFY(!project.revertField("sequence"));
  QCOMPARE(fieldText(project.scenario(), "sequence"), std::string("256K"));
}

void DocumentTest::editsOfOneFieldMerge() {
  auto session = openedSession();
  Project& project = session->project;
  for (const char* nodes : {"5", "6", "7", "8"}) QVERIFY(!project.setField("nodes", nodes));
  QCOMPARE(project.undoStack().count(), 1);
  QVERIFY(!project.setField("sequence", "1M"));
  QCOMPARE(project.undoStack().count(), 2);
  project.undoStack().undo();
  project.undoStack().undo();
  QCOMPARE(project.document().text, quick_scenario);
}

void DocumentTest::aFailedEditChangesNothing() {
  auto session = openedSession();
  Project& project = session->project;
  QSignalSpy failed(&project, &Project::fieldFailed);
  const int revision = project.revision();
  QVERIFY(project.setField("nic_bandwidth", "fast"));
  QVERIFY(project.setField("nodes", "0"));
  QVERIFY(project.setField("nothing", "1"));
  QCOMPARE(failed.count(), 3);
  QCOMPARE(project.revision(), revision);
  QCOMPARE(project.document().text, quick_scenario);
}

void DocumentTest::openSaveIsByteStable() {
  QTemporaryDir folder;
  const QString first = folder.filePath(QStringLiteral("a.toml"));
  const QString second = folder.filePath(QStringLiteral("b.toml"));
  const std::string windows =
      "# caf\xC3\xA9\r\n[model]\r\npreset = \"llama-7b\"\r\n[cluster]\r\npreset = "
      "\"dgx-h100\"\r\n[workload]\r\nsequence = \"64K\"\r\n";
  writeFile(first, windows);
  Project project;
  QVERIFY(!project.open(first));
  QVERIFY(!project.save(second));
  QCOMPARE(contents(second).toStdString(), windows);
  QVERIFY(!project.setField("sequence", "1M"));
  QVERIFY(!project.setField("sequence", "64K"));
  QVERIFY(!project.save(second));
  QCOMPARE(contents(second).toStdString(), windows);
  QVERIFY(!project.setField("nodes", "2"));
  QVERIFY(!project.save(second));
  Project again;
  QVERIFY(!again.open(second));
  QCOMPARE(again.scenario().cluster.node_count(), 2);
  QVERIFY(!again.save(first));
  QCOMPARE(contents(first), contents(second));
}

void DocumentTest::aBrokenFileLeavesTheProjectAlone() {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("broken.toml"));
  writeFile(path,
            "[model]\npreset = \"llama-7b\"\n[cluster]\npreset = \"dgx-h100\"\n[workload]\nsequence = 7.5\n");
  auto session = openedSession();
  const Problem problem = session->project.open(path);
  QVERIFY(problem.has_value());
  QVERIFY2(problem->startsWith(path + QStringLiteral(":6:")), qPrintable(*problem));
  QVERIFY2(problem->contains(QStringLiteral("workload.sequence")), qPrintable(*problem));
  QCOMPARE(session->project.document().text, quick_scenario);
  QVERIFY(session->project.open(folder.filePath(QStringLiteral("missing.toml"))).has_value());
  QCOMPARE(session->project.document().text, quick_scenario);
}

void DocumentTest::aFullDiskLeavesTheFileAlone() {
  QTemporaryDir folder;
  auto session = openedSession();
  const Problem problem = session->project.save(folder.filePath(QStringLiteral("no/such/folder.toml")));
  QVERIFY(problem.has_value());
  QVERIFY(session->project.path().isEmpty());
}

void DocumentTest::theSelectionFollowsItsFamily() {
  auto session = openedSession();
  Selection& selection = session->selection;
  QCOMPARE(selection.current(), selection.evaluation()->winner);
  QVERIFY(selection.chooseCurrent("ring"));
  QVERIFY(selection.chooseBaseline("burst"));
  QVERIFY(!selection.chooseBaseline("no such plan"));
  QVERIFY(!session->project.setField("nodes", "2"));
  session->evaluator.evaluateNow();
  QCOMPARE(costmodel::plan_family(selection.currentReport()->price.plan), std::string("ring"));
  QCOMPARE(costmodel::plan_family(selection.baselineReport()->price.plan), std::string("burst"));
}

void DocumentTest::aPinnedPlanIsShown() {
  auto session = openedSession();
  const std::vector<costmodel::PlanPrice>& ranked = session->selection.evaluation()->answer.result.ranked;
  const costmodel::Plan other = ranked.back().plan;
  QCOMPARE(session->selection.evaluation()->indexOf(other), -1);
  QSignalSpy evaluated(&session->evaluator, &Evaluator::evaluated);
  session->selection.choosePlan(other);
  QVERIFY(evaluated.wait());
  QVERIFY(session->selection.currentReport()->price.plan == other);
}

void DocumentTest::staleResultsAreDropped() {
  auto session = openedSession();
  QSignalSpy evaluated(&session->evaluator, &Evaluator::evaluated);
  for (const char* sequence : {"300K", "400K", "500K", "600K"})
    QVERIFY(!session->project.setField("sequence", sequence));
  QVERIFY(evaluated.wait());
  QTest::qWait(50);
  QCOMPARE(evaluated.count(), 1);  // the newest alone
  QCOMPARE(session->evaluator.evaluation()->revision, session->project.revision());
  QCOMPARE(session->evaluator.evaluation()->scenario.workload.sequence, std::int64_t{600 * 1024});
}
