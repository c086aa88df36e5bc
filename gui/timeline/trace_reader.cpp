#include "gui/timeline/trace_reader.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "costmodel/base/error.h"

namespace gui {

namespace {

using Json = nlohmann::json;

constexpr qint64 largest_file = 1LL << 28;
constexpr double latest = 1e15;  // microseconds: thirty years

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

struct Event {
  double start = 0, end = 0;
  std::uint32_t name = 0;
  SliceKind kind = SliceKind::kernel;
  Critical critical = Critical::no;
};

LaneRole role_of(const std::string& lane) {
  using costmodel::Lane;
  for (int l = 0; l < costmodel::lane_count; ++l) {
    const Lane known = static_cast<Lane>(l);
    if (lane != costmodel::name_of(known)) continue;
    switch (known) {
      case Lane::collective:
      case Lane::parameters: return LaneRole::collective;
      case Lane::host: return LaneRole::host;
      case Lane::compute: return LaneRole::compute;
      default: return LaneRole::message;
    }
  }
  return LaneRole::compute;
}

SliceKind kind_of(LaneRole role, const std::string& name, const std::string& category) {
  if (category == "stall") return SliceKind::stall;
  switch (role) {
    case LaneRole::compute: return name.starts_with("attention") ? SliceKind::attention : SliceKind::kernel;
    case LaneRole::collective: return SliceKind::collective_inside;
    case LaneRole::host: return SliceKind::host;
    default: return SliceKind::message;
  }
}

class Reader {
  Q_DECLARE_TR_FUNCTIONS(gui::Reader)

 public:
  Reader(const QString& file_name, const std::vector<TraceWindow>& windows)
      : file_(file_name.toStdString()), windows_(windows) {}

  TimelineTrace read(const QByteArray& bytes) {
    const Json json = Json::parse(bytes.cbegin(), bytes.cend(), nullptr, false);
    if (json.is_discarded())
      fail("this is not JSON; a Chrome trace is, as `ringside simulate --trace` writes it");
    const Json* events = &json;
    if (json.is_object()) {
      const auto found = json.find("traceEvents");
      if (found == json.end()) fail("there is no \"traceEvents\"; a Chrome trace has that list");
      events = &*found;
    }
    if (!events->is_array()) fail("\"traceEvents\" is not a list; a Chrome trace has a list of events there");
    for (number_ = 0; number_ < events->size(); ++number_) name_or_skip((*events)[number_]);
    if (!windows_.empty())
      for (number_ = 0; number_ < events->size(); ++number_) find_windows((*events)[number_]);
    for (number_ = 0; number_ < events->size(); ++number_) slice_or_skip((*events)[number_]);
    if (!windows_.empty()) first_ = 0;
    if (lanes_.empty())
      fail("there are no events with a duration (\"ph\": \"X\"); without them there is nothing to show");
    return build();
  }

 private:
  using LaneKey = std::pair<int, int>;  // process, thread

  [[noreturn]] void fail(const std::string& message) const {
    throw costmodel::Error(message, costmodel::InputLocation{file_, 0, 0, ""});
  }
  [[noreturn]] void fail_event(const std::string& key, const std::string& right) const {
    throw costmodel::Error(
        "this is not " + right,
        costmodel::InputLocation{file_, 0, 0, "traceEvents/" + std::to_string(number_) + "/" + key});
  }

  std::string text(const Json& event, const char* key) const {
    const auto found = event.find(key);
    if (found == event.end()) return {};
    if (!found->is_string()) fail_event(key, "a text");
    return found->get<std::string>();
  }
  double number(const Json& event, const char* key) const {
    const auto found = event.find(key);
    if (found == event.end() || !found->is_number() || !(std::abs(found->get<double>()) < latest))
      fail_event(key, "a number of microseconds below 1e15");
    return found->get<double>();
  }
  int index(const Json& event, const char* key) const {
    const auto found = event.find(key);
    if (found == event.end()) return 0;
    if (!found->is_number_integer() || found->get<std::int64_t>() < 0 ||
        found->get<std::int64_t>() > std::numeric_limits<int>::max())
      fail_event(key, "a whole number from 0 on");
    return found->get<int>();
  }

  void name_or_skip(const Json& event) {
    if (!event.is_object()) fail_event("", "an object");
    if (text(event, "ph") != "M") return;
    const std::string what = text(event, "name");
    if (what != "process_name" && what != "thread_name") return;
    const auto args = event.find("args");
    if (args == event.end() || !args->is_object()) fail_event("args", "an object with a name");
    const std::string name = text(*args, "name");
    if (what == "process_name")
      rank_names_[index(event, "pid")] = name;
    else
      lane_names_[{index(event, "pid"), index(event, "tid")}] = name;
  }

  int repetition_of(const Json& event) const {
    const auto args = event.find("args");
    return args != event.end() && args->is_object() ? index(*args, "repetition") : 0;
  }

  // Where the repetition of a phase begins that stands for the others: the first that has one before it and
  // one after it, where there is such a one.
  void find_windows(const Json& event) {
    if (text(event, "ph") != "X") return;
    Repetitions& found = repetitions_[text(event, "cat")];
    const int repetition = repetition_of(event);
    if (repetition > 1) found.shown = 1;
    if (repetition < 2) found.begins[repetition] = std::min(found.begins[repetition], number(event, "ts"));
  }

  // How far an event moves, in microseconds; nothing when it is not shown.
  std::optional<double> shift_of(const Json& event) const {
    if (windows_.empty()) return 0.0;
    const std::string phase = text(event, "cat");
    for (const TraceWindow& window : windows_) {
      if (window.phase != phase) continue;
      const Repetitions& found = repetitions_.at(phase);
      if (repetition_of(event) != found.shown) return {};
      return window.at * 1e6 - found.begins[found.shown];
    }
    return {};
  }

  void slice_or_skip(const Json& event) {
    if (text(event, "ph") != "X") return;
    const std::optional<double> shift = shift_of(event);
    if (!shift) return;
    const double start = number(event, "ts") + *shift, duration = number(event, "dur");
    if (duration < 0) fail_event("dur", "zero or more");
    const LaneKey lane{index(event, "pid"), index(event, "tid")};
    const LaneRole role = role_of(lane_names_[lane]);
    const std::string name = text(event, "name");
    Event slice{start * 1e-6, (start + duration) * 1e-6, name_index(name),
                kind_of(role, name, text(event, "cat")), Critical::no};
    if (const auto args = event.find("args"); args != event.end() && args->is_object())
      if (const auto critical = args->find("critical"); critical != args->end() && critical->is_boolean())
        slice.critical = critical->get<bool>() ? Critical::yes : Critical::no;
    lanes_[lane].push_back(slice);
    first_ = std::min(first_, slice.start);
  }

  std::uint32_t name_index(const std::string& name) {
    const auto [known, is_new] = names_.try_emplace(name, static_cast<std::uint32_t>(trace_.names.size()));
    if (is_new) trace_.names.push_back(QString::fromStdString(name));
    return known->second;
  }

  TimelineTrace build() {
    for (auto& [lane, events] : lanes_) {
      if (trace_.ranks.empty() || trace_.ranks.back().rank != lane.first) open_rank(lane.first);
      add_rows(lane, events);
      trace_.ranks.back().row_count = trace_.rows.size() - trace_.ranks.back().first_row;
    }
    trace_.shown_ranks = trace_.ranks.size() == 1 ? tr("1 rank") : tr("%1 ranks").arg(trace_.ranks.size());
    return std::move(trace_);
  }

  void open_rank(int rank) {
    TraceRank opened;
    opened.rank = rank;
    opened.first_row = trace_.rows.size();
    opened.full_name = QString::fromStdString(rank_names_[rank]);
    if (opened.full_name.isEmpty()) opened.full_name = tr("rank %1").arg(rank);
    static const QRegularExpression place(QStringLiteral("node (\\d+), GPU (\\d+)"));
    const QRegularExpressionMatch match = place.match(opened.full_name);
    opened.label =
        match.hasMatch() ? tr("n%1 g%2").arg(match.captured(1), match.captured(2)) : tr("rank %1").arg(rank);
    if (match.hasMatch()) opened.node = match.captured(1).toInt();
    trace_.ranks.push_back(opened);
  }

  // Slices that overlap go to further rows.
  void add_rows(const LaneKey& lane, std::vector<Event>& events) {
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.start < b.start; });
    const std::size_t first = trace_.rows.size();
    const std::string& name = lane_names_[lane];
    std::vector<double> free_at;
    for (const Event& event : events) {
      // Times were printed with a picosecond's digits: neighbours may overlap by that.
      const double tolerance = 2e-12 + 1e-9 * (event.start - first_);
      std::size_t row = 0;
      while (row < free_at.size() && event.start + tolerance < free_at[row]) ++row;
      if (row == free_at.size()) {
        free_at.push_back(0);
        trace_.rows.emplace_back(lane.first, role_of(name), QString::fromStdString(name));
      }
      free_at[row] = event.end;
      trace_.rows[first + row].add(event.start - first_, event.end - first_, event.kind, event.critical,
                                   event.name);
      trace_.duration = std::max(trace_.duration, event.end - first_);
    }
  }

  struct Repetitions {
    int shown = 0;
    double begins[2] = {latest, latest};  // us, of the first two
  };

  std::string file_;
  const std::vector<TraceWindow>& windows_;
  std::map<std::string, Repetitions> repetitions_;  // by phase
  std::size_t number_ = 0;                          // of the event that is read
  std::map<int, std::string> rank_names_;
  std::map<LaneKey, std::string> lane_names_;
  std::map<LaneKey, std::vector<Event>> lanes_;
  std::map<std::string, std::uint32_t> names_;
  double first_ = std::numeric_limits<double>::infinity();
  TimelineTrace trace_;
};

}  // namespace

std::vector<TraceWindow> windowsOf(const costmodel::PlanTimeline& predicted) {
  std::vector<TraceWindow> windows;
  double at = 0;
  for (const costmodel::PhaseTimeline& recorded : predicted.phases) {
    windows.push_back({std::string(predicted.phase(recorded).name), at});
    at += recorded.time.time.value;
  }
  return windows;
}

TimelineTrace parseTrace(const QByteArray& json, const QString& file_name,
                         const std::vector<TraceWindow>& windows) {
  TimelineTrace trace = Reader(file_name, windows).read(json);
  trace.plan = QFileInfo(file_name).fileName();
  trace.extent = tr("Trace of %1").arg(trace.plan);
  return trace;
}

TimelineTrace readTrace(const QString& path, const std::vector<TraceWindow>& windows) {
  const costmodel::InputLocation where{path.toStdString(), 0, 0, ""};
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly))
    throw costmodel::Error("cannot be read: " + file.errorString().toStdString(), where);
  if (file.size() > largest_file)
    throw costmodel::Error("is larger than 256 MiB; record fewer ranks (--trace-ranks representative)",
                           where);
  return parseTrace(file.readAll(), path, windows);
}

}  // namespace gui
