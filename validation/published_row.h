// One published measurement: what was run, as the columns of validation/published/README.md say, and one
// value of it.  What the model makes of it is in published_case.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "costmodel/plan/plan.h"
#include "costmodel/spec/model_spec.h"
#include "costmodel/spec/workload_spec.h"

namespace validation {

enum class RowKind { attention, training, prefill, kernel };
enum class PublishedDtype { bf16, fp8_ffn, fp8_linear };
enum class Metric { time, tflops_per_gpu, tokens_per_second_per_gpu, memory };

std::string_view name_of(RowKind kind);
std::string_view name_of(Metric metric);  // as in the file: "time_s"
std::string_view unit_of(Metric metric);  // of values in the file: "s", "TFLOP/s", "tokens/s", "GB"

struct PublishedRow {
  int line = 0;
  std::string id, source, reference;
  RowKind kind = RowKind::attention;
  std::string gpu;
  int gpus_per_node = 0;
  int nodes = 0;
  std::optional<double> intra_gbps;
  std::optional<int> nics_per_node;
  std::optional<double> nic_gbps;
  costmodel::ModelSpec model;
  std::int64_t sequence = 0;
  std::int64_t batch = 0;
  PublishedDtype dtype = PublishedDtype::bf16;
  costmodel::Mask mask;
  // Lengths of documents, one list per packing; empty when the sequence is one document.
  std::vector<std::vector<std::int64_t>> packings;
  costmodel::WorkPhase phase = costmodel::WorkPhase::forward;
  costmodel::Plan plan;
  Metric metric = Metric::time;
  double value = 0;  // in the unit of the file
  std::optional<double> sigma;
  std::string quality, note;
  std::string unreadable;  // which cell is wrong and what would be right; then the row means nothing else

  int gpus() const { return gpus_per_node * nodes; }
};

enum class BadRows : std::uint8_t {
  refused,
  listed,  // as unreadable, unless there is no other
};

// Throws Error with file, line, column and the name of the column.
std::vector<PublishedRow> read_published_rows(std::string_view text, const std::string& file,
                                              BadRows bad = BadRows::refused);

}  // namespace validation
