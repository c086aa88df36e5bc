#include "gui/models/measured_runs.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "costmodel/base/error.h"
#include "costmodel/price/quantity_text.h"
#include "costmodel/spec/spec_text.h"

namespace gui {

namespace {

using Json = nlohmann::json;

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }
QString changeText(double error) { return QString::fromStdString(costmodel::change_text(1 + error)); }

// A place in a document that can say what is wrong with it.
class At {
 public:
  At(const Json& json, std::string file, std::string path = {})
      : json_(json), file_(std::move(file)), path_(std::move(path)) {}

  At operator[](const std::string& key) const {
    const std::string path = path_.empty() ? key : path_ + "/" + key;
    const auto found = json_.is_object() ? json_.find(key) : json_.end();
    if (found == json_.end()) At(json_, file_, path).fail("is missing");
    return {*found, file_, path};
  }
  std::vector<At> items() const {
    if (!json_.is_array()) fail("is not a list");
    std::vector<At> list;
    for (std::size_t i = 0; i < json_.size(); ++i)
      list.emplace_back(json_[i], file_, path_ + "/" + std::to_string(i));
    return list;
  }
  bool null() const { return json_.is_null(); }
  bool has(const char* key) const {
    return json_.is_object() && json_.contains(key) && !json_[key].is_null();
  }
  double number() const {
    if (!json_.is_number()) fail("is not a number");
    return json_.get<double>();
  }
  int integer() const { return static_cast<int>(number()); }
  bool truth() const {
    if (!json_.is_boolean()) fail("is neither true nor false");
    return json_.get<bool>();
  }
  QString text() const {
    if (!json_.is_string()) fail("is not a text");
    return QString::fromStdString(json_.get<std::string>());
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw costmodel::Error(what, costmodel::InputLocation{file_, 0, 0, path_});
  }

 private:
  const Json& json_;
  std::string file_, path_;
};

void expectUnit(const At& at, const QString& unit, const char* expected) {
  if (unit == QLatin1String(expected)) return;
  at.fail("is \"" + unit.toStdString() + "\"; expected \"" + expected + "\"");
}

const char* unitOfMetric(const At& at) {
  constexpr std::array<std::pair<const char*, const char*>, 4> units{{{"time_s", "s"},
                                                                      {"tflops_per_gpu", "TFLOP/s"},
                                                                      {"tokens_per_s_per_gpu", "tokens/s"},
                                                                      {"memory_gb", "GB"}}};
  const QString metric = at.text();
  for (const auto& [name, unit] : units)
    if (metric == QLatin1String(name)) return unit;
  at.fail("is \"" + metric.toStdString() +
          "\"; expected time_s, tflops_per_gpu, tokens_per_s_per_gpu or memory_gb");
}

// Of `validate`: with units, which are seconds.
ComparedValue timeOf(const At& at) {
  for (const char* side : {"predicted", "measured"})
    expectUnit(at[side]["unit"], at[side]["unit"].text(), "s");
  ComparedValue value;
  value.predicted = at["predicted"]["value"].number();
  value.low = at["predicted"]["low"].number();
  value.high = at["predicted"]["high"].number();
  value.measured = at["measured"]["value"].number();
  // An operation that took no time has no relative error.
  value.error = at.has("error") ? at["error"].number() : 0;
  value.inside = at["inside"].truth();
  return value;
}

MeasuredRun validatedRun(const At& at) {
  MeasuredRun run;
  run.id = at["plan"]["name"].text();
  run.plan = at["plan"]["axes"].text();
  run.source = at["place"].text();
  run.group = QStringLiteral("validate");
  run.metric = QStringLiteral("time_s");
  run.unit = QStringLiteral("s");
  run.value = timeOf(at["total"]);
  run.measured = run.value->measured;
  for (const At& operation : at["operations"].items())
    run.parts.push_back({operation["name"].text(), timeOf(operation)});
  const At scenario = at["scenario"];
  run.subject = RunSubject{scenario["model"]["name"].text(), scenario["workload"]["phase"].text(),
                           scenario["cluster"]["name"].text(),
                           static_cast<std::int64_t>(at["sequence"]["run"].number()), at["ranks"].integer()};
  run.check = tr("%1, %2, %3 of %4 tokens run")
                  .arg(at["agrees"].truth() ? tr("numbers agree") : tr("NUMBERS DIFFER"),
                       at["bytes_equal"].truth() ? tr("bytes equal") : tr("BYTES DIFFER"))
                  .arg(run.subject->sequence)
                  .arg(static_cast<std::int64_t>(at["sequence"]["asked"].number()));
  return run;
}

QString updateText(const At& at) {
  const QString file = QFileInfo(at["file"].text()).fileName();
  if (!at["taken"].truth()) return tr("%1 stays as it was: %2.").arg(file, at["why_not"].text());
  return tr("%1 is brought up to date: error of the whole plan %2 before, %3 after, for repetitions that "
            "were "
            "held back.")
      .arg(file, changeText(at["error_before"].number()), changeText(at["error_after"].number()));
}

// One quantity; a time that the model has no term for is not predicted.
MeasuredRun machineQuantity(const At& at, const QString& place) {
  MeasuredRun run;
  run.id = at["name"].text();
  run.source = place;
  run.group = QStringLiteral("calibrate");
  run.metric = QStringLiteral("quantity_s");
  run.unit = QStringLiteral("s");
  expectUnit(at["measured"]["unit"], at["measured"]["unit"].text(), "s");
  run.measured = at["measured"]["value"].number();
  const auto error = [&](const char* when) -> std::optional<double> {
    if (!at.has(when) || run.measured <= 0) return std::nullopt;
    return at[when]["value"].number() / run.measured - 1;
  };
  run.before = error("before");
  run.after = error("after");
  if (!run.after) {
    run.unmatched = tr("the model has no term for it");
    return run;
  }
  const double predicted = at["after"]["value"].number();
  run.value = ComparedValue{predicted, predicted, predicted, run.measured, *run.after, false};
  return run;
}

MeasuredRun publishedRun(const At& at) {
  MeasuredRun run;
  run.id = at["id"].text();
  run.source = at["source"].text();
  run.group = at["group"].text();
  run.plan = at["plan"].text();
  run.metric = at["metric"].text();
  run.unit = at["unit"].text();
  expectUnit(at["unit"], run.unit, unitOfMetric(at["metric"]));
  run.measured = at["measured"].number();
  if (at.has("skipped")) {
    run.unmatched = at["skipped"].text();
    return run;
  }
  run.value = ComparedValue{at["predicted"].number(), at["low"].number(),  at["high"].number(), run.measured,
                            at["error"].number(),     at["inside"].truth()};
  return run;
}

}  // namespace

RunSubject subjectOf(const costmodel::Scenario& scenario) {
  return {QString::fromStdString(scenario.model.name),
          QString::fromStdString(std::string(costmodel::name_of(scenario.workload.phase))),
          QString::fromStdString(scenario.cluster.name), scenario.workload.sequence, scenario.usable_gpus()};
}

MeasuredRuns runsOf(const Json& json, const QString& origin) {
  const At at(json, origin.toStdString());
  const QString schema = at["schema"].text();
  MeasuredRuns runs;
  runs.origin = origin;
  if (schema == QLatin1String("ringside/validate/1")) {
    runs.runs.push_back(validatedRun(at));
    if (at.has("update")) runs.update = updateText(at["update"]);
    return runs;
  }
  if (schema != QLatin1String("ringside/reproduce/1"))
    at["schema"].fail(
        "is \"" + schema.toStdString() +
        "\"; expected ringside/validate/1 or ringside/reproduce/1, as --json of those commands writes it");
  for (const At& row : at["rows"].items()) runs.runs.push_back(publishedRun(row));
  for (const At& source : at["sources"].items()) {
    if (!source.has("bias")) continue;
    runs.sources.push_back({QStringLiteral("%1, %2").arg(source["group"].text(), source["source"].text()),
                            source["bias"].number(), source["mean"].number(), source["rows"].integer()});
  }
  return runs;
}

FitAnswer fitOf(const Json& json, const QString& origin) {
  const At at(json, origin.toStdString());
  if (at["schema"].text() != QLatin1String("ringside/calibrate/1"))
    at["schema"].fail("is not ringside/calibrate/1");
  FitAnswer fit;
  fit.mean_before = at["mean_before"].number();
  fit.mean_after = at["mean_after"].number();
  fit.cross_validated = at["cross_validated"].number();
  for (const At& row : at["rows"].items()) {
    FitAnswer::Row fitted{row["id"].text(), {}, {}, {}};
    if (row.has("skipped")) fitted.skipped = row["skipped"].text();
    if (row.has("before")) fitted.before = row["before"].number();
    if (row.has("after")) fitted.after = row["after"].number();
    fit.rows.push_back(fitted);
  }
  for (const At& constant : at["constants"].items())
    fit.constants.push_back({constant["name"].text(), constant["before"].number(), constant["value"].number(),
                             constant["sigma"].number(), constant["from_rows"].number()});
  return fit;
}

MachineFit machineFitOf(const Json& json, const QString& origin) {
  const At at(json, origin.toStdString());
  if (at["schema"].text() != QLatin1String("ringside/calibrate/1"))
    at["schema"].fail("is not ringside/calibrate/1");
  MachineFit fit;
  fit.device = at["device"].text();
  fit.machine = at["machine"].text();
  fit.place = at["place"].text();
  if (at.has("noise")) fit.noise = at["noise"].text();
  fit.mean_before = at["mean_before"].number();
  fit.mean_after = at["mean_after"].number();
  for (const At& quantity : at["quantities"].items())
    fit.quantities.push_back(machineQuantity(quantity, fit.machine));
  return fit;
}

MeasuredRuns parseRuns(const QByteArray& bytes, const QString& file) {
  const Json json = Json::parse(bytes.cbegin(), bytes.cend(), nullptr, false);
  if (!json.is_object())
    throw costmodel::Error(
        "this is not JSON; expected what ringside validate or reproduce writes with --json",
        costmodel::InputLocation{file.toStdString(), 0, 0, ""});
  return runsOf(json, file);
}

}  // namespace gui
