#include "validation/nsys_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "validation/csv_table.h"
#include "validation/gzip_text.h"

namespace validation {

namespace {

using costmodel::Error;
using costmodel::in_quotes;
using costmodel::InputLocation;

constexpr int longest_mib = 1024;
constexpr double longest = 1e5;  // seconds
constexpr double counted_bytes = 1e5;
constexpr const char* expected = "expected what nsys stats --report cuda_gpu_trace --format csv prints";

// What nsys says before the table: notices, and which file it processes.  Blank lines in their place keep the
// numbers of the lines.
std::string without_preamble(std::string_view text, const std::string& file) {
  std::size_t begin = 0;
  std::string blank;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.find("Start (") != std::string_view::npos && line.find("Name") != std::string_view::npos)
      return blank + std::string(text.substr(begin));
    blank += '\n';
    begin = end + 1;
  }
  throw Error(
      fmt::format("there is no line with the names of the columns, \"Start (ns),Duration (ns),...,Name\"; {}",
                  expected),
      InputLocation{file, 0, 0, ""});
}

class Reader {
 public:
  Reader(const CsvTable& table, int first_rank) : table_(table), first_rank_(first_rank) {
    start_ = timed("Start", start_unit_);
    duration_ = timed("Duration", duration_unit_);
    stream_ = column("Strm");
    device_ = column("Device");
    name_ = column("Name");
    bytes_ = measured("Bytes", bytes_unit_);
    rate_ = measured("Throughput", rate_unit_);
  }

  std::vector<GpuTrace> read() {
    for (const std::vector<CsvCell>& row : table_.rows) take(row);
    if (traces_.empty())
      throw Error(fmt::format("there is no kernel in it; {}", expected),
                  InputLocation{table_.file, 0, 0, ""});
    std::vector<GpuTrace> list;
    for (auto& [number, trace] : traces_) {
      trace.rank = first_rank_ + static_cast<int>(list.size());
      finish(trace);
      list.push_back(std::move(trace));
    }
    return list;
  }

 private:
  [[noreturn]] void fail(const CsvCell& cell, const std::string& what) const {
    throw Error(what, InputLocation{table_.file, cell.line, cell.column, ""});
  }

  std::size_t column(std::string_view name) const {
    for (std::size_t i = 0; i < table_.header.size(); ++i)
      if (table_.header[i].text == name) return i;
    fail(table_.header.front(), fmt::format("there is no column \"{}\"; {}", name, expected));
  }

  // "Start (ns)": the column and its unit in seconds.
  std::size_t timed(std::string_view name, double& unit) const {
    constexpr std::array units{std::pair{"ns", 1e-9}, std::pair{"us", 1e-6}, std::pair{"ms", 1e-3},
                               std::pair{"s", 1.0}};
    for (std::size_t i = 0; i < table_.header.size(); ++i) {
      const CsvCell& cell = table_.header[i];
      if (!cell.text.starts_with(std::string(name) + " (") || !cell.text.ends_with(')')) continue;
      const std::string text = cell.text.substr(name.size() + 2, cell.text.size() - name.size() - 3);
      for (const auto& [known, seconds] : units)
        if (text == known) return unit = seconds, i;
      fail(cell, fmt::format("times in {}; expected ns, us, ms or s", in_quotes(text)));
    }
    fail(table_.header.front(), fmt::format("there is no column \"{} (ns)\"; {}", name, expected));
  }

  // "Bytes (MB)", "Throughput (MB/s)": not in every version.
  std::optional<std::size_t> measured(std::string_view name, double& unit) const {
    constexpr std::array units{std::pair{"B", 1.0},    std::pair{"byte", 1.0}, std::pair{"KB", 1e3},
                               std::pair{"MB", 1e6},   std::pair{"GB", 1e9},   std::pair{"B/s", 1.0},
                               std::pair{"KB/s", 1e3}, std::pair{"MB/s", 1e6}, std::pair{"MBps", 1e6},
                               std::pair{"GB/s", 1e9}, std::pair{"GBps", 1e9}};
    for (std::size_t i = 0; i < table_.header.size(); ++i)
      for (const auto& [known, base] : units)
        if (table_.header[i].text == fmt::format("{} ({})", name, known)) return unit = base, i;
    return {};
  }

  std::optional<double> number(const CsvCell& cell) const {
    double value = 0;
    const char* end = cell.text.data() + cell.text.size();
    const auto result = std::from_chars(cell.text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value)) return {};
    return value;
  }

  double seconds(const CsvCell& cell, double unit, const char* what) const {
    const std::optional<double> value = number(cell);
    if (!value || *value < 0 || *value * unit > longest)
      fail(cell, fmt::format("{} is not {}; expected a number from 0 on", in_quotes(cell.text), what));
    return *value * unit;
  }

  // "NVIDIA A100-SXM4-80GB (3)": its number, as far as there is one.
  static int device_number(const std::string& text) {
    const std::size_t at = text.find_last_of('(');
    int number = 0;
    if (at == std::string::npos) return 0;
    std::from_chars(text.data() + at + 1, text.data() + text.size(), number);
    return number;
  }

  void take(const std::vector<CsvCell>& row) {
    const double start = seconds(row[start_], start_unit_, "a time");
    const double duration = seconds(row[duration_], duration_unit_, "a duration");
    const std::optional<double> stream = number(row[stream_]);
    if (!stream || *stream < 0 || *stream > std::numeric_limits<int>::max() || *stream != std::floor(*stream))
      fail(row[stream_],
           fmt::format("{} is not a stream; expected a whole number", in_quotes(row[stream_].text)));
    const std::string& name = row[name_].text;
    if (name.empty()) fail(row[name_], "the name of the kernel is missing");
    check_unit(row, duration);
    GpuTrace& trace = traces_[{device_number(row[device_].text), row[device_].text}];
    trace.file = table_.file;
    trace.device = row[device_].text;
    const auto [known, is_new] =
        names_[&trace].try_emplace(name, static_cast<std::uint32_t>(trace.names.size()));
    if (is_new) trace.names.push_back(name);
    trace.events.push_back(
        {known->second, kernel_class(name), static_cast<int>(*stream), start, start + duration});
  }

  // A copy carries its bytes and its throughput, and so its duration a second time.
  void check_unit(const std::vector<CsvCell>& row, double duration) const {
    if (!bytes_ || !rate_) return;
    const std::optional<double> bytes = number(row[*bytes_]), rate = number(row[*rate_]);
    if (!bytes || !rate || *rate <= 0 || *bytes * bytes_unit_ < counted_bytes) return;
    const double by_rate = *bytes * bytes_unit_ / (*rate * rate_unit_);
    if (duration > 0.5 * by_rate && duration < 2 * by_rate) return;
    fail(row[duration_],
         fmt::format("the copy takes {:.4g} us by its duration and {:.4g} us by its bytes and "
                     "throughput: the unit of one of these columns is wrong",
                     duration * 1e6, by_rate * 1e6));
  }

  const CsvTable& table_;
  int first_rank_;
  std::size_t start_ = 0, duration_ = 0, stream_ = 0, device_ = 0, name_ = 0;
  std::optional<std::size_t> bytes_, rate_;
  double start_unit_ = 0, duration_unit_ = 0, bytes_unit_ = 0, rate_unit_ = 0;
  std::map<std::pair<int, std::string>, GpuTrace> traces_;
  std::map<const GpuTrace*, std::map<std::string, std::uint32_t>> names_;
};

}  // namespace

std::vector<GpuTrace> parse_nsys_trace(std::string_view csv, const std::string& file, int first_rank) {
  return Reader(parse_csv(without_preamble(csv, file), file), first_rank).read();
}

std::vector<GpuTrace> read_nsys_trace(const std::string& path, int first_rank) {
  return parse_nsys_trace(read_text_or_gzip(path, "a table of Nsight Systems (CSV)", longest_mib), path,
                          first_rank);
}

}  // namespace validation
