// Every number that the window shows equals the JSON of `ringside plan`: all figures of all plans, and the
// texts of the table's cells.
#include "tests/gui/agreement_test.h"

#include <QDir>
#include <QProcess>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "costmodel/price/quantity_text.h"
#include "gui/models/plan_table_model.h"
#include "gui/views/memory_view.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;
using Json = nlohmann::json;

namespace {

Json commandLine(const QString& file) {
  QProcess process;
  process.start(QStringLiteral(RINGSIDE_BINARY), {QStringLiteral("plan"), file, QStringLiteral("--json")});
  process.waitForFinished(60000);
  return Json::parse(process.readAllStandardOutput().toStdString(), nullptr, false);
}

// The quantity of a figure in a plan's JSON: "traffic.items.attention" is a path, but the names of items and
// phases may have dots of their own.  Null when it is not there.
Json quantityOf(const Json& plan, const std::string& name) {
  const auto under = [](const Json& json, const std::string& key) {
    return json.is_object() && json.contains(key) ? json.at(key) : Json();
  };
  for (const auto& [prefix, path] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{{"compute.items.", {"compute_items"}},
                                                                     {"traffic.items.", {"traffic", "items"}},
                                                                     {"memory.items.", {"memory", "items"}},
                                                                     {"traffic.", {"traffic"}},
                                                                     {"memory.", {"memory"}}})
    if (name.starts_with(prefix)) {
      Json json = plan;
      for (const std::string& key : path) json = under(json, key);
      return under(json, name.substr(prefix.size()));
    }
  if (name.starts_with("phases.")) {
    const std::size_t dot = name.rfind('.');
    return under(under(under(plan, "phases"), name.substr(7, dot - 7)), name.substr(dot + 1));
  }
  return under(plan, name);
}

QString shown(const PlanTableModel& model, int row, PlanColumn column) {
  return model.index(row, static_cast<int>(column)).data().toString();
}

}  // namespace

void AgreementTest::everyNumberEqualsTheCommandLines_data() {
  QTest::addColumn<QString>("file");
  for (const char* name : {"llama-65b-1m-64xh100-training", "llama-3-8b-1m-32xh100", "llama-13b-1m-32xa800",
                           "heterogeneous-nodes", "llama-3.1-405b-prefill-32xh100"})
    QTest::newRow(name)
        << QStringLiteral(RINGSIDE_SOURCE_DIR "/examples/%1.toml").arg(QString::fromLatin1(name));
}

void AgreementTest::everyNumberEqualsTheCommandLines() {
  QFETCH(QString, file);
  const Json answer = commandLine(file);
  QVERIFY(answer.is_object());
  Session session;
  QVERIFY(!session.project.open(file));
  session.evaluator.evaluateNow();
  const EvaluationPtr& evaluation = session.selection.evaluation();
  const PlanTableModel model(session.selection);
  const costmodel::Verdict& verdict = evaluation->answer.verdict;
  QCOMPARE(verdict.text, answer["verdict"]["text"].get<std::string>());
  QCOMPARE(verdict.reasons.size(), answer["verdict"]["reasons"].size());
  for (std::size_t i = 0; i < verdict.reasons.size(); ++i)
    QCOMPARE(verdict.reasons[i].text, answer["verdict"]["reasons"][i].get<std::string>());
  QCOMPARE(verdict.flips.size(), answer["verdict"]["flips"].size());
  QCOMPARE(evaluation->reports.size(), answer["plans"].size());
  MemoryView memory_view(session.selection);
  std::size_t compared = 0;
  for (std::size_t i = 0; i < evaluation->reports.size(); ++i) {
    const costmodel::PlanReport& report = evaluation->reports[i];
    const Json& plan = answer["plans"][i];
    QCOMPARE(report.name, plan["name"].get<std::string>());
    QCOMPARE(report.runs(), plan["fits"].get<bool>());
    const int row = static_cast<int>(i);
    if (!report.priced()) {
      QCOMPARE(shown(model, row, PlanColumn::time).toStdString(), plan["rejected"].get<std::string>());
      continue;
    }
    for (const costmodel::Figure& figure : report.figures) {
      const Json quantity = quantityOf(plan, figure.name);
      QVERIFY2(quantity.is_object(), figure.name.c_str());
      QCOMPARE(figure.value, quantity["value"].get<double>());
      QCOMPARE(figure.low, quantity["low"].get<double>());
      QCOMPARE(figure.high, quantity["high"].get<double>());
      QCOMPARE(figure.formula, quantity["formula"].get<std::string>());
      ++compared;
    }
    // The cells say the same numbers in the words of the command line.
    const auto words = [&](const char* name) {
      const Json quantity = quantityOf(plan, name);
      costmodel::Figure figure = report.figure(name);
      figure.value = quantity["value"].get<double>();
      return QString::fromStdString(costmodel::value_text(figure));
    };
    QCOMPARE(shown(model, row, PlanColumn::time), words("time"));
    QCOMPARE(shown(model, row, PlanColumn::memory), words("memory.peak"));
    QCOMPARE(shown(model, row, PlanColumn::intra), words("traffic.intra"));
    QCOMPARE(shown(model, row, PlanColumn::inter), words("traffic.inter"));
    QCOMPARE(shown(model, row, PlanColumn::longest), words("max_sequence"));
    // What the memory view says of the plan: the peak and its 90 % interval.
    session.selection.setCurrent(row);
    costmodel::Figure peak = report.figure("memory.peak");
    const Json memory = quantityOf(plan, "memory.peak");
    peak.value = memory["value"].get<double>();
    peak.low = memory["low"].get<double>();
    peak.high = memory["high"].get<double>();
    QVERIFY(peak.high > peak.low);
    const QString said = memory_view.summaries().front();
    const QString interval = QString::fromStdString(costmodel::interval_text(peak)).mid(2);
    QVERIFY2(said.startsWith(QStringLiteral("%1 \u00B1%2 of ").arg(words("memory.peak"), interval)),
             qPrintable(said));
    // What the fast price says is what the figure says: bars and plots use it.
    QCOMPARE(report.price.time.value, report.figure("time").value);
    QCOMPARE(report.price.memory.value, report.figure("memory.peak").value);
    QCOMPARE(report.price.compute.value, report.figure("compute").value);
  }
  QVERIFY(compared > 100);
}
