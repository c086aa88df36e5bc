#include "tests/gui/limits_test.h"

#include <QCheckBox>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QTemporaryDir>
#include <QToolButton>
#include <QtTest>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "gui/views/scenario_editor.h"
#include "gui/views/verdict_bar.h"
#include "tests/gui/opened_window.h"

using namespace gui;

namespace {

// Only what is recomputed is in the way.
const std::string too_large =
    "[model]\npreset = \"llama-3-8b\"\n\n[cluster]\npreset = \"dgx-h100\"\n\n[workload]\nphase = "
    "\"training_step\"\nsequence = \"128K\"\n\n[search]\ncheckpoint = \"none\"  # quick\nzero = [0, "
    "1]\noffload = \"none\"\n";

LimitRow& limitRow(const OpenedWindow& all, const char* axis) { return *all.window->editor().limitRow(axis); }

bool anyPlan(const Session& session, costmodel::Transport transport) {
  const auto& reports = session.selection.evaluation()->reports;
  return std::any_of(reports.begin(), reports.end(), [&](const costmodel::PlanReport& report) {
    return report.priced() && report.price.plan.transport == transport;
  });
}

std::vector<QPushButton*> remedies(MainWindow& window) {
  std::vector<QPushButton*> buttons;
  for (QPushButton* button : window.verdict().findChildren<QPushButton*>())
    if (button->isVisible() && button->text().startsWith(QStringLiteral("Allow "))) buttons.push_back(button);
  return buttons;
}

}  // namespace

void LimitsTest::aBoxLimitsTheSearch() {
  const OpenedWindow all = openedWindow();
  Session& session = *all.session;
  LimitRow& row = limitRow(all, "transport");
  QVERIFY(row.box("ring").isChecked() && row.box("all_gather").isChecked());
  QVERIFY(!row.revertDot().isVisible());
  QVERIFY(anyPlan(session, costmodel::Transport::ring));
  row.box("ring").click();
  QTRY_VERIFY(session.evaluator.upToDate());
  QVERIFY(!anyPlan(session, costmodel::Transport::ring));
  QVERIFY(anyPlan(session, costmodel::Transport::all_gather));
  QCOMPARE(session.project.scenario().search.transports.size(), std::size_t{5});
  QVERIFY(row.revertDot().isVisible());
  const QString changes = all.window->findChild<QLabel*>(QStringLiteral("changeList"))->text();
  QVERIFY2(changes.contains(QStringLiteral("Exchange: Hybrid, Ulysses")), qPrintable(changes));
  // The other limit is another field, another step.
  limitRow(all, "backward").box("kv").click();
  QTRY_VERIFY(session.evaluator.upToDate());
  QCOMPARE(session.project.undoStack().count(), 2);
  for (const costmodel::PlanPrice& price : session.selection.evaluation()->answer.result.ranked)
    if (price.plan.transport_is_ring()) QCOMPARE(price.plan.backward, costmodel::BackwardSide::q);
  session.project.undoStack().undo();
  QVERIFY(limitRow(all, "backward").box("kv").isChecked());
  row.revertDot().click();
  QTRY_VERIFY(session.evaluator.upToDate());
  QVERIFY(row.box("ring").isChecked());
  QVERIFY(session.project.scenario().search.transports.empty());
  QVERIFY(anyPlan(session, costmodel::Transport::ring));
}

void LimitsTest::theLastBoxStays() {
  const OpenedWindow all = openedWindow();
  LimitRow& row = limitRow(all, "backward");
  row.box("q").click();
  const std::string text = all.session->project.document().text;
  row.box("kv").click();
  QVERIFY(row.box("kv").isChecked());
  QVERIFY2(row.problem().contains(QStringLiteral("expected at least one")), qPrintable(row.problem()));
  QCOMPARE(all.session->project.document().text, text);
  row.box("q").click();
  QVERIFY(row.problem().isEmpty());
  QVERIFY(all.session->project.scenario().search.backwards.empty());
}

void LimitsTest::aNamedPlanLeavesNothingToLimit() {
  const OpenedWindow all = openedWindow(quick_scenario + "\n[plan]\nalias = \"ring\"\n");
  QVERIFY(!limitRow(all, "transport").isEnabled());
  QVERIFY(limitRow(all, "transport").box("ring").toolTip().contains(QStringLiteral("[plan]")));
}

void LimitsTest::theSavedFileHasTheSameAnswer() {
  const OpenedWindow all = openedWindow();
  Session& session = *all.session;
  limitRow(all, "transport").box("ring").click();
  limitRow(all, "transport").box("hybrid").click();
  QVERIFY(!session.project.setField("sequence", "128K"));
  session.evaluator.evaluateNow();
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("limited.toml"));
  QVERIFY(!session.project.save(path));
  for (const QToolButton* dot : all.window->editor().findChildren<QToolButton*>())
    if (dot->accessibleName().startsWith(QStringLiteral("Revert"))) QVERIFY(!dot->isVisible());
  QProcess process;
  process.start(QStringLiteral(RINGSIDE_BINARY), {QStringLiteral("plan"), path, QStringLiteral("--json")});
  QVERIFY(process.waitForFinished(60000));
  const QByteArray output = process.readAllStandardOutput();
  const auto json = nlohmann::json::parse(output.begin(), output.end(), nullptr, false);
  QVERIFY(json.is_object());
  const Evaluation& evaluation = *session.selection.evaluation();
  QCOMPARE(json["verdict"]["text"].get<std::string>(), evaluation.answer.verdict.text);
  QCOMPARE(json["plans"].size(), evaluation.reports.size());
}

void LimitsTest::aRemedyIsOneStepOfUndo() {
  const OpenedWindow all = openedWindow(too_large);
  Session& session = *all.session;
  QVERIFY(session.selection.evaluation()->winner < 0);
  const std::vector<costmodel::MemoryChange> changes = session.selection.evaluation()->answer.verdict.changes;
  const std::vector<QPushButton*> buttons = remedies(*all.window);
  QCOMPARE(buttons.size(), std::min(changes.size(), std::size_t{2}));
  for (std::size_t i = 0; i < buttons.size(); ++i) {
    QCOMPARE(buttons[i]->text(), QStringLiteral("Allow ") + QString::fromStdString(changes[i].text));
    buttons[i]->click();
    QTRY_VERIFY(session.evaluator.upToDate());
    QVERIFY(session.selection.evaluation()->winner >= 0);
    QVERIFY(session.project.document().text.find("# quick") != std::string::npos);
    QCOMPARE(session.project.undoStack().count(), 1);
    session.project.undoStack().undo();
    QTRY_VERIFY(session.evaluator.upToDate());
    QCOMPARE(session.project.document().text, too_large);
    QVERIFY(session.selection.evaluation()->winner < 0);
  }
}

void LimitsTest::aPlanThatFitsOffersNoRemedy() { QVERIFY(remedies(*openedWindow().window).empty()); }
