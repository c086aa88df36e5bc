#include "gui/models/link_use.h"

#include <QFile>
#include <QHash>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "costmodel/base/error.h"

namespace gui {

namespace {

constexpr qint64 largest_file = 1LL << 29;
constexpr std::size_t column_count = 8;
enum Column {
  phase_column,
  repetitions_column,
  begin_column,
  end_column,
  link_column,
  kind_column,
  bytes_column,
  utilisation_column
};
constexpr std::array<std::string_view, column_count> column_names{
    "phase", "repetitions", "begin_s", "end_s", "link", "kind", "bytes", "utilisation"};

using Cells = std::array<std::string_view, column_count>;

QString text(std::string_view bytes) {
  return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

class Reader {
 public:
  Reader(std::string_view csv, std::string file) : rest_(csv), file_(std::move(file)) {}

  LinkUse read() {
    Cells cells = nextLine();
    for (std::size_t c = 0; c < column_count; ++c)
      if (cells[c] != column_names[c])
        fail(c, "is called \"" + std::string(cells[c].substr(0, 40)) + "\"; expected the column \"" +
                    std::string(column_names[c]) + "\", as ringside simulate --links writes it");
    while (!rest_.empty()) take(nextLine());
    if (rows_.empty()) fail(0, "has no lines below the header");
    return build();
  }

 private:
  struct Row {
    std::size_t link, slice;
    double bytes;
    float utilisation;
  };

  [[noreturn]] void fail(std::size_t column, const std::string& what) const {
    throw costmodel::Error(what,
                           costmodel::InputLocation{file_, line_, 0, std::string(column_names[column])});
  }

  Cells nextLine() {
    ++line_;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    Cells cells;
    for (std::size_t c = 0; c < column_count; ++c) {
      const std::size_t comma = line.find(',');
      if ((comma == std::string_view::npos) != (c + 1 == column_count))
        fail(c, "is where the line breaks off or goes on; expected 8 cells in every line");
      cells[c] = line.substr(0, comma);
      if (comma != std::string_view::npos) line.remove_prefix(comma + 1);
    }
    return cells;
  }

  double number(const Cells& cells, std::size_t column) const {
    double value = 0;
    const std::string_view cell = cells[column];
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value) || value < 0)
      fail(column, "is \"" + std::string(cell.substr(0, 40)) + "\"; expected a number of 0 or more");
    return value;
  }

  void take(const Cells& cells) {
    const double begin = number(cells, begin_column), end = number(cells, end_column);
    if (!(end > begin)) fail(end_column, "is not after begin_s");
    openPhase(cells, begin);
    LinkPhase& phase = use_.phases.back();
    // The slices of a phase are those of its first link; the others repeat them.
    const QByteArray name(cells[link_column].data(), static_cast<qsizetype>(cells[link_column].size()));
    if (name != link_name_ || begin <= last_begin_) {
      link_name_ = name;
      slice_ = 0;
      link_ = linkNumber(name, cells[kind_column]);
    } else {
      ++slice_;
    }
    last_begin_ = begin;
    if (slice_ == phase.slice_count) {
      if (phase_links_ > 0 && link_ != first_link_)
        fail(begin_column, "is a slice that the links before do not have");
      first_link_ = link_;
      phase_links_ = 1;
      use_.slices.push_back({begin, end, use_.phases.size() - 1});
      ++phase.slice_count;
      phase.end = end;
    }
    const LinkSlice& slice = use_.slices[phase.first_slice + slice_];
    if (std::abs(slice.begin - begin) > 1e-6 * end)
      fail(begin_column, "does not go on from the slice before");
    rows_.push_back({link_, phase.first_slice + slice_, number(cells, bytes_column),
                     static_cast<float>(number(cells, utilisation_column))});
  }

  void openPhase(const Cells& cells, double begin) {
    const QByteArray name(cells[phase_column].data(), static_cast<qsizetype>(cells[phase_column].size()));
    if (!use_.phases.empty() && name == phase_name_) return;
    if (!use_.phases.empty() && begin < use_.phases.back().begin)
      fail(begin_column, "is before the beginning of the phase before");
    phase_name_ = name;
    phase_links_ = 0;
    link_name_.clear();
    LinkPhase phase;
    phase.name = text(cells[phase_column]);
    phase.repetitions = std::max(1, static_cast<int>(number(cells, repetitions_column)));
    phase.begin = begin;
    phase.first_slice = use_.slices.size();
    use_.phases.push_back(phase);
  }

  std::size_t linkNumber(const QByteArray& name, std::string_view kind) {
    const auto known = numbers_.constFind(name);
    if (known != numbers_.constEnd()) return *known;
    numbers_.insert(name, use_.links.size());
    use_.links.push_back({QString::fromUtf8(name), text(kind)});
    return use_.links.size() - 1;
  }

  LinkUse build() {
    use_.utilisation.assign(use_.links.size() * use_.slices.size(), 0);
    use_.bytes.assign(use_.utilisation.size(), 0);
    for (const Row& row : rows_) {
      use_.utilisation[use_.at(row.link, row.slice)] = row.utilisation;
      use_.bytes[use_.at(row.link, row.slice)] = row.bytes;
    }
    return std::move(use_);
  }

  std::string_view rest_;
  std::string file_;
  int line_ = 0;
  QByteArray phase_name_, link_name_;
  double last_begin_ = -1;
  std::size_t link_ = 0, slice_ = 0, first_link_ = 0, phase_links_ = 0;
  QHash<QByteArray, std::size_t> numbers_;
  std::vector<Row> rows_;
  LinkUse use_;
};

}  // namespace

const LinkKindTotal* LinkTotals::of(const QString& kind) const {
  for (const LinkKindTotal& total : kinds)
    if (total.kind == kind) return &total;
  return nullptr;
}

bool LinkTotals::isBusiest(const QString& link) const {
  for (const LinkKindTotal& total : kinds)
    if (total.busiest == link) return true;
  return false;
}

double LinkUse::duration() const {
  double end = 0;
  for (const LinkPhase& phase : phases) end = std::max(end, phase.end);
  return end;
}

LinkTotals linkTotals(const nlohmann::json& simulation) {
  LinkTotals totals;
  if (simulation.contains("ranks")) {
    totals.simulated_ranks = simulation.at("ranks").value("simulated", 0);
    totals.all_ranks = simulation.at("ranks").value("total", 0);
  }
  if (simulation.contains("links"))
    for (const nlohmann::json& link : simulation.at("links"))
      totals.kinds.push_back({QString::fromStdString(link.at("kind").get<std::string>()),
                              link.at("used").get<int>(), link.at("bytes").at("value").get<double>(),
                              link.at("mean_utilisation").get<double>(),
                              link.at("highest_utilisation").get<double>(),
                              QString::fromStdString(link.at("busiest").get<std::string>())});
  if (simulation.contains("phases"))
    for (const nlohmann::json& phase : simulation.at("phases")) {
      const int shared = phase.value("shared_links", 0);
      if (shared <= totals.shared || !phase.at("shared_link").is_string()) continue;
      totals.shared = shared;
      totals.shared_link = QString::fromStdString(phase.at("shared_link").get<std::string>());
      totals.shared_phase = QString::fromStdString(phase.at("name").get<std::string>());
    }
  return totals;
}

LinkUse parseLinkUse(const QByteArray& csv, const QString& file) {
  return Reader({csv.constData(), static_cast<std::size_t>(csv.size())}, file.toStdString()).read();
}

LinkUse readLinkUse(const QString& path) {
  const costmodel::InputLocation where{path.toStdString(), 0, 0, ""};
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly))
    throw costmodel::Error("cannot be read: " + file.errorString().toStdString(), where);
  if (file.size() > largest_file) throw costmodel::Error("is larger than 512 MiB", where);
  return parseLinkUse(file.readAll(), path);
}

}  // namespace gui
