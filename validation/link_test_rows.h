// Measured bandwidth of links over message size: logs of nccl-tests, and tables with one row a size.
//
// A table is CSV with a column `bytes` (the size that the benchmark prints) and one of `busbw_gbps`,
// `bandwidth_gbps` (size over time) or `time_us`; `op` (sendrecv), `nodes` (1), `gpus_per_node` (2),
// `nics_per_node`, `gpu`, `source` and `id` may follow.  What alpha and bandwidth they give is
// link_calibration.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costmodel/formats/link_fit.h"

namespace validation {

struct LinkRow {
  std::string id;   // "P1146", or the line of its file: "sendrecv.log:12"
  std::string gpu;  // as the file has it; may be empty
  costmodel::FittedLink link = costmodel::FittedLink::scale_up;
  costmodel::Bytes size;
  costmodel::LinePoint point;  // in terms of one link
};

// Whether a file is of this kind, and not a table of published runs; by its head.
bool is_link_table(std::string_view text);
// Throws Error with file, line and column.
std::vector<LinkRow> read_link_rows(std::string_view text, const std::string& file);

}  // namespace validation
