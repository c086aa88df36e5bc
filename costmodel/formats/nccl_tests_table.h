// What the lines of an nccl-tests log say, before anything is concluded from them (nccl_tests_log.cpp does
// that).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "costmodel/formats/nccl_tests_log.h"

namespace costmodel {

struct NcclTestsTable {
  struct RankLine {
    int group = 0;  // communicator; more than one with NCCL_TESTS_SPLIT
    std::string host;
  };

  std::string version;
  std::string device;
  std::string program;              // named by "Collective test starting"
  std::set<std::string> mentioned;  // programs named elsewhere, as on a command line
  std::map<int, RankLine> ranks;
  std::int64_t debug_ranks = 0;  // the largest "nranks" of NCCL's debug output
  std::int64_t threads = 0;      // of one process, with gpus each
  std::int64_t gpus = 0;
  int run_line = 0;      // where the run begins; 0 when its head is missing
  bool reduces = false;  // the redop column names a reduction
  std::vector<NcclTestsRow> rows;
  std::vector<int> cut_lines;
};

// Throws Error with file and line.
NcclTestsTable read_nccl_tests_table(std::string_view text, const std::string& file);

}  // namespace costmodel
