#include "validation/link_test_rows.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "validation/csv_table.h"

namespace validation {

using costmodel::Bytes;
using costmodel::BytesPerSecond;
using costmodel::Error;
using costmodel::in_quotes;
using costmodel::InputLocation;
using costmodel::NcclTest;
using costmodel::NcclTestsLog;
using costmodel::Seconds;

namespace {

std::string_view first_line(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text.substr(0, text.find_first_of("\r\n"));
}

bool has_column(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(','), header.size());
    std::string_view cell = header.substr(0, end);
    if (cell.size() > 1 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    if (cell == name) return true;
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return false;
}

bool is_table(std::string_view text) { return has_column(first_line(text), "bytes"); }

std::string label(const std::string& file) { return std::filesystem::path(file).filename().string(); }

class TableReader {
 public:
  explicit TableReader(const CsvTable& table) : table_(table) {
    for (const char* name : {"busbw_gbps", "bandwidth_gbps", "time_us"})
      if (column(name)) ++speeds_;
    if (speeds_ != 1)
      fail(table_.header.front(),
           "expected beside \"bytes\" exactly one column of \"busbw_gbps\", \"bandwidth_gbps\" (size over "
           "time) and "
           "\"time_us\"");
    if (table_.rows.empty())
      fail(table_.header.front(), "there is no row below the header; expected one a size");
  }

  std::vector<LinkRow> rows() const {
    std::vector<LinkRow> rows;
    for (const std::vector<CsvCell>& cells : table_.rows) rows.push_back(row(cells));
    return rows;
  }

 private:
  [[noreturn]] void fail(const CsvCell& cell, const std::string& what) const {
    throw Error(what, InputLocation{table_.file, cell.line, cell.column, ""});
  }

  std::optional<std::size_t> column(std::string_view name) const {
    for (std::size_t i = 0; i < table_.header.size(); ++i)
      if (table_.header[i].text == name) return i;
    return {};
  }

  // The cell, unless it is empty or there is no such column.
  const CsvCell* cell(const std::vector<CsvCell>& cells, std::string_view name) const {
    const std::optional<std::size_t> at = column(name);
    return at && !cells[*at].text.empty() ? &cells[*at] : nullptr;
  }

  std::string text(const std::vector<CsvCell>& cells, std::string_view name) const {
    const CsvCell* found = cell(cells, name);
    return found != nullptr ? found->text : std::string();
  }

  std::optional<double> positive(const std::vector<CsvCell>& cells, std::string_view name) const {
    const CsvCell* found = cell(cells, name);
    if (found == nullptr) return {};
    double value = 0;
    const char* end = found->text.data() + found->text.size();
    const auto result = std::from_chars(found->text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || !(value > 0) || value > 1e18)
      fail(*found, fmt::format("{} is not a number above zero; expected \"{}\" as in 1048576 or 23.5",
                               in_quotes(found->text), name));
    return value;
  }

  int count(const std::vector<CsvCell>& cells, std::string_view name, int otherwise) const {
    const std::optional<double> value = positive(cells, name);
    if (!value) return otherwise;
    if (*value != std::floor(*value) || *value > 1048576)
      fail(*cell(cells, name), fmt::format("is not a whole number; expected \"{}\" as in 8", name));
    return static_cast<int>(*value);
  }

  LinkRow row(const std::vector<CsvCell>& cells) const {
    NcclTestsLog log;
    log.file = table_.file;
    log.test = NcclTest::sendrecv;
    if (const CsvCell* op = cell(cells, "op")) {
      const std::optional<NcclTest> test = costmodel::nccl_test_named(op->text);
      if (!test)
        fail(*op,
             fmt::format("{} is not a test; expected sendrecv, all_reduce, all_gather, reduce_scatter or "
                         "alltoall",
                         in_quotes(op->text)));
      log.test = *test;
    }
    log.nodes = count(cells, "nodes", 1);
    const std::int64_t ranks = std::int64_t{log.nodes} * count(cells, "gpus_per_node", log.nodes > 1 ? 1 : 2);
    if (ranks < 2 || ranks > 1 << 20)
      fail(cells.front(),
           fmt::format("a link is between two GPUs or more, and nodes x gpus_per_node is {}", ranks));
    log.ranks = static_cast<int>(ranks);
    const std::optional<double> size = positive(cells, "bytes");
    if (!size) fail(cells.front(), "the size is missing; expected \"bytes\" as in 1048576");
    double seconds = 0;
    if (const auto rate = positive(cells, "busbw_gbps"))
      seconds = *size * bus_factor(log.test, log.ranks) / (*rate * 1e9);
    else if (const auto plain = positive(cells, "bandwidth_gbps"))
      seconds = *size / (*plain * 1e9);
    else if (const auto time = positive(cells, "time_us"))
      seconds = *time * 1e-6;
    else
      fail(cells.front(), "the bandwidth or the time is missing; expected a number in every row");
    log.rows.push_back({Bytes(*size), Seconds(seconds), {}, {}, cells.front().line});
    const costmodel::LinkPoint point = link_points(log, {count(cells, "nics_per_node", 0)}).front();
    const std::string id = text(cells, "id");
    return {id.empty() ? fmt::format("{}:{}", label(table_.file), cells.front().line) : id,
            text(cells, "gpu"),
            log.nodes == 1 ? costmodel::FittedLink::scale_up : costmodel::FittedLink::scale_out, point.size,
            point.point};
  }

  const CsvTable& table_;
  int speeds_ = 0;
};

std::vector<LinkRow> rows_of(const NcclTestsLog& log) {
  std::vector<LinkRow> rows;
  for (const costmodel::LinkPoint& point : link_points(log))
    if (point.point.time > 0)
      rows.push_back({fmt::format("{}:{}", label(log.file), point.line), log.device,
                      log.nodes == 1 ? costmodel::FittedLink::scale_up : costmodel::FittedLink::scale_out,
                      point.size, point.point});
  return rows;
}

}  // namespace

bool is_link_table(std::string_view text) {
  if (is_table(text)) return true;
  // A table of published runs begins with the names of its columns, of which one may be missing or misspelt.
  for (const char* name : {"metric", "id", "source", "kind", "sequence"})
    if (has_column(first_line(text), name)) return false;
  return text.find("nccl-tests") != std::string_view::npos || text.find("# ") != std::string_view::npos;
}

std::vector<LinkRow> read_link_rows(std::string_view text, const std::string& file) {
  if (is_table(text)) return TableReader(parse_csv(text, file)).rows();
  return rows_of(costmodel::parse_nccl_tests_log(text, file));
}

}  // namespace validation
