// Runs that were measured beside what was predicted for them: from `ringside validate`, from tables of
// measurements (`ringside reproduce`), and what a fit makes of them (`ringside calibrate`).  Every number is
// the one in the JSON of those commands.
#pragma once

#include <QByteArray>
#include <QString>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "costmodel/spec/scenario.h"

namespace gui {

struct ComparedValue {
  double predicted = 0, low = 0, high = 0;  // with its 90 % interval
  double measured = 0;
  double error = 0;  // (predicted - measured) / measured
  bool inside = false;

  bool hasInterval() const { return high > low; }
};

// A kind of operation of a run.
struct ComparedPart {
  QString name;
  ComparedValue value;
};

// What a run was about, to find the runs of a scenario.
struct RunSubject {
  QString model, phase, cluster;
  std::int64_t sequence = 0;  // that was run
  int ranks = 0;
  friend bool operator==(const RunSubject&, const RunSubject&) = default;
};
RunSubject subjectOf(const costmodel::Scenario& scenario);

struct MeasuredRun {
  QString id, source, group, plan;
  QString metric, unit;                // "time_s", "s"
  std::optional<ComparedValue> value;  // nothing when no prediction matches it
  double measured = 0;
  QString unmatched;                    // then why
  std::vector<ComparedPart> parts;      // of a run by validate
  std::optional<RunSubject> subject;    // of a run by validate
  QString check;                        // "numbers agree, bytes equal"
  std::optional<double> before, after;  // errors round a fit
};

// The signed mean error of the rows of one source.
struct SourceError {
  QString name;
  double bias = 0, mean = 0;
  int rows = 0;
};

struct MeasuredRuns {
  QString origin;  // file, or "this machine"
  std::vector<MeasuredRun> runs;
  std::vector<SourceError> sources;
  QString update;  // what became of the calibration file that a run was to be folded into; or ""
};

// What `ringside calibrate` says about rows and constants.
struct FittedConstant {
  QString name;
  double before = 0, value = 0, sigma = 0, from_rows = 0;
};
struct FitAnswer {
  struct Row {
    QString id, skipped;
    std::optional<double> before, after;
  };
  std::vector<Row> rows;
  std::vector<FittedConstant> constants;
  double mean_before = 0, mean_after = 0, cross_validated = 0;
};

// What `ringside calibrate --backend` measured of this machine: every quantity as a run, with the error of
// the model before and after.
struct MachineFit {
  QString device, machine, place;
  QString noise;  // why the samples are to be doubted; or ""
  std::vector<MeasuredRun> quantities;
  double mean_before = 0, mean_after = 0;
};

// All throw costmodel::Error that names the file and the place in it that is wrong, such as "rows/3/unit".
MeasuredRuns runsOf(const nlohmann::json& json, const QString& origin);      // validate/1 and reproduce/1
FitAnswer fitOf(const nlohmann::json& json, const QString& origin);          // calibrate/1
MachineFit machineFitOf(const nlohmann::json& json, const QString& origin);  // calibrate/1 with --backend
MeasuredRuns parseRuns(const QByteArray& json, const QString& file);

}  // namespace gui
