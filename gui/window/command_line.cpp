#include "gui/window/command_line.h"

#include <QCommandLineParser>

#include "gui/document/scenario_fields.h"

namespace gui {

namespace {

QSize sizeOf(const QString& text) {
  const QStringList parts = text.split(QLatin1Char('x'));
  if (parts.size() != 2) return {};
  return {parts[0].toInt(), parts[1].toInt()};
}

// As `ringside plan` has it: "nic_bandwidth" is --nic-bandwidth.
QString flagOf(const std::string& key) {
  return QString::fromStdString(key).replace(QLatin1Char('_'), QLatin1Char('-'));
}

}  // namespace

ParsedCommandLine parseCommandLine(const QStringList& arguments) {
  QCommandLineParser parser;
  const auto option = [&](const char* name, const char* help, const char* value = "") {
    parser.addOption({QString::fromLatin1(name), QString::fromLatin1(help), QString::fromLatin1(value)});
  };
  parser.setApplicationDescription(
      QStringLiteral("Ringside: which partition plan should I run, and why?\n"
                     "Example: ringside-gui scenario.toml --export table.csv --view table"));
  parser.addPositionalArgument(QStringLiteral("file"), QStringLiteral("scenario file (TOML)"),
                               QStringLiteral("[FILE]"));
  option("example", "open the example project");
  option("screenshot", "write a picture of the window and stop; needs no display", "PNG");
  option("export", "write a view as .svg, .png, .pdf or .csv and stop; needs no display", "PATH");
  option("view",
         "the view to export: figure, table, timeline, trade-off, memory, breakdown, links, "
         "links-matrix, validation, sweep, window",
         "NAME");
  option("measured", "open measurements: a result (.json), a table (.csv) or a measured trace (.json)",
         "FILE");
  option("plan", "the plan to look at, by name or family: burst", "PLAN");
  option("baseline", "the plan to compare with", "PLAN");
  option("layout", "overview, timeline or sweep", "NAME");
  for (const Field& field : scenarioFields())
    parser.addOption({flagOf(field.key), field.help, QStringLiteral("VALUE")});
  option("dark", "dark colours");
  option("light", "light colours");
  option("size", "size of the window, for pictures", "WxH");
  option("scale", "pixels per point of pictures: 2 for fine screens", "FACTOR");
  const QCommandLineOption help = parser.addHelpOption();
  const QCommandLineOption version = parser.addVersionOption();

  ParsedCommandLine parsed;
  const auto refuse = [&](const QString& message) {
    parsed.exit = EarlyExit{QStringLiteral("ringside-gui: ") + message + QLatin1Char('\n'), 2};
    return parsed;
  };
  if (!parser.parse(arguments))
    return refuse(parser.errorText() + QStringLiteral("; see ringside-gui --help"));
  if (parser.isSet(help)) {
    parsed.exit = EarlyExit{parser.helpText(), 0};
    return parsed;
  }
  if (parser.isSet(version)) {
    parsed.exit = EarlyExit{QStringLiteral("ringside-gui " RINGSIDE_VERSION "\n"), 0};
    return parsed;
  }
  const QStringList files = parser.positionalArguments();
  if (files.size() > 1) return refuse(QStringLiteral("expected one file, found %1").arg(files.size()));
  const auto value = [&](const char* name) { return parser.value(QString::fromLatin1(name)); };
  const auto given = [&](const char* name) { return parser.isSet(QString::fromLatin1(name)); };
  CommandLine& line = parsed.line;
  line.file = files.value(0);
  line.example = given("example");
  line.screenshot = value("screenshot");
  line.export_to = value("export");
  line.view = value("view");
  line.measured = value("measured");
  line.plan = value("plan");
  line.baseline = value("baseline");
  line.layout = value("layout");
  const QStringList layouts{QStringLiteral("overview"), QStringLiteral("timeline"), QStringLiteral("sweep")};
  if (!line.layout.isEmpty() && !layouts.contains(line.layout))
    return refuse(QStringLiteral("--layout: there is no layout \"%1\"; expected one of %2")
                      .arg(line.layout, layouts.join(QStringLiteral(", "))));
  for (const Field& field : scenarioFields())
    if (parser.isSet(flagOf(field.key))) line.fields.emplace_back(field.key, parser.value(flagOf(field.key)));
  if (given("dark")) line.scheme = Scheme::dark;
  if (given("light")) line.scheme = Scheme::light;
  if (given("size")) {
    line.size = sizeOf(value("size"));
    if (line.size.width() < 640 || line.size.height() < 400 || line.size.width() > 16384 ||
        line.size.height() > 16384)
      return refuse(
          QStringLiteral("--size: cannot use \"%1\"; expected 640x400 to 16384x16384, such as 1600x980")
              .arg(value("size")));
  }
  if (given("scale")) {
    line.scale = value("scale").toDouble();
    if (!(line.scale >= 0.5 && line.scale <= 4))
      return refuse(
          QStringLiteral("--scale: cannot use \"%1\"; expected 0.5 to 4, such as 2").arg(value("scale")));
  }
  if (!line.export_to.isEmpty() && line.view.isEmpty())
    return refuse(
        QStringLiteral("--export needs --view: figure, table, timeline, trade-off, memory, breakdown, links, "
                       "links-matrix, validation, sweep or window"));
  return parsed;
}

}  // namespace gui
