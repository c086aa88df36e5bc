#include "costmodel/formats/nccl_tests_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "costmodel/base/enum_text.h"
#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/text_file.h"
#include "costmodel/formats/nccl_tests_table.h"

namespace costmodel {

namespace {

constexpr std::array test_names{
    EnumName{NcclTest::all_reduce, "all_reduce"}, EnumName{NcclTest::all_gather, "all_gather"},
    EnumName{NcclTest::reduce_scatter, "reduce_scatter"}, EnumName{NcclTest::alltoall, "alltoall"},
    EnumName{NcclTest::sendrecv, "sendrecv"}};
constexpr int most_ranks = 1 << 20;

// Concludes from the table, and from what the user says, which test ran on how many ranks and nodes.
class Judge {
 public:
  Judge(NcclTestsTable table, std::string file, const NcclTestsHints& hints)
      : table_(std::move(table)), hints_(hints) {
    log_.file = std::move(file);
  }

  NcclTestsLog log(std::string_view text) {
    if (table_.rows.empty()) no_rows(text);
    log_.test = decide_test();
    log_.ranks = decide_ranks();
    log_.nodes = decide_nodes();
    check_bus_factor();
    log_.version = table_.version;
    log_.device = table_.device;
    log_.rows = std::move(table_.rows);
    log_.cut_lines = std::move(table_.cut_lines);
    return std::move(log_);
  }

 private:
  [[noreturn]] void fail(const std::string& message, int line = 0) const {
    throw Error(message, InputLocation{.file = log_.file, .line = line, .column = 0, .key = {}});
  }

  NcclTest test_of(const std::string& program) const {
    if (const auto test = nccl_test_named(program)) return *test;
    fail(fmt::format("the log is of {}, which does not say what one link does: all_reduce, all_gather, "
                     "reduce_scatter, alltoall and sendrecv are read",
                     in_quotes(program)),
         0);
  }

  [[noreturn]] void no_rows(std::string_view text) const {
    if (!table_.cut_lines.empty())
      fail("every result row is cut in two by other output; run the test again without NCCL_DEBUG=INFO",
           table_.cut_lines.front());
    if (text.starts_with('{')) fail("this is JSON; the text output of nccl-tests is read (leave out -J)", 1);
    fail(
        "no result rows found: expected the text output of nccl-tests, with rows such as "
        "\"1048576  262144  float  sum  -1  52.3  20.05  35.09  0  52.1  20.13  35.22  0\"",
        0);
  }

  NcclTest decide_test() const {
    if (hints_.test) return *hints_.test;
    if (!table_.program.empty()) return test_of(table_.program);
    if (table_.mentioned.size() == 1) return test_of(*table_.mentioned.begin());
    // Nothing names the test.  What is reduced and how busbw relates to algbw leaves all_gather and alltoall
    // alike.
    const NcclTestsRow& last = largest_row();
    if (table_.reduces && last.algorithm_bandwidth.value >= 1e9) {
      const double factor = last.bus_bandwidth / last.algorithm_bandwidth;
      if (factor > 1.01) return NcclTest::all_reduce;
      if (factor < 0.99) return NcclTest::reduce_scatter;
    }
    fail(
        "the log does not say which test ran: name it (all_reduce, all_gather, reduce_scatter, alltoall or "
        "sendrecv)",
        0);
  }

  // Whether every rank from 0 on has its line; nccl-tests cuts the list of a process after 2,048 characters.
  bool all_ranks_listed() const {
    return !table_.ranks.empty() && table_.ranks.rbegin()->first + 1 == static_cast<int>(table_.ranks.size());
  }

  // NCCL_TESTS_SPLIT makes several communicators; the table is about one of them.
  bool in_first_group(const NcclTestsTable::RankLine& line) const {
    return line.group == table_.ranks.begin()->second.group;
  }

  int decide_ranks() const {
    int ranks = hints_.ranks;
    if (ranks == 0 && all_ranks_listed()) {
      for (const auto& [rank, line] : table_.ranks) ranks += in_first_group(line) ? 1 : 0;
    } else if (ranks == 0 && !table_.ranks.empty()) {
      ranks = table_.ranks.rbegin()->first + 1;
    } else if (ranks == 0 && table_.debug_ranks > 0 && table_.debug_ranks < most_ranks) {
      ranks = static_cast<int>(table_.debug_ranks);
    } else if (ranks == 0) {
      ranks = ranks_from_bus_factor();
    }
    if (ranks < 2)
      fail("only one GPU took part: a link is measured between two or more (-g 2, or mpirun -np 2)",
           table_.run_line);
    return ranks;
  }

  // n from 2(n-1)/n or (n-1)/n; the printed two decimals allow it for bandwidths of some GB/s only.
  int ranks_from_bus_factor() const {
    const NcclTestsRow& last = largest_row();
    const double factor =
        last.bus_bandwidth / last.algorithm_bandwidth / (log_.test == NcclTest::all_reduce ? 2 : 1);
    if (log_.test != NcclTest::sendrecv && last.algorithm_bandwidth.value >= 1e9 && factor > 0.4 &&
        factor < 0.995)
      return static_cast<int>(std::lround(1 / (1 - factor)));
    fail(
        "the log does not say how many ranks took part (its \"# Rank\" lines are missing): give the number "
        "of ranks",
        0);
  }

  int decide_nodes() const {
    int nodes = hints_.nodes;
    if (nodes == 0 && all_ranks_listed()) {
      std::set<std::string> hosts;
      for (const auto& [rank, line] : table_.ranks)
        if (in_first_group(line)) hosts.insert(line.host);
      nodes = static_cast<int>(hosts.size());
    } else if (nodes == 0 && table_.threads > 0 && table_.threads <= log_.ranks &&
               table_.gpus == log_.ranks / table_.threads) {
      nodes = 1;  // one process drives them all
    } else if (nodes == 0) {
      fail(
          "the log does not say on how many hosts the ranks ran (\"# Rank\" lines are missing): give the "
          "number of "
          "nodes",
          0);
    }
    if (nodes > log_.ranks || log_.ranks % nodes != 0)
      fail(
          fmt::format("{} ranks on {} nodes: the ranks must spread evenly over the nodes", log_.ranks, nodes),
          0);
    return nodes;
  }

  void check_bus_factor() const {
    const NcclTestsRow& last = largest_row();
    if (last.algorithm_bandwidth.value < 1e9) return;
    const double printed = last.bus_bandwidth / last.algorithm_bandwidth;
    const double expected = bus_factor(log_.test, log_.ranks);
    if (std::abs(printed - expected) > 0.02 * expected)
      fail(fmt::format("busbw / algbw is {:.3f}, but {} over {} ranks gives {:.3f}: the test or the number "
                       "of ranks is "
                       "another",
                       printed, name_of(log_.test), log_.ranks, expected),
           last.line);
  }

  const NcclTestsRow& largest_row() const {
    return *std::max_element(table_.rows.begin(), table_.rows.end(),
                             [](const auto& a, const auto& b) { return a.size < b.size; });
  }

  NcclTestsTable table_;
  NcclTestsHints hints_;
  NcclTestsLog log_;
};

}  // namespace

std::string_view name_of(NcclTest test) { return enum_name(test, test_names); }

std::optional<NcclTest> nccl_test_named(std::string_view name) {
  name = name.substr(0, name.find("_perf"));
  for (const auto& entry : test_names)
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

double bus_factor(NcclTest test, int ranks) {
  const double n = ranks;
  if (test == NcclTest::sendrecv) return 1;
  return (test == NcclTest::all_reduce ? 2 : 1) * (n - 1) / n;
}

NcclTestsLog parse_nccl_tests_log(std::string_view text, const std::string& file,
                                  const NcclTestsHints& hints) {
  return Judge(read_nccl_tests_table(text, file), file, hints).log(text);
}

NcclTestsLog read_nccl_tests_log(const std::string& path, const NcclTestsHints& hints) {
  constexpr int longest_mib = 64;  // with the debug output of a large job; a table alone is some kB
  return parse_nccl_tests_log(read_text_file(path, "the text output of nccl-tests", longest_mib), path,
                              hints);
}

}  // namespace costmodel
