#include "tests/gui/validation_test.h"

#include <qcustomplot.h>

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QFile>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "costmodel/base/error.h"
#include "gui/timeline/timeline_view.h"
#include "gui/views/residual_bars.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/validation_plot.h"
#include "gui/views/validation_view.h"
#include "gui/window/message_bar.h"
#include "tests/gui/opened_window.h"

using namespace gui;

namespace {

const QString table = QStringLiteral(RINGSIDE_SOURCE_DIR "/validation/published/calibration.csv");

// Four threads, a few thousand tokens: measured in well under a second.
const std::string small_scenario =
    "[model]\nname = \"quick\"\nlayers = 1\nhidden = 256\nheads = 4\nkv_heads = 4\nhead_dim = 64\nffn = "
    "1024\n"
    "vocab = 32000\n\n[cluster]\npreset = \"cpu-threads\"\ngpus = 4\n\n"
    "[workload]\nphase = \"forward\"\nsequence = \"1K\"\nmask = \"causal\"\ndtype = \"fp32\"\n";

QByteArray output(const QStringList& arguments) {
  QProcess process;
  process.start(QStringLiteral(RINGSIDE_BINARY), arguments);
  process.waitForFinished(60000);
  return process.readAllStandardOutput();
}

OpenedWindow windowWithCommand(const std::string& toml = quick_scenario) {
  qputenv("RINGSIDE_COMMAND", RINGSIDE_BINARY);
  return openedWindow(toml);
}

void write(const QString& path, const QByteArray& text) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(text);
}

}  // namespace

void ValidationTest::resultsAreRead() {
  const QByteArray json = output({QStringLiteral("reproduce"), table, QStringLiteral("--json")});
  const MeasuredRuns runs = parseRuns(json, QStringLiteral("result.json"));
  const auto expected = nlohmann::json::parse(json.toStdString());
  QCOMPARE(runs.runs.size(), expected["rows"].size());
  for (std::size_t i = 0; i < runs.runs.size(); ++i) {
    QCOMPARE(runs.runs[i].id.toStdString(), expected["rows"][i]["id"].get<std::string>());
    QCOMPARE(runs.runs[i].value->predicted, expected["rows"][i]["predicted"].get<double>());
    QCOMPARE(runs.runs[i].value->error, expected["rows"][i]["error"].get<double>());
  }
  QCOMPARE(runs.sources.size(), expected["sources"].size());
}

void ValidationTest::wrongResultsAreRefused_data() {
  QTest::addColumn<QByteArray>("json");
  QTest::addColumn<QString>("words");
  const std::string row =
      R"({"id": "A", "source": "s", "group": "kernel", "plan": "p", "metric": "time_s", "unit": "s",
          "measured": 1.0, "predicted": 1.1, "low": 1.0, "high": 1.2, "error": 0.1, "inside": true,
          "fits": true, "skipped": null})";
  const auto document = [&](const std::string& changed) {
    return QByteArray::fromStdString(R"({"schema": "ringside/reproduce/1", "sources": [], "rows": [)" +
                                     changed + "]}");
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = row;
    changed.replace(changed.find(from), from.size(), to);
    return document(changed);
  };
  QTest::newRow("no json") << QByteArray("id,value\n") << QStringLiteral("not JSON");
  QTest::newRow("schema") << QByteArray(R"({"schema": "ringside/plan/1"})") << QStringLiteral("schema");
  QTest::newRow("milliseconds") << with(R"("unit": "s")", R"("unit": "ms")") << QStringLiteral("rows/0/unit");
  QTest::newRow("metric") << with("time_s", "time_ms") << QStringLiteral("rows/0/metric");
  QTest::newRow("text") << with(R"("measured": 1.0)", R"("measured": "1 s")")
                        << QStringLiteral("rows/0/measured");
  QTest::newRow("missing") << with(R"("low": 1.0,)", "") << QStringLiteral("rows/0/low");
}

void ValidationTest::wrongResultsAreRefused() {
  QFETCH(QByteArray, json);
  QFETCH(QString, words);
  try {
    parseRuns(json, QStringLiteral("result.json"));
    QFAIL("was read");
  } catch (const costmodel::Error& error) {
    QVERIFY2(QString::fromUtf8(error.what()).contains(words), error.what());
    QVERIFY2(QString::fromUtf8(error.what()).startsWith(QStringLiteral("result.json")), error.what());
  }
}

void ValidationTest::theTableHoldsWhatTheChildSaid() {
  MeasuredRun good;
  good.id = QStringLiteral("A");
  good.metric = QStringLiteral("time_s");
  good.unit = QStringLiteral("s");
  good.measured = 2;
  good.value = ComparedValue{2.5, 2, 3, 2, 0.25, true};
  MeasuredRun lost = good;
  lost.id = QStringLiteral("B");
  lost.value.reset();
  lost.unmatched = QStringLiteral("no such GPU");
  MeasuredRunModel model;
  QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.set({good, lost}, {});
  const auto text = [&](int row, RunColumn column) {
    return model.index(row, static_cast<int>(column)).data().toString();
  };
  QCOMPARE(text(0, RunColumn::error), QStringLiteral("+25 %"));
  QCOMPARE(text(0, RunColumn::predicted), QStringLiteral("2.5 s"));
  QCOMPARE(text(1, RunColumn::predicted), QString());
  QVERIFY(text(1, RunColumn::match).contains(QStringLiteral("no such GPU")));
  QVERIFY(model.csv().contains(QStringLiteral("A,,,time_s,2,2.5,2,3,0.25,yes,,,")));
}

void ValidationTest::aRunIsMeasured() {
  auto [session, window] = windowWithCommand(small_scenario);
  ValidationView& view = window->validation();
  QSignalSpy problems(&view, &ValidationView::problem);
  QSignalSpy traced(&view, &ValidationView::traced);
  view.ranks().setValue(4);
  view.validateCurrent();
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 60000);
  QVERIFY2(problems.isEmpty(),
           qPrintable(problems.isEmpty() ? QString() : problems.front().front().toString()));
  QCOMPARE(view.model().runs().size(), std::size_t{1});
  const MeasuredRun& run = view.model().runs().front();
  QVERIFY(view.model().isPresent(run));
  QVERIFY2(run.check.contains(QStringLiteral("numbers agree, bytes equal")), qPrintable(run.check));
  // Points: the whole and its operations; bars: the operations and the whole.
  QVERIFY(view.plot().points().size() >= 2);
  QCOMPARE(view.residuals().rows().size(), run.parts.size() + 1);
  QCOMPARE(view.residuals().rows().back().error, run.value->error);
  // The trace lies under the prediction.
  QCOMPARE(traced.count(), 1);
  QVERIFY(window->timeline().view().scene().trace(PlanSlot::upper, TraceLayer::measured) != nullptr);
  // On other ranks it is another scenario.
  QVERIFY(!session->project.setField("sequence", "2K"));
  QTRY_VERIFY(session->evaluator.upToDate());
  QVERIFY(!view.model().isPresent(view.model().runs().front()));
}

void ValidationTest::cancellingIsQuick() {
  auto [session, window] = windowWithCommand();  // minutes of work
  window->validation().validateCurrent();
  QTest::qWait(100);
  QVERIFY(window->queue().busy());
  QElapsedTimer timer;
  timer.start();
  window->queue().cancelAll();
  QVERIFY(timer.elapsed() < 100);
  QVERIFY(!window->queue().busy());
  QVERIFY(window->validation().model().runs().empty());
}

void ValidationTest::aTableIsPredictedAndFitted() {
  auto [session, window] = windowWithCommand();
  ValidationView& view = window->validation();
  view.open(table);
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 60000);
  const std::size_t rows = view.model().runs().size();
  QVERIFY(rows > 40);
  QVERIFY(view.residuals().rows().size() > 3);
  // Every point has its own interval.
  int intervals = 0;
  auto* painted = view.plot().findChild<QCustomPlot*>();
  for (int i = 0; i < painted->plottableCount(); ++i) {
    auto* bars = qobject_cast<QCPErrorBars*>(painted->plottable(i));
    if (bars == nullptr) continue;
    const auto* graph = qobject_cast<QCPGraph*>(bars->dataPlottable());
    for (int p = 0; p < graph->dataCount(); ++p) {
      const auto own =
          std::find_if(view.plot().points().begin(), view.plot().points().end(), [&](const auto& point) {
            return point.value.measured == graph->dataMainKey(p) &&
                   point.value.predicted == graph->dataMainValue(p);
          });
      QVERIFY(own != view.plot().points().end());
      QCOMPARE(graph->dataMainValue(p) + bars->data()->at(p).errorPlus, own->value.high);
      ++intervals;
    }
  }
  QCOMPARE(intervals, static_cast<int>(view.plot().points().size()));
  // A point is a row of the table.
  const ValidationPlot::Point point = view.plot().points()[5];
  QCoreApplication::processEvents();
  auto* inner = view.plot().findChild<QWidget*>();
  const QPointF place = view.plot().placeOf(point) - QPointF(inner->pos());
  QSignalSpy chosen(&view.plot(), &ValidationPlot::runChosen);
  QTest::mouseClick(inner, Qt::LeftButton, {}, place.toPoint());
  QCOMPARE(chosen.count(), 1);
  const int clicked = chosen.front().front().toInt();
  QCOMPARE(view.table().currentIndex().siblingAtColumn(0).data().toString(),
           view.model().runs()[static_cast<std::size_t>(clicked)].id);
  view.calibrate();
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 100000);
  QCOMPARE(view.model().runs().size(), rows);
  const auto fit = nlohmann::json::parse(
      output({QStringLiteral("calibrate"), QStringLiteral("--from"), table, QStringLiteral("--json")})
          .toStdString());
  for (const auto& row : fit["rows"])
    for (const MeasuredRun& run : view.model().runs())
      if (run.id.toStdString() == row["id"].get<std::string>() && row["after"].is_number()) {
        QCOMPARE(*run.before, row["before"].get<double>());
        QCOMPARE(*run.after, row["after"].get<double>());
      }
  QVERIFY2(view.words().contains(QStringLiteral("before")), qPrintable(view.words()));
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("fitted.toml"));
  QCOMPARE(view.writeCalibrations(path), QString());
  QVERIFY(QFileInfo(path).size() > 1000);
  QVERIFY(!view.writeCalibrations(QStringLiteral("/no/such/folder/a.toml")).isEmpty());
}

void ValidationTest::thisMachineIsCalibrated() {
  auto [session, window] = windowWithCommand();
  ValidationView& view = window->validation();
  QSignalSpy problems(&view, &ValidationView::problem);
  view.ranks().setValue(2);
  view.calibrateMachine(QStringLiteral("cpu"), MachineCalibrationRequest::Effort::quick);
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 100000);
  QVERIFY2(problems.isEmpty(),
           qPrintable(problems.isEmpty() ? QString() : problems.front().front().toString()));
  view.takeRefused();  // where others had the cores
  const std::vector<MeasuredRun>& runs = view.model().runs();
  QVERIFY(runs.size() > 5);
  // Every quantity that the model knows is on the plot, and its error before and after is laid over.
  const auto known = std::count_if(runs.begin(), runs.end(), [](const MeasuredRun& run) {
    return run.value && run.before && run.after && run.measured > 0;
  });
  QVERIFY(known > 3);
  QVERIFY(view.plot().points().size() >= static_cast<std::size_t>(known));
  QVERIFY(!view.residuals().rows().empty());
  QVERIFY(view.residuals().rows().front().before);
  QVERIFY2(view.words().contains(QStringLiteral("before")) && view.words().contains(QStringLiteral("after")),
           qPrintable(view.words()));
  QVERIFY2(!view.words().contains(QStringLiteral("interval")), qPrintable(view.words()));
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("here.toml"));
  QCOMPARE(view.writeCalibrations(path), QString());
  QVERIFY(QFileInfo(path).size() > 500);
  // Measured again, the quantities are the same rows.
  const std::size_t before = runs.size();
  view.calibrateMachine(QStringLiteral("cpu"), MachineCalibrationRequest::Effort::quick);
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 100000);
  view.takeRefused();
  QCOMPARE(view.model().runs().size(), before);
}

void ValidationTest::aNoisyCalibrationIsRefusedUntilItIsTakenAnyway() {
  auto [session, window] = windowWithCommand();
  ValidationView& view = window->validation();
  // A child that measured, and says how noisily.
  QTemporaryDir folder;
  QFile program(folder.filePath(QStringLiteral("program")));
  QVERIFY(program.open(QIODevice::WriteOnly));
  program.write(
      "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\necho '# constants' > \"$2\"\ncat <<'END'\n"
      R"({"schema": "ringside/calibrate/1", "device": "cpu", "machine": "a machine", "place": "2 ranks",
"noise": "copy: the spread is 9 %, over 3 %; expected a machine that does nothing else, or --noisy",
"mean_before": 0.5, "mean_after": 0.1, "quantities": [{"name": "copy", "measured": {"value": 0.001,
"unit": "s", "relative_deviation": 0.09}, "before": {"value": 0.002, "unit": "s"},
"after": {"value": 0.0011, "unit": "s"}}]})"
      "\nEND\n");
  program.close();
  program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  qputenv("RINGSIDE_COMMAND", program.fileName().toLocal8Bit());
  view.calibrateMachine(QStringLiteral("cpu"));
  QTRY_VERIFY(!window->queue().busy());
  const QString said = window->messages().message();
  QVERIFY2(said.contains(QStringLiteral("refused: copy: the spread is 9 %, over 3 %.")), qPrintable(said));
  QVERIFY2(!said.contains(QStringLiteral("--noisy")), qPrintable(said));
  QVERIFY(view.model().runs().empty());
  const auto buttons = window->messages().findChildren<QPushButton*>();
  QCOMPARE(buttons.size(), 1);
  QCOMPARE(buttons.front()->text(), QStringLiteral("Take it anyway"));
  buttons.front()->click();
  QCOMPARE(view.model().runs().size(), std::size_t{1});
  QVERIFY2(view.words().contains(QStringLiteral("Noisy: copy")), qPrintable(view.words()));
  const QString path = folder.filePath(QStringLiteral("taken.toml"));
  QCOMPARE(view.writeCalibrations(path), QString());
  // Once.
  view.forgetAll();
  view.takeRefused();
  QVERIFY(view.model().runs().empty());
}

void ValidationTest::calibratingIsCancelled() {
  auto [session, window] = windowWithCommand();
  window->validation().calibrateMachine(QStringLiteral("cpu"));
  QTest::qWait(100);
  QVERIFY(window->queue().busy());
  window->queue().cancelAll();
  QVERIFY(!window->queue().busy());
  QVERIFY(window->validation().model().runs().empty());
}

void ValidationTest::withoutAGpuTheReasonIsSaid() {
  auto [session, window] = windowWithCommand();
  window->validation().calibrateMachine(QStringLiteral("cuda"), MachineCalibrationRequest::Effort::quick);
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 100000);
  if (!window->validation().model().runs().empty()) QSKIP("there is a GPU");
  const QString said = window->messages().message();
  QVERIFY2(said.contains(QStringLiteral("GPU")) && said.contains(QStringLiteral("cpu")), qPrintable(said));
  QCOMPARE(window->queue().jobs().front()->state(), JobState::failed);
}

void ValidationTest::aRunBringsACalibrationUpToDate() {
  auto [session, window] = windowWithCommand(small_scenario);
  ValidationView& view = window->validation();
  QSignalSpy problems(&view, &ValidationView::problem);
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("here.toml"));
  view.ranks().setValue(4);
  view.validateCurrent(path);
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 60000);
  QVERIFY2(problems.isEmpty(),
           qPrintable(problems.isEmpty() ? QString() : problems.front().front().toString()));
  // Either it was taken and written, or the reason is said and nothing was.
  const bool written = QFileInfo::exists(path);
  QVERIFY2(view.words().contains(written ? QStringLiteral("brought up to date")
                                         : QStringLiteral("stays as it was")),
           qPrintable(view.words()));
  QVERIFY(view.words().contains(QStringLiteral("here.toml")));
}

void ValidationTest::aWrongColumnIsNamed() {
  auto [session, window] = windowWithCommand();
  QTemporaryDir folder;
  QFile published(table);
  QVERIFY(published.open(QIODevice::ReadOnly));
  const QByteArray text = published.readAll();
  const QString path = folder.filePath(QStringLiteral("mine.csv"));
  write(path, QByteArray(text).replace(",value,sigma", ",value_ms,sigma"));
  window->openMeasured(path);
  QTRY_VERIFY_WITH_TIMEOUT(!window->queue().busy(), 60000);
  QVERIFY2(window->messages().message().contains(QStringLiteral("mine.csv:1:")) &&
               window->messages().message().contains(QStringLiteral("value_ms")),
           qPrintable(window->messages().message()));
  QVERIFY(window->validation().model().runs().empty());
}

void ValidationTest::filesAreDropped() {
  auto [session, window] = windowWithCommand();
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("result.json"));
  write(path, output({QStringLiteral("reproduce"), table, QStringLiteral("--json")}));
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(path)});
  QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(window.get(), &enter);
  QVERIFY(enter.isAccepted());
  QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(window.get(), &drop);
  QVERIFY(window->validation().model().runs().size() > 40);
  QCOMPARE(session->project.document().text, quick_scenario);  // the project stays
}
