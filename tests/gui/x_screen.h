// An X server without a monitor (Xvfb), a program on it, and xdotool's hands.
#pragma once

#include <QImage>
#include <QProcess>
#include <QTemporaryDir>

class XScreen {
 public:
  // Whether this machine has the programs.
  static bool possible();

  ~XScreen();

  // What went wrong, empty when nothing did.
  QString start(const QSize& size);
  QString run(const QString& program, const QStringList& arguments);
  bool programRuns() const { return program_.state() == QProcess::Running; }
  void killProgram();  // as a crash ends it

  // Types and clicks where the server's focus and pointer are; false when xdotool failed.
  bool act(const QStringList& xdotool);
  bool key(const char* keys) { return act({QStringLiteral("key"), QString::fromLatin1(keys)}); }
  bool type(const char* text) {
    return act(
        {QStringLiteral("type"), QStringLiteral("--delay"), QStringLiteral("5"), QString::fromLatin1(text)});
  }
  bool click(const QPoint& at);
  // Waits for a window of that name and gives it the focus, as a window manager would.
  bool focus(const char* name);
  // Of the window with the focus; empty when there is none.
  QString title();
  // What is on the screen.
  QImage picture() const;
  const QTemporaryDir& folder() const { return folder_; }

 private:
  bool patiently(const QStringList& xdotool);
  QByteArray xdotool(const QStringList& arguments, bool* good = nullptr);

  QTemporaryDir folder_;
  QProcess server_;
  QProcess program_;
  QString display_;
};
