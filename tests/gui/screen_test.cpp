#include "tests/gui/screen_test.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QtTest>

#include "tests/gui/gui_fixture.h"
#include "tests/gui/x_screen.h"

namespace {

constexpr int patience_ms = 20000;

QByteArray contents(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// Middles of the rows of a picture's region in which most pixels have the colour of a selection.
QList<int> selectedRows(const QImage& picture, int left, int right) {
  const QRgb selection = QApplication::palette().color(QPalette::Highlight).rgb();
  QList<int> middles;
  int begin = -1;
  for (int y = 0; y < picture.height(); ++y) {
    int found = 0;
    for (int x = left; x < right; ++x) found += picture.pixel(x, y) == selection ? 1 : 0;
    const bool selected = found > (right - left) / 4;
    if (selected && begin < 0) begin = y;
    if (!selected && begin >= 0 && y - begin > 8) middles << (begin + y) / 2;
    if (!selected) begin = -1;
  }
  return middles;
}

// The path of a new file mine.toml; empty when it cannot be written.
QString quickScenarioIn(const QTemporaryDir& folder) {
  QFile out(folder.filePath(QStringLiteral("mine.toml")));
  if (!out.open(QIODevice::WriteOnly)) return {};
  out.write(QByteArray::fromStdString(quick_scenario));
  return out.fileName();
}

}  // namespace

void ScreenTest::initTestCase() {
  if (!XScreen::possible()) QSKIP("this machine has no Xvfb and xdotool");
}

// Open, change the sequence, save, choose a plan with the mouse, undo, and read the screen each time.
void ScreenTest::aSessionByKeyboardAndMouse() {
  XScreen screen;
  QCOMPARE(screen.start(QSize(1600, 980)), QString());
  const QString file = quickScenarioIn(screen.folder());
  QVERIFY(!file.isEmpty());
  QElapsedTimer timer;
  timer.start();
  QCOMPARE(screen.run(QStringLiteral(RINGSIDE_GUI_BINARY), {file, QStringLiteral("--light")}), QString());
  qInfo("a window after %lld ms", static_cast<long long>(timer.elapsed()));
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("mine.toml")), patience_ms);

  // The answer is on the screen: one row of the table is selected, and the window has many colours.
  constexpr int left = 400, right = 1000;  // inside the table, whatever the docks do
  QTRY_COMPARE_WITH_TIMEOUT(selectedRows(screen.picture(), left, right).size(), 1, patience_ms);
  const QImage before = screen.picture();
  QSet<QRgb> colours;
  for (int y = 0; y < before.height(); y += 3)
    for (int x = 0; x < before.width(); x += 3) colours.insert(before.pixel(x, y));
  QVERIFY2(colours.size() > 50, qPrintable(QString::number(colours.size())));

  // Keys: the palette changes the sequence, Ctrl+S writes it.
  QVERIFY(screen.key("ctrl+k"));
  QVERIFY(screen.focus("Commands"));
  QVERIFY(screen.type("seq 2*512K"));
  QVERIFY(screen.key("Return"));
  QVERIFY(screen.focus("Ringside"));
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("mine.toml*")), patience_ms);
  QCOMPARE(contents(file).toStdString(), quick_scenario);
  QVERIFY(screen.key("ctrl+s"));
  QTRY_VERIFY_WITH_TIMEOUT(contents(file).contains("sequence = \"1M\""), patience_ms);
  QVERIFY(contents(file).startsWith("# quick"));
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("mine.toml \u2014")), patience_ms);

  // The mouse: a click two rows further down selects that plan.
  QTRY_COMPARE_WITH_TIMEOUT(selectedRows(screen.picture(), left, right).size(), 1, patience_ms);
  const int first = selectedRows(screen.picture(), left, right).front();
  const int step = QFontMetrics(QApplication::font()).height() + 8;
  QVERIFY(screen.click({(left + right) / 2, first + 2 * step}));
  QTRY_COMPARE_WITH_TIMEOUT(selectedRows(screen.picture(), left, right).value(0) / step,
                            (first + 2 * step) / step, patience_ms);
  // Up goes back, B makes the row the baseline: the picture changes below the table, in the timeline.
  QVERIFY(screen.key("Up"));
  QTRY_VERIFY_WITH_TIMEOUT(selectedRows(screen.picture(), left, right).value(0) < first + 2 * step - step / 2,
                           patience_ms);
  const QRect timeline(320, 700, 800, 240);
  const QImage was = screen.picture().copy(timeline);
  QVERIFY(screen.key("b"));
  QTRY_VERIFY_WITH_TIMEOUT(screen.picture().copy(timeline) != was, patience_ms);

  QVERIFY(screen.key("ctrl+z"));
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("mine.toml*")), patience_ms);
  QVERIFY(screen.key("ctrl+s"));
  QTRY_COMPARE_WITH_TIMEOUT(contents(file).toStdString(), quick_scenario, patience_ms);
  const QString kept = qEnvironmentVariable("RINGSIDE_SCREENSHOT");
  if (!kept.isEmpty()) QVERIFY(screen.picture().save(kept));
  QVERIFY(screen.key("ctrl+q"));
  QTRY_VERIFY_WITH_TIMEOUT(!screen.programRuns(), patience_ms);
}

// An edit, kill -9, and a new start: the edit is offered and comes back.
void ScreenTest::aKilledProgramGivesTheEditBack() {
  XScreen screen;
  QCOMPARE(screen.start(QSize(1600, 980)), QString());
  const QString file = quickScenarioIn(screen.folder());
  QVERIFY(!file.isEmpty());
  QCOMPARE(screen.run(QStringLiteral(RINGSIDE_GUI_BINARY), {file}), QString());
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("mine.toml")), patience_ms);
  QVERIFY(screen.key("ctrl+k"));
  QVERIFY(screen.focus("Commands"));
  QVERIFY(screen.type("seq 512K"));
  QVERIFY(screen.key("Return"));
  QVERIFY(screen.focus("Ringside"));
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("mine.toml*")), patience_ms);
  QTest::qWait(1000);
  screen.killProgram();
  QCOMPARE(contents(file).toStdString(), quick_scenario);
  // Without a file: the example, and the offer.
  QCOMPARE(screen.run(QStringLiteral(RINGSIDE_GUI_BINARY), {QStringLiteral("--example")}), QString());
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("example")), patience_ms);
  QVERIFY(screen.key("alt+t"));
  QTRY_VERIFY_WITH_TIMEOUT(screen.title().startsWith(QStringLiteral("mine.toml*")), patience_ms);
  QVERIFY(screen.key("ctrl+s"));
  QTRY_VERIFY_WITH_TIMEOUT(contents(file).contains("sequence = \"512K\""), patience_ms);
}
