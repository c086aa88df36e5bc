#include "tests/gui/models_test.h"

#include <qcustomplot.h>

#include <QAbstractItemModelTester>
#include <QAction>
#include <QFontDatabase>
#include <QLabel>
#include <QtTest>

#include "gui/look/figure_html.h"
#include "gui/models/memory_groups.h"
#include "gui/models/memory_spread.h"
#include "gui/models/plan_column_room.h"
#include "gui/models/plan_table_model.h"
#include "gui/models/plan_table_proxy.h"
#include "gui/models/table_text.h"
#include "gui/models/time_parts.h"
#include "gui/views/memory_view.h"
#include "gui/window/command_list.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

namespace {

std::unique_ptr<Session> exampleSession() {
  auto session = std::make_unique<Session>();
  if (session->project.openExample()) return nullptr;
  session->evaluator.evaluateNow();
  return session;
}

QString cell(const QAbstractItemModel& model, int row, PlanColumn column) {
  return model.index(row, static_cast<int>(column)).data().toString();
}

bool nearly(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

}  // namespace

void ModelsTest::columnsGiveWayInOrder() {
  const std::vector<ColumnWidth> all{
      {PlanColumn::plan, 180}, {PlanColumn::time, 130}, {PlanColumn::exposed, 80}, {PlanColumn::memory, 130},
      {PlanColumn::fits, 120}, {PlanColumn::inter, 70}, {PlanColumn::keeps, 150}};
  const auto shown = [&](int room, const QSet<int>& kept = {}) {
    QList<PlanColumn> columns;
    int width = 0;
    for (const ColumnWidth& each : columnsWithRoom(all, room, kept)) {
      columns << each.column;
      width += each.width;
    }
    return std::pair(columns, width);
  };
  QCOMPARE(shown(860).first.size(), qsizetype{7});
  QCOMPARE(shown(860).second, 860);
  QCOMPARE(shown(900).second, 900);   // bars grow
  QCOMPARE(shown(2000).second, 980);  // but not for ever
  for (int room = 812; room < 860; ++room) {
    QCOMPARE(shown(room).first.size(), qsizetype{7});  // bars shrink
    QVERIFY(shown(room).second <= room);
  }
  QCOMPARE(shown(811).first.size(), qsizetype{6});
  QVERIFY(!shown(811).first.contains(PlanColumn::keeps));
  QVERIFY(!shown(640).first.contains(PlanColumn::inter));
  QVERIFY(!shown(512).first.contains(PlanColumn::exposed));
  QCOMPARE(shown(10).first.size(), qsizetype{4});  // what decides stays
  const QSet<int> kept{static_cast<int>(PlanColumn::keeps)};
  QVERIFY(shown(700, kept).first.contains(PlanColumn::keeps));
  QVERIFY(!shown(700, kept).first.contains(PlanColumn::inter));
}

void ModelsTest::modelAndProxyObeyTheirContract() {
  Session session;
  PlanTableModel model(session.selection);
  PlanTableProxy proxy;
  proxy.setSourceModel(&model);
  QAbstractItemModelTester of_model(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  QAbstractItemModelTester of_proxy(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
  QCOMPARE(model.rowCount(), 0);
  QVERIFY(!session.project.openText(quick_scenario, QStringLiteral("a.toml")));
  session.evaluator.evaluateNow();
  QVERIFY(model.rowCount() > 5);
  proxy.sort(static_cast<int>(PlanColumn::memory), Qt::DescendingOrder);
  proxy.setFilterText(QStringLiteral("ring"));
  QVERIFY(proxy.rowCount() < model.rowCount());
  proxy.setFilterText(QStringLiteral("no such plan"));
  QCOMPARE(proxy.rowCount(), 0);
  proxy.setFilterText({});
  proxy.setRejected(PlanTableProxy::Rejected::hidden);
  session.selection.chooseBaseline("ring");
  QVERIFY(!session.project.openText(hopeless_scenario, QStringLiteral("b.toml")));
  session.evaluator.evaluateNow();
  QCOMPARE(proxy.rowCount(), 0);  // nothing runs
  proxy.setRejected(PlanTableProxy::Rejected::shown);
  QCOMPARE(proxy.rowCount(), model.rowCount());
}

void ModelsTest::rejectedPlansStayBelowWithTheirReason() {
  auto session = openedSession();
  PlanTableModel model(session->selection);
  PlanTableProxy proxy;
  proxy.setSourceModel(&model);
  for (const PlanColumn column : {PlanColumn::time, PlanColumn::memory, PlanColumn::exposed})
    for (const Qt::SortOrder order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
      proxy.sort(static_cast<int>(column), order);
      bool rejected = false;
      for (int row = 0; row < proxy.rowCount(); ++row) {
        const bool runs = proxy.index(row, 0).data(PlanTableModel::runs_role).toBool();
        QVERIFY(!rejected || !runs);
        rejected = rejected || !runs;
      }
      QVERIFY(rejected);
    }
  const int ulysses = session->selection.evaluation()->indexOfFamily("ulysses");
  QVERIFY(cell(model, ulysses, PlanColumn::time).contains(QStringLiteral("kv heads")));
}

void ModelsTest::theFilterLooksAtNamesAndReasons() {
  auto session = openedSession();
  PlanTableModel model(session->selection);
  PlanTableProxy proxy;
  proxy.setSourceModel(&model);
  proxy.setFilterText(QStringLiteral("kv HEADS"));
  QVERIFY(proxy.rowCount() > 0);
  for (int row = 0; row < proxy.rowCount(); ++row)
    QVERIFY(!proxy.index(row, 0).data(PlanTableModel::runs_role).toBool());
}

void ModelsTest::barsAddUpToTheTime() {
  auto session = exampleSession();
  PlanTableModel model(session->selection);
  double longest = 0;
  for (const costmodel::PlanReport& report : session->selection.evaluation()->reports)
    if (report.priced()) longest = std::max(longest, report.price.per_replica().value);
  for (int row = 0; row < model.rowCount(); ++row) {
    const costmodel::PlanReport& report = *session->selection.evaluation()->report(row);
    if (!report.priced()) continue;
    const auto time =
        model.index(row, static_cast<int>(PlanColumn::time)).data(PlanTableModel::bar_role).value<CellBar>();
    QVERIFY(nearly(time.first + time.second, report.price.per_replica().value / longest));
    const auto memory = model.index(row, static_cast<int>(PlanColumn::memory))
                            .data(PlanTableModel::bar_role)
                            .value<CellBar>();
    QCOMPARE(memory.over, !report.runs());
    QVERIFY(memory.mark > 0 && memory.mark < 1);
  }
}

void ModelsTest::memorySharesAddUpToThePeak() {
  for (auto& session : {exampleSession(), openedSession()})
    for (const costmodel::PlanReport& report : session->selection.evaluation()->reports) {
      if (!report.priced()) continue;
      double sum = 0;
      for (const MemoryShare& share : memoryShares(report)) sum += share.bytes;
      QVERIFY2(nearly(sum, report.figure("memory.peak").value), report.name.c_str());
    }
}

void ModelsTest::theMemoryOfAllRanksIsSaid() {
  const auto spread = [](const Session& session) {
    const Evaluation& evaluation = *session.selection.evaluation();
    return memorySpread(evaluation.scenario, evaluation.report(evaluation.winner)->price.plan);
  };
  QCOMPARE(spread(*openedSession()), QStringLiteral("same on all 32 GPUs"));
  Session mixed;
  QVERIFY(!mixed.project.open(QStringLiteral(RINGSIDE_SOURCE_DIR "/examples/heterogeneous-nodes.toml")));
  mixed.evaluator.evaluateNow();
  QCOMPARE(spread(mixed), QStringLiteral("same on all 32 GPUs; the smallest, h100-sxm, decides"));
  // The view says it of what it shows.
  const MemoryView view(mixed.selection);
  const QString label = view.findChild<QCustomPlot*>()->xAxis->label();
  QVERIFY2(label.contains(spread(mixed)), qPrintable(label));
}

void ModelsTest::timePartsAddUpToTheTime() {
  for (auto& session : {exampleSession(), openedSession()})
    for (const costmodel::PlanReport& report : session->selection.evaluation()->reports) {
      if (!report.priced()) continue;
      double sum = 0;
      for (const TimePart& part : timeParts(report)) {
        sum += part.seconds;
        QCOMPARE(part.seconds, report.figure(part.figure).value);
      }
      QVERIFY2(nearly(sum, report.figure("time").value), report.name.c_str());
    }
}

void ModelsTest::tablesAsText() {
  auto session = openedSession();
  PlanTableModel model(session->selection);
  const QList<int> columns{static_cast<int>(PlanColumn::plan), static_cast<int>(PlanColumn::memory),
                           static_cast<int>(PlanColumn::time)};
  const QStringList csv = tableText(model, columns, TableFormat::csv).split(QLatin1Char('\n'));
  QCOMPARE(csv.size(), model.rowCount() + 2);  // head, and nothing after the last end of line
  QCOMPARE(csv[0], QStringLiteral("Plan,Peak memory,Time"));
  QCOMPARE(csv[1], QStringLiteral("%1,%2,%3")
                       .arg(cell(model, 0, PlanColumn::plan), cell(model, 0, PlanColumn::memory),
                            cell(model, 0, PlanColumn::time)));
  QVERIFY(tableText(model, columns, TableFormat::csv).contains(QStringLiteral("\"needs")));  // a comma inside
  const QStringList markdown = tableText(model, columns, TableFormat::markdown).split(QLatin1Char('\n'));
  QCOMPARE(markdown[0], QStringLiteral("| Plan | Peak memory | Time |"));
  QCOMPARE(markdown[1], QStringLiteral("| --- | ---: | ---: |"));
  QCOMPARE(tableText(model, columns, TableFormat::tsv).section(QLatin1Char('\n'), 0, 0),
           QStringLiteral("Plan\tPeak memory\tTime"));
}

void ModelsTest::theBaselineColumnFollowsTheBaseline() {
  auto session = openedSession();
  PlanTableModel model(session->selection);
  QVERIFY(session->selection.chooseBaseline("ring"));
  const int ring = session->selection.baseline();
  QCOMPARE(cell(model, ring, PlanColumn::against), QStringLiteral("baseline"));
  QVERIFY(cell(model, 0, PlanColumn::against).startsWith(QLatin1Char('-')));
  session->selection.setBaseline(0);
  QCOMPARE(cell(model, 0, PlanColumn::against), QStringLiteral("baseline"));
  QVERIFY(cell(model, ring, PlanColumn::against).startsWith(QLatin1Char('+')));
}

void ModelsTest::thePaletteUnderstandsShortCommands() {
  std::string key, value, plan, baseline;
  bool triggered = false;
  QAction save(QStringLiteral("&Save"));
  QObject::connect(&save, &QAction::triggered, &save, [&] { triggered = true; });
  CommandTargets targets;
  targets.actions = {&save};
  targets.plans = {QStringLiteral("burst"), QStringLiteral("zigzag-ring"), QStringLiteral("ring")};
  targets.set_field = [&](const std::string& k, const std::string& v) {
    key = k;
    value = v;
  };
  targets.choose_plan = [&](const std::string& name) { plan = name; };
  targets.choose_baseline = [&](const std::string& name) { baseline = name; };
  const auto runFirst = [&](const char* typed) {
    const QList<PaletteCommand> commands = paletteCommands(targets, QString::fromLatin1(typed));
    QVERIFY2(!commands.isEmpty(), typed);
    commands.front().run();
  };
  runFirst("seq 1M");
  QCOMPARE(key + "=" + value, std::string("sequence=1M"));
  runFirst("nodes 2*8");
  QCOMPARE(key + "=" + value, std::string("nodes=2*8"));
  runFirst("nic 400 Gb/s");
  QCOMPARE(key + "=" + value, std::string("nic_bandwidth=400 Gb/s"));
  runFirst("baseline ring");
  QCOMPARE(baseline, std::string("ring"));
  runFirst("plan burst");
  QCOMPARE(plan, std::string("burst"));
  runFirst("sav");
  QVERIFY(triggered);
  QVERIFY(paletteCommands(targets, QStringLiteral("xyzzy")).isEmpty());
  save.setEnabled(false);
  QVERIFY(paletteCommands(targets, QStringLiteral("save")).isEmpty());
}

void ModelsTest::tooltipsHaveFormulaNumbersAndProvenance() {
  auto session = openedSession();
  const costmodel::PlanReport& report = session->selection.evaluation()->reports.front();
  const costmodel::Figure& time = report.figure("time");
  const QString html = figureHtml(report, "time");
  for (const std::string& part : {std::string(costmodel::name_of(time.provenance)), time.formula,
                                  time.inputs.front().symbol, time.inputs.front().text})
    QVERIFY2(html.contains(QString::fromStdString(part).toHtmlEscaped()), part.c_str());
  QVERIFY(html.contains(QString::fromStdString(time.expression).toHtmlEscaped()));
  const int ulysses = session->selection.evaluation()->indexOfFamily("ulysses");
  QVERIFY(figureHtml(*session->selection.evaluation()->report(ulysses), "time")
              .contains(QStringLiteral("does not run")));
}

// Without fonts every label is a row of empty boxes and every other test still passes.
void ModelsTest::fontsAreThere() {
  QVERIFY(!QFontDatabase::families().isEmpty());
  const auto picture = [](const char* text) {
    QLabel label(QString::fromLatin1(text));
    label.resize(120, 30);
    return label.grab().toImage();
  };
  QVERIFY(picture("Wring") != picture("Waive"));
}
