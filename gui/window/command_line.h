// The arguments of the program.
#pragma once

#include <QSize>
#include <QString>
#include <QStringList>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gui/look/theme.h"

namespace gui {

struct CommandLine {
  QString file;  // empty: the last project, or the example
  bool example = false;
  QString screenshot;  // write the window and stop
  QString export_to;   // write a view and stop
  QString view;
  QString measured;  // a result, a table of measurements or a trace to open
  QString plan;
  QString baseline;
  QString layout;  // overview, timeline or sweep; empty: the last one, of pictures the overview
  std::vector<std::pair<std::string, QString>> fields;  // keys of scenario_fields.h, to set after opening
  std::optional<Scheme> scheme;
  QSize size{1600, 980};
  double scale = 1;

  bool picture() const { return !screenshot.isEmpty() || !export_to.isEmpty(); }
};

// Text for stdout and the status to leave with, instead of a command line.
struct EarlyExit {
  QString text;
  int status = 0;
};

struct ParsedCommandLine {
  CommandLine line;
  std::optional<EarlyExit> exit;  // --help, --version or a mistake
};

ParsedCommandLine parseCommandLine(const QStringList& arguments);

}  // namespace gui
