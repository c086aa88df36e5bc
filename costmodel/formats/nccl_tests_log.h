// The text output of nccl-tests (all_reduce_perf, sendrecv_perf, ...), versions 2.10 and later, as typed
// rows.
//
// Only reading: what alpha and bandwidth the rows mean is link_fit.h.  Prefixes that mpirun, srun and job
// launchers put before each line are taken off; NCCL's own debug lines are passed over; JSON output (-J) is
// not read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "costmodel/base/units.h"

namespace costmodel {

enum class NcclTest { all_reduce, all_gather, reduce_scatter, alltoall, sendrecv };

std::string_view name_of(NcclTest test);                         // "all_reduce", as in all_reduce_perf
std::optional<NcclTest> nccl_test_named(std::string_view name);  // with or without "_perf"

// What the user knows and a log may not say; it wins over what the log says.
struct NcclTestsHints {
  std::optional<NcclTest> test;
  int ranks = 0;  // 0: read it from the log
  int nodes = 0;  // 0: count the host names
};

// One line of the table: out-of-place where it was printed, else in-place.
struct NcclTestsRow {
  Bytes size;  // the "size" column
  Seconds time;
  BytesPerSecond algorithm_bandwidth;  // size / time
  BytesPerSecond bus_bandwidth;        // algorithm bandwidth x bus factor
  int line = 0;
};

struct NcclTestsLog {
  std::string file;     // as the user wrote it
  std::string version;  // of nccl-tests; empty when not printed
  NcclTest test = NcclTest::all_reduce;
  int ranks = 0;       // of one communicator
  int nodes = 0;       // hosts of that communicator
  std::string device;  // "NVIDIA H100 80GB HBM3"; empty when not printed
  std::vector<NcclTestsRow> rows;
  std::vector<int> cut_lines;  // rows that other output had cut in two; left out
};

// Bus bandwidth / algorithm bandwidth: 2(n-1)/n for all_reduce, 1 for sendrecv, (n-1)/n for the others.
double bus_factor(NcclTest test, int ranks);

// Throw Error with file and line for anything that is not one complete run.
NcclTestsLog parse_nccl_tests_log(std::string_view text, const std::string& file,
                                  const NcclTestsHints& hints = {});
NcclTestsLog read_nccl_tests_log(const std::string& path, const NcclTestsHints& hints = {});

}  // namespace costmodel
