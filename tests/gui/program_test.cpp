#include "tests/gui/program_test.h"

#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

namespace {

struct Finished {
  int status = -1;
  QString out;
  QString err;
};

// Without anything that could be a display.
Finished program(const QStringList& arguments) {
  QProcess process;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
    environment.remove(QString::fromLatin1(name));
  process.setProcessEnvironment(environment);
  process.start(QStringLiteral(RINGSIDE_GUI_BINARY), arguments);
  process.waitForFinished(60000);
  return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
          QString::fromUtf8(process.readAllStandardOutput()),
          QString::fromUtf8(process.readAllStandardError())};
}

const QString quick = QStringLiteral(RINGSIDE_SOURCE_DIR "/examples/llama-3-8b-1m-32xh100.toml");

}  // namespace

void ProgramTest::picturesNeedNoDisplay() {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("window.png"));
  const Finished finished = program({quick, QStringLiteral("--screenshot"), path, QStringLiteral("--dark"),
                                     QStringLiteral("--size"), QStringLiteral("1200x800"),
                                     QStringLiteral("--scale"), QStringLiteral("2")});
  QVERIFY2(finished.status == 0, qPrintable(finished.err));
  QCOMPARE(QImage(path).size(), QSize(2400, 1600));
}

void ProgramTest::exportsNeedNoDisplay() {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("table.csv"));
  const Finished finished =
      program({quick, QStringLiteral("--export"), path, QStringLiteral("--view"), QStringLiteral("table"),
               QStringLiteral("--plan"), QStringLiteral("burst"), QStringLiteral("--baseline"),
               QStringLiteral("ring")});
  QVERIFY2(finished.status == 0, qPrintable(finished.err));
  QCOMPARE(finished.out + finished.err, QString());
  QFile file(path);
  QVERIFY(file.open(QIODevice::ReadOnly));
  QVERIFY(file.readAll().startsWith("Plan,"));
}

void ProgramTest::withoutADisplayItSaysSo() {
  const Finished finished = program({});
  QCOMPARE(finished.status, 2);
  QVERIFY2(finished.err.contains(QStringLiteral("no display")), qPrintable(finished.err));
  QCOMPARE(finished.err.count(QLatin1Char('\n')), 1);
}

void ProgramTest::mistakesAreNamed_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::addColumn<QString>("words");
  const QString png = QStringLiteral("--screenshot=/dev/null/x.png");
  QTest::newRow("flag") << QStringList{QStringLiteral("--sceenshot=a.png")} << QStringLiteral("sceenshot");
  QTest::newRow("view") << QStringList{quick, QStringLiteral("--export=a.svg"), QStringLiteral("--view=lnks")}
                        << QStringLiteral("trade-off");
  QTest::newRow("no view") << QStringList{quick, QStringLiteral("--export=a.svg")}
                           << QStringLiteral("--view");
  QTest::newRow("plan") << QStringList{quick, png, QStringLiteral("--plan=brust")} << QStringLiteral("burst");
  QTest::newRow("size") << QStringList{png, QStringLiteral("--size=big")} << QStringLiteral("1600x980");
  QTest::newRow("file") << QStringList{QStringLiteral("no-such.toml"), png} << QStringLiteral("no-such.toml");
}

void ProgramTest::mistakesAreNamed() {
  QFETCH(QStringList, arguments);
  QFETCH(QString, words);
  const Finished finished = program(arguments);
  QCOMPARE(finished.status, 2);
  QVERIFY2(finished.err.contains(words), qPrintable(finished.err));
}
