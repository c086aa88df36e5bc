#include "costmodel/formats/nccl_tests_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/formats/nccl_tests_line.h"

namespace costmodel {

namespace {

constexpr int most_ranks = 1 << 20;
constexpr std::size_t most_rows = 100'000;

std::string program_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

class TableReader {
 public:
  explicit TableReader(std::string file) : file_(std::move(file)) {}

  void line(std::string_view text) {
    ++line_;
    const std::string_view content = without_launcher_prefix(text);
    const std::vector<std::string_view> words = split_words(content);
    if (words.empty()) return;
    if (content.front() == '#') {
      header_line(content, words);
    } else if (begins_row(words)) {
      row(words);
    } else {
      other_line(words);
    }
  }

  NcclTestsTable finish() { return std::move(table_); }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw Error(message, InputLocation{.file = file_, .line = line_, .column = 0, .key = {}});
  }

  // "#..." lines: the parameters, the ranks, the head of the table, the summary.
  void header_line(std::string_view content, const std::vector<std::string_view>& words) {
    const auto word = [&](std::size_t i) { return i < words.size() ? words[i] : std::string_view(); };
    if (word(1) == "nThread" || word(1) == "nThreads:") {
      run_starts(words);
    } else if (word(1) == "nccl-tests" && word(2) == "version") {
      table_.version = std::string(word(3));
    } else if (content.find("Collective test starting:") != std::string_view::npos) {
      table_.program = program_name(words.back());
    } else if (word(1) == "Rank" && words.size() >= 8) {
      rank_line(words);
    } else if (word(1) == "size" && word(2) == "count") {
      columns_.assign(words.begin() + 1, words.end());
      if (std::find(columns_.begin(), columns_.end(), "cputime") != columns_.end())
        fail("the times are CPU times (-C 1), not the time of the transfer; run the test again without -C");
    } else if (word(1) == "(B)" && content.find("(ms)") != std::string_view::npos) {
      fail(
          "the times are in milliseconds, as nccl-tests printed before version 2; run a version from 2.10 "
          "on");
    } else if (content.find("Out of bounds values") != std::string_view::npos &&
               content.find("FAILED") != std::string_view::npos) {
      fail(
          "the run failed its own check of the results (\"Out of bounds values ... FAILED\"); its times are "
          "not to "
          "be trusted: repair the machine and run the test again");
    }
  }

  void run_starts(const std::vector<std::string_view>& words) {
    if (table_.run_line != 0)
      fail(fmt::format(
          "a second run begins here (the first on line {}): keep one run per file; if one run over MPI "
          "was meant, build nccl-tests with MPI=1",
          table_.run_line));
    table_.run_line = line_;
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if (words[i] == "nThread" || words[i] == "nThreads:")
        table_.threads = whole_number(words[i + 1]).value_or(0);
      if (words[i] == "nGpus" || words[i] == "nGpus:") table_.gpus = whole_number(words[i + 1]).value_or(0);
    }
  }

  // #  Rank  3 Group  0 Pid   7778 on  node-a device  3 [0000:97:00] NVIDIA H200   (Group from 2.13.9 on)
  void rank_line(const std::vector<std::string_view>& words) {
    const auto rank = whole_number(words[2]);
    if (!rank || *rank < 0 || *rank >= most_ranks) fail("cannot read the rank number " + in_quotes(words[2]));
    NcclTestsTable::RankLine entry;
    std::string device;
    for (std::size_t i = 3; i + 1 < words.size(); ++i) {
      if (words[i] == "Group") entry.group = static_cast<int>(whole_number(words[i + 1]).value_or(0));
      if (words[i] == "on" && entry.host.empty()) entry.host = std::string(words[i + 1]);
      if (words[i].front() == '[' && words[i].back() == ']' && device.empty())
        for (std::size_t j = i + 1; j < words.size(); ++j)
          device += (device.empty() ? "" : " ") + std::string(words[j]);
    }
    if (entry.host.empty()) return;  // cut off by nccl-tests itself ("...")
    if (!table_.ranks.emplace(static_cast<int>(*rank), entry).second)
      fail(fmt::format(
          "rank {} is listed twice: the test was started several times instead of once over MPI; build "
          "nccl-tests with MPI=1",
          *rank));
    if (table_.device.empty()) table_.device = device;
    if (!device.empty() && device != table_.device)
      fail(fmt::format(
          "rank {} runs on {}, others on {}: one log cannot describe two kinds of GPU; run the test on "
          "equal GPUs",
          *rank, in_quotes(device), in_quotes(table_.device)));
  }

  void row(const std::vector<std::string_view>& words) {
    std::size_t time = 0;
    if (const auto column = std::find(columns_.begin(), columns_.end(), "time"); column != columns_.end()) {
      time = static_cast<std::size_t>(column - columns_.begin());
    } else if (words.size() >= 11 && words.size() <= 13) {
      time = words.size() - 8;  // no head of the table: two groups of time, algbw, busbw, #wrong at the end
    } else {
      fail(fmt::format(
          "a result row of {} columns without the head of the table: 11 to 13 columns are expected",
          words.size()));
    }
    if (table_.rows.size() + table_.cut_lines.size() >= most_rows)
      fail("more than 100,000 result rows, which no single run prints");
    if (words.size() < time + 3 || !decimal_number(words[time])) {
      table_.cut_lines.push_back(line_);  // NCCL's debug output prints into the middle of rows
      return;
    }
    const auto number = [&](std::size_t i, std::string_view what) {
      const auto value = decimal_number(words[i]);
      if (!value || !std::isfinite(*value) || *value < 0)
        fail(fmt::format("cannot read the {} {}: expected a number such as 123.45", what,
                         in_quotes(words[i])));
      return *value;
    };
    const auto size = whole_number(words[0]);
    if (!size || *size > 1'000'000'000'000'000)
      fail("the message size " + in_quotes(words[0]) + " is too large");
    NcclTestsRow row{.size = Bytes(static_cast<double>(*size)),
                     .time = Seconds(number(time, "time") * 1e-6),
                     .algorithm_bandwidth = BytesPerSecond(number(time + 1, "algbw") * 1e9),
                     .bus_bandwidth = BytesPerSecond(number(time + 2, "busbw") * 1e9),
                     .line = line_};
    if (row.time.value <= 0) fail("the time is zero: expected microseconds");
    check_algorithm_bandwidth(row);
    const bool counts_errors = time + 3 < columns_.size() && columns_[time + 3] == "#wrong";
    if (counts_errors && words.size() > time + 3 && decimal_number(words[time + 3]).value_or(0) > 0)
      fail(fmt::format(
          "{} values of this row are wrong (#wrong): the run is not to be trusted; repair the machine "
          "and run the test again",
          words[time + 3]));
    remember_operation(words, time);
    table_.rows.push_back(row);
  }

  // algbw = size / time as printed with two decimals; anything else means that the columns are not what they
  // seem.
  void check_algorithm_bandwidth(const NcclTestsRow& row) const {
    const double expected = row.size.value / row.time.value;
    const double printed = row.algorithm_bandwidth.value;
    if (std::abs(expected - printed) > 0.05 * expected + 0.02e9)
      fail(fmt::format(
          "size / time is {:.2f} GB/s, but the algbw column says {:.2f}: the columns are not those of "
          "nccl-tests (size count type redop root time algbw busbw #wrong)",
          expected / 1e9, printed / 1e9));
  }

  // The redop column tells reductions from copies when nothing names the test.
  void remember_operation(const std::vector<std::string_view>& words, std::size_t time) {
    table_.reduces = false;
    for (std::size_t i = 3; i < time; ++i)
      if (!decimal_number(words[i]) && words[i] != "none") table_.reduces = true;
  }

  // Command lines and NCCL debug output: the program's name, the number of ranks.
  void other_line(const std::vector<std::string_view>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].ends_with("_perf") || words[i].ends_with("_perf_mpi"))
        table_.mentioned.insert(program_name(words[i]));
      if (words[i] == "nranks" && i + 1 < words.size())
        table_.debug_ranks = std::max(table_.debug_ranks, whole_number(words[i + 1]).value_or(0));
    }
  }

  std::string file_;
  NcclTestsTable table_;
  int line_ = 0;
  std::vector<std::string_view> columns_;  // names in the head of the table, from "size" on
};

}  // namespace

NcclTestsTable read_nccl_tests_table(std::string_view text, const std::string& file) {
  TableReader reader(file);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    reader.line(text.substr(at, end - at));
    at = end + 1;
  }
  return reader.finish();
}

}  // namespace costmodel
