#include "tests/gui/x_screen.h"

#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QThread>
#include <QtEndian>
#include <array>

namespace {

constexpr int patience_ms = 20000;

QString found(const char* program) { return QStandardPaths::findExecutable(QString::fromLatin1(program)); }

}  // namespace

bool XScreen::possible() { return !found("Xvfb").isEmpty() && !found("xdotool").isEmpty(); }

XScreen::~XScreen() {
  for (QProcess* process : {&program_, &server_}) {
    if (process->state() == QProcess::NotRunning) continue;
    process->terminate();
    if (!process->waitForFinished(3000)) process->kill();
    process->waitForFinished();
  }
}

QString XScreen::start(const QSize& size) {
  server_.start(found("Xvfb"),
                {QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-nolisten"),
                 QStringLiteral("tcp"), QStringLiteral("-fbdir"), folder_.path(), QStringLiteral("-screen"),
                 QStringLiteral("0"), QStringLiteral("%1x%2x24").arg(size.width()).arg(size.height())});
  QByteArray number;  // the server names its display when it is ready
  while (!number.endsWith('\n'))
    if (!server_.waitForReadyRead(patience_ms))
      return QStringLiteral("Xvfb does not start: ") + QString::fromUtf8(server_.readAllStandardError());
    else
      number += server_.readAllStandardOutput();
  display_ = QLatin1Char(':') + QString::fromLatin1(number.trimmed());
  return {};
}

QString XScreen::run(const QString& program, const QStringList& arguments) {
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert(QStringLiteral("DISPLAY"), display_);
  environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
  environment.insert(QStringLiteral("HOME"), folder_.path());  // settings of its own
  for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "QT_SCALE_FACTOR"})
    environment.remove(QString::fromLatin1(name));
  program_.setProcessEnvironment(environment);
  program_.setProcessChannelMode(QProcess::ForwardedErrorChannel);
  program_.start(program, arguments);
  if (!program_.waitForStarted()) return program_.errorString();
  // There is no window manager: place the window and give it the focus as one would.
  return patiently({QStringLiteral("search"), QStringLiteral("--onlyvisible"), QStringLiteral("--name"),
                    QStringLiteral("Ringside"), QStringLiteral("windowmove"), QStringLiteral("0"),
                    QStringLiteral("0"), QStringLiteral("windowfocus"), QStringLiteral("--sync")})
             ? QString()
             : QStringLiteral("no window came up");
}

// A window that is found may be one that is just going, or not yet there to take the focus.
bool XScreen::patiently(const QStringList& arguments) {
  QElapsedTimer timer;
  timer.start();
  while (!act(arguments)) {
    if (timer.elapsed() > patience_ms) return false;
    QThread::msleep(100);
  }
  return true;
}

void XScreen::killProgram() {
  program_.kill();
  program_.waitForFinished(patience_ms);
}

QByteArray XScreen::xdotool(const QStringList& arguments, bool* good) {
  QProcess process;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert(QStringLiteral("DISPLAY"), display_);
  process.setProcessEnvironment(environment);
  process.start(found("xdotool"), arguments);
  const bool finished = process.waitForFinished(patience_ms);
  if (good != nullptr)
    *good = finished && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
  return process.readAllStandardOutput();
}

bool XScreen::act(const QStringList& arguments) {
  bool good = false;
  xdotool(arguments, &good);
  return good;
}

bool XScreen::click(const QPoint& at) {
  return act({QStringLiteral("mousemove"), QString::number(at.x()), QString::number(at.y()),
              QStringLiteral("click"), QStringLiteral("1")});
}

bool XScreen::focus(const char* name) {
  return patiently({QStringLiteral("search"), QStringLiteral("--onlyvisible"), QStringLiteral("--name"),
                    QString::fromLatin1(name), QStringLiteral("windowfocus"), QStringLiteral("--sync")});
}

QString XScreen::title() {
  return QString::fromUtf8(xdotool({QStringLiteral("getwindowfocus"), QStringLiteral("getwindowname")}))
      .trimmed();
}

// Xvfb keeps the screen in a file of the kind that xwd writes: 32-bit numbers, big-endian, then the colour
// map, then rows of pixels.
QImage XScreen::picture() const {
  QFile file(folder_.filePath(QStringLiteral("Xvfb_screen0")));
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QByteArray bytes = file.readAll();
  enum Field : std::size_t {
    header_size = 0,
    width = 4,
    height = 5,
    bytes_per_line = 12,
    colours = 19,
    count = 25
  };
  if (bytes.size() < static_cast<qsizetype>(4 * count)) return {};
  std::array<quint32, count> header{};
  for (std::size_t i = 0; i < count; ++i) header[i] = qFromBigEndian<quint32>(bytes.constData() + 4 * i);
  const qsizetype begin =
      static_cast<qsizetype>(header[header_size]) + 12 * static_cast<qsizetype>(header[colours]);
  const QSize size(static_cast<int>(header[width]), static_cast<int>(header[height]));
  if (bytes.size() < begin + static_cast<qsizetype>(header[bytes_per_line]) * size.height()) return {};
  return QImage(reinterpret_cast<const uchar*>(bytes.constData() + begin), size.width(), size.height(),
                static_cast<qsizetype>(header[bytes_per_line]), QImage::Format_RGB32)
      .copy();
}
