// Traces and pictures as files: what is written reads back, what is wrong is refused in words.
#include <QFileInfo>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <random>

#include "costmodel/base/error.h"
#include "costmodel/formats/plan_trace.h"
#include "gui/timeline/slice_text.h"
#include "gui/timeline/timeline_view.h"
#include "gui/timeline/trace_reader.h"
#include "tests/gui/timeline/plan_traces.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

namespace {

QString refusal(const char* json) {
  try {
    parseTrace(QByteArray(json), QStringLiteral("run.json"));
  } catch (const costmodel::Error& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

QByteArray start_of(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.read(8) : QByteArray();
}

}  // namespace

class TraceFilesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void an_exported_plan_reads_back() {
    const TimelineTrace plan = tests::trace_of("zigzag-ring");
    const std::string json = costmodel::chrome_trace(*plan.source);
    const TimelineTrace read = parseTrace(QByteArray::fromStdString(json), QStringLiteral("run.json"));
    QVERIFY(std::abs(read.duration - plan.duration) < 1e-9);
    QCOMPARE(read.ranks.size(), plan.ranks.size());
    for (std::size_t r = 0; r < plan.ranks.size(); ++r) {
      QCOMPARE(read.ranks[r].rank, plan.ranks[r].rank);
      QCOMPARE(read.ranks[r].full_name, plan.ranks[r].full_name);
      const TraceRow &before = plan.rows[plan.ranks[r].first_row],
                     &after = read.rows[read.ranks[r].first_row];
      QCOMPARE(after.role, LaneRole::compute);
      QCOMPARE(after.size(), before.size());
      for (std::size_t i = 0; i < before.size(); ++i) {
        QCOMPARE(after.kind(i), before.kind(i));
        QCOMPARE(after.critical(i), before.critical(i));
        QCOMPARE(read.names[after.name(i)], plan.names[before.name(i)]);
        QVERIFY(std::abs(after.start(i) - before.start(i)) < 1e-9);
      }
    }
  }

  void a_measured_trace_lies_under_its_prediction() {
    TimelineView view;
    view.resize(1000, 500);
    const TimelineTrace plan = tests::trace_of("burst");
    const QByteArray json = QByteArray::fromStdString(costmodel::chrome_trace(*plan.source));
    view.setTraces(plan);
    const std::size_t rows = view.layoutFor(view.rect()).rows.size();
    view.setMeasured(PlanSlot::upper, parseTrace(json, QStringLiteral("run.json")));
    const TimelineLayout layout = view.layoutFor(view.rect());
    QVERIFY(layout.rows.size() > rows);
    // Below the compute row of the same rank.
    QCOMPARE(layout.rows[1].layer, TraceLayer::measured);
    const TraceRow& measured =
        view.scene().trace(PlanSlot::upper, TraceLayer::measured)->trace.rows[layout.rows[1].row];
    QCOMPARE(measured.role, LaneRole::compute);
    QCOMPARE(measured.rank, 0);
    view.grab();
    QVERIFY(header_of(view.scene(), PlanSlot::upper).cause.contains(QStringLiteral("run.json")));
    QVERIFY(!header_of(view.scene(), PlanSlot::upper).cause.contains(QStringLiteral("other ranks")));
    view.setMeasured(PlanSlot::upper, parseTrace(R"([{"ph":"X","name":"a","pid":5,"tid":0,"ts":0,"dur":9}])",
                                                 QStringLiteral("five.json")));
    QVERIFY(header_of(view.scene(), PlanSlot::upper).cause.contains(QStringLiteral("other ranks")));
    view.setMeasured(PlanSlot::upper, {});
    QCOMPARE(view.layoutFor(view.rect()).rows.size(), rows);
  }

  void bad_traces_are_refused_with_the_place() {
    QVERIFY(refusal("{\"traceEvents\": [").contains(QStringLiteral("run.json")));
    QVERIFY(refusal("hello").contains(QStringLiteral("not JSON")));
    QVERIFY(refusal("{\"events\": []}").contains(QStringLiteral("traceEvents")));
    QVERIFY(refusal("{\"traceEvents\": 3}").contains(QStringLiteral("not a list")));
    QVERIFY(refusal("[]").contains(QStringLiteral("no events with a duration")));
    QVERIFY(refusal("[7]").contains(QStringLiteral("traceEvents/0")));
    const QString bad = refusal(R"([{"ph":"X","name":"a","ts":1,"dur":"long"}])");
    QVERIFY(bad.contains(QStringLiteral("traceEvents/0/dur")) &&
            bad.contains(QStringLiteral("microseconds")));
    QVERIFY(refusal(R"([{"ph":"X","name":"a","ts":1,"dur":-2}])").contains(QStringLiteral("zero or more")));
    QVERIFY(refusal(R"([{"ph":"X","name":"a","ts":1}])").contains(QStringLiteral("dur")));
    QVERIFY(refusal(R"([{"ph":"X","name":"a","ts":1e300,"dur":1}])").contains(QStringLiteral("1e15")));
    QVERIFY(refusal(R"([{"ph":"X","name":5,"ts":1,"dur":1}])").contains(QStringLiteral("name")));
    QVERIFY(refusal(R"([{"ph":"X","name":"a","pid":-1,"ts":1,"dur":1}])").contains(QStringLiteral("pid")));
    QVERIFY(refusal(R"([{"ph":"M","name":"thread_name","pid":0,"tid":0}])").contains(QStringLiteral("args")));
    QVERIFY_EXCEPTION_THROWN(readTrace(QStringLiteral("/no/such/file.json")), costmodel::Error);
  }

  void damaged_traces_are_read_or_refused_and_never_worse() {
    const TimelineTrace plan = tests::trace_of("burst");
    QByteArray whole = QByteArray::fromStdString(costmodel::chrome_trace(*plan.source));
    whole = whole.first(whole.indexOf('\n', 20000)) + "]}";
    whole.replace(",]}", "]}");
    std::mt19937 random(20);
    int read = 0, refused = 0;
    TimelineView view;
    view.resize(500, 200);
    for (int i = 0; i < 1000; ++i) {
      QByteArray damaged = whole;
      for (unsigned long hits = 1 + random() % 3; hits > 0; --hits) {
        const auto at = static_cast<qsizetype>(random() % static_cast<unsigned long>(damaged.size()));
        constexpr std::string_view pieces = "0123456789-eE.\"{}[]:,nx";
        damaged[at] = pieces[random() % pieces.size()];
      }
      try {
        TimelineTrace trace = parseTrace(damaged, QStringLiteral("run.json"));
        if (++read % 50 == 0) {
          view.setTraces(std::move(trace));
          view.grab();
        }
      } catch (const costmodel::Error& error) {
        QVERIFY(std::string_view(error.what()).starts_with("run.json"));
        ++refused;
      }
    }
    QVERIFY(read > 100 && refused > 100);
  }

  void traces_of_other_programs_are_rows_of_kernels() {
    const TimelineTrace trace = parseTrace(
        R"([{"ph":"X","name":"gemm","pid":3,"tid":7,"ts":1000,"dur":5},
            {"ph":"X","name":"inner","pid":3,"tid":7,"ts":1001,"dur":2},
            {"ph":"i","name":"mark","pid":3,"tid":7,"ts":1001}])",
        QStringLiteral("other.json"));
    QCOMPARE(trace.rows.size(), std::size_t{2});  // what overlaps is on a row of its own
    QCOMPARE(trace.rows[0].start(0), 0.0);
    QCOMPARE(trace.ranks.front().rank, 3);
    QVERIFY(std::abs(trace.duration - 5e-6) < 1e-15);
  }

  void pictures_are_written_in_three_formats_or_refused() {
    QTemporaryDir folder;
    TimelineView view;
    view.resize(900, 400);
    view.setTraces(tests::trace_of("burst"), tests::trace_of("zigzag-ring"));
    for (const char* name : {"t.png", "t.svg", "t.pdf"}) {
      const QString path = folder.filePath(QString::fromUtf8(name));
      QCOMPARE(view.exportPicture(path), QString());
      QVERIFY(QFileInfo(path).size() > 5000);
    }
    QVERIFY(start_of(folder.filePath(QStringLiteral("t.png"))).startsWith("\x89PNG"));
    QVERIFY(start_of(folder.filePath(QStringLiteral("t.pdf"))).startsWith("%PDF"));
    QVERIFY(start_of(folder.filePath(QStringLiteral("t.svg"))).startsWith("<?xml"));
    QCOMPARE(QImage(folder.filePath(QStringLiteral("t.png"))).size(), QSize(1800, 800));
    QVERIFY(view.exportPicture(folder.filePath(QStringLiteral("t.bmp"))).contains(QStringLiteral(".svg")));
    QVERIFY(!view.exportPicture(QStringLiteral("/no/such/folder/t.png")).isEmpty());
    const QString trace = folder.filePath(QStringLiteral("t.json"));
    QCOMPARE(view.exportTrace(PlanSlot::lower, trace), QString());
    QCOMPARE(readTrace(trace).ranks.size(),
             view.scene().trace(PlanSlot::lower, TraceLayer::predicted)->trace.ranks.size());
    view.setTraces({});
    QVERIFY(view.exportTrace(PlanSlot::upper, folder.filePath(QStringLiteral("u.json")))
                .contains(QStringLiteral("select")));
    QVERIFY(!QFileInfo::exists(folder.filePath(QStringLiteral("u.json"))));
  }

  void light_and_dark_differ_and_kinds_keep_their_colours() {
    TimelineView view;
    view.resize(900, 400);
    view.setTraces(tests::trace_of("burst"), tests::trace_of("zigzag-ring"));
    const auto count = [](const QImage& image, QRgb colour) {
      int sum = 0;
      for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) sum += image.pixel(x, y) == colour ? 1 : 0;
      return sum;
    };
    const QRgb blue = qRgb(0x00, 0x72, 0xb2), vermillion = qRgb(0xd5, 0x5e, 0x00);
    const QImage light = view.grab().toImage().convertToFormat(QImage::Format_RGB32);
    QPalette dark;
    dark.setColor(QPalette::Base, QColor(0x1b, 0x1c, 0x1f));
    dark.setColor(QPalette::Text, Qt::white);
    view.setPalette(dark);
    const QImage night = view.grab().toImage().convertToFormat(QImage::Format_RGB32);
    QVERIFY(count(light, qRgb(255, 255, 255)) > 50000);
    QVERIFY(count(night, qRgb(0x1b, 0x1c, 0x1f)) > 50000);
    for (const QRgb colour : {blue, vermillion}) {
      QVERIFY(count(light, colour) > 500);
      QVERIFY(count(night, colour) > 500);
    }
  }
};

std::unique_ptr<QObject> tests::trace_files_test() { return std::make_unique<TraceFilesTest>(); }

#include "trace_files_test.moc"
