#include "tests/gui/program_test.h"

#include <QDir>
#include <QFile>
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
               QStringLiteral("ring"), QStringLiteral("--nodes"), QStringLiteral("2"),
               QStringLiteral("--layout"), QStringLiteral("timeline")});
  QVERIFY2(finished.status == 0, qPrintable(finished.err));
  QCOMPARE(finished.out + finished.err, QString());
  QFile file(path);
  QVERIFY(file.open(QIODevice::ReadOnly));
  const QByteArray table = file.readAll();
  QVERIFY(table.startsWith("Plan,"));
  QVERIFY2(table.contains("ring 2x8") || table.contains("ring 16"), table.constData());
}

void ProgramTest::thePicturesOfTheDocumentsAreTheScripts() {
  QTemporaryDir folder;
  QProcess process;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert(QStringLiteral("RINGSIDE_GUI"), QStringLiteral(RINGSIDE_GUI_BINARY));
  process.setProcessEnvironment(environment);
  process.start(QStringLiteral(RINGSIDE_SOURCE_DIR "/docs/figures/screens"), {folder.path()});
  QVERIFY(process.waitForFinished(100000));
  QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
  const QStringList names = QDir(folder.path()).entryList({QStringLiteral("*.png")});
  QCOMPARE(names.size(), 3);
  QString documents;
  for (const char* document : {"README.md", "docs/gui.md"}) {
    QFile file(QStringLiteral(RINGSIDE_SOURCE_DIR "/") + QLatin1String(document));
    QVERIFY(file.open(QIODevice::ReadOnly));
    documents += QString::fromUtf8(file.readAll());
  }
  for (const QString& name : names) {
    QVERIFY2(documents.contains(QStringLiteral("figures/") + name), qPrintable(name));
    const QImage committed(QStringLiteral(RINGSIDE_SOURCE_DIR "/docs/figures/") + name);
    const QImage made(folder.filePath(name));
    QVERIFY2(committed.size() == made.size(), qPrintable(name));
    // Fonts and the time that an answer took differ from machine to machine: the pictures agree in the large.
    constexpr QSize small(80, 45);
    const QImage a = committed.scaled(small, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    const QImage b = made.scaled(small, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    int far = 0;
    for (int y = 0; y < small.height(); ++y)
      for (int x = 0; x < small.width(); ++x)
        far += std::abs(qGray(a.pixel(x, y)) - qGray(b.pixel(x, y))) > 25;
    QVERIFY2(far < small.width() * small.height() / 20,
             qPrintable(QStringLiteral("%1: %2 of %3 places differ; run docs/figures/screens and look")
                            .arg(name)
                            .arg(far)
                            .arg(small.width() * small.height())));
  }
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
  QTest::newRow("layout") << QStringList{png, QStringLiteral("--layout=wide")} << QStringLiteral("overview");
  QTest::newRow("field") << QStringList{quick, png, QStringLiteral("--nic-bandwidth=fast")}
                         << QStringLiteral("--nic-bandwidth");
  QTest::newRow("file") << QStringList{QStringLiteral("no-such.toml"), png} << QStringLiteral("no-such.toml");
}

void ProgramTest::mistakesAreNamed() {
  QFETCH(QStringList, arguments);
  QFETCH(QString, words);
  const Finished finished = program(arguments);
  QCOMPARE(finished.status, 2);
  QVERIFY2(finished.err.contains(words), qPrintable(finished.err));
}
