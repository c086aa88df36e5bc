// A window on an evaluated project, and commands typed into its palette.
#pragma once

#include <QLineEdit>
#include <QtTest>

#include "gui/window/command_palette.h"
#include "tests/gui/gui_fixture.h"

struct OpenedWindow {
  std::unique_ptr<gui::Session> session;
  std::unique_ptr<gui::MainWindow> window;
};

inline OpenedWindow openedWindow(const std::string& toml = quick_scenario) {
  OpenedWindow opened{openedSession(toml), {}};
  opened.window = std::make_unique<gui::MainWindow>(*opened.session, gui::MainWindow::Memory::none);
  opened.window->resize(1600, 980);
  opened.window->show();
  QCoreApplication::processEvents();
  return opened;
}

inline void runCommand(gui::MainWindow& window, const char* text) {
  window.activateWindow();
  QVERIFY(QTest::qWaitForWindowActive(&window));
  QTest::keyClick(&window, Qt::Key_K, Qt::ControlModifier);
  auto* palette = window.findChild<gui::CommandPalette*>();
  QVERIFY(palette != nullptr);
  QTest::keyClicks(&palette->line(), QString::fromLatin1(text));
  QTest::keyClick(&palette->line(), Qt::Key_Return);
  QTRY_VERIFY(window.findChild<gui::CommandPalette*>() == nullptr);
}
