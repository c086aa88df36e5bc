#include "validation/published_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>

#include "costmodel/base/enum_text.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/spec/spec_limits.h"
#include "costmodel/spec/spec_text.h"
#include "validation/csv_table.h"

namespace validation {

using costmodel::EnumName;
using costmodel::Error;
using costmodel::in_quotes;
using costmodel::InputLocation;
namespace limits = costmodel::limits;

namespace {

constexpr std::array kinds{
    EnumName<RowKind>{RowKind::attention, "attention"},
    EnumName<RowKind>{RowKind::training, "training"},
    EnumName<RowKind>{RowKind::prefill, "prefill"},
    EnumName<RowKind>{RowKind::kernel, "kernel"},
};
constexpr std::array dtypes{
    EnumName<PublishedDtype>{PublishedDtype::bf16, "bf16"},
    EnumName<PublishedDtype>{PublishedDtype::fp8_ffn, "fp8_ffn"},
    EnumName<PublishedDtype>{PublishedDtype::fp8_linear, "fp8_linear"},
};
constexpr std::array metrics{
    EnumName<Metric>{Metric::time, "time_s"},
    EnumName<Metric>{Metric::tflops_per_gpu, "tflops_per_gpu"},
    EnumName<Metric>{Metric::tokens_per_second_per_gpu, "tokens_per_s_per_gpu"},
    EnumName<Metric>{Metric::memory, "memory_gb"},
};

// A positive number in decimal notation: "0.0105597".
double positive(std::string_view text) {
  const double number = costmodel::parse_number(text);
  if (!(number > 0)) throw Error("is " + in_quotes(text) + "; expected a number above 0");
  return number;
}

std::int64_t count(std::string_view text, std::string_view what, std::int64_t largest) {
  return costmodel::parse_count(text, what, 1, largest);
}

int small(std::string_view text, std::string_view what, int largest) {
  return static_cast<int>(costmodel::parse_count(text, what, 1, largest));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void read_mask(PublishedRow& row, std::string_view text) {
  constexpr std::string_view packed = "packed:";
  if (!text.starts_with(packed)) {
    row.mask = costmodel::parse_mask(text);
    return;
  }
  row.mask.kind = costmodel::MaskKind::causal;
  for (const std::string_view packing : split(text.substr(packed.size()), '/')) {
    std::vector<std::int64_t> documents;
    for (const std::string_view length : split(packing, '+'))
      documents.push_back(count(length, "the length of a document", limits::sequence));
    row.packings.push_back(std::move(documents));
  }
}

bool yes(std::string_view text) { return costmodel::parse_fused_loss(text) == costmodel::FusedLoss::yes; }

enum class Cell { needed, may_be_empty };
struct ColumnReader {
  std::string_view name;
  Cell cell = Cell::needed;
  void (*read)(PublishedRow& row, std::string_view text) = nullptr;
};

using Row = PublishedRow;
using Text = std::string_view;

constexpr std::array columns{
    ColumnReader{"id", Cell::needed, [](Row& row, Text text) { row.id = text; }},
    ColumnReader{"source", Cell::needed, [](Row& row, Text text) { row.source = text; }},
    ColumnReader{"ref", Cell::may_be_empty, [](Row& row, Text text) { row.reference = text; }},
    ColumnReader{"kind", Cell::needed,
                 [](Row& row, Text text) { row.kind = costmodel::enum_value(text, kinds); }},
    ColumnReader{"gpu", Cell::needed, [](Row& row, Text text) { row.gpu = text; }},
    ColumnReader{"gpus_per_node", Cell::needed,
                 [](Row& row, Text text) {
                   row.gpus_per_node = small(text, "the number of GPUs", limits::gpus_per_node);
                 }},
    ColumnReader{"nodes", Cell::needed,
                 [](Row& row, Text text) { row.nodes = small(text, "the number of nodes", limits::nodes); }},
    ColumnReader{"intra_gbps", Cell::may_be_empty,
                 [](Row& row, Text text) { row.intra_gbps = positive(text); }},
    ColumnReader{"nics_per_node", Cell::may_be_empty,
                 [](Row& row, Text text) {
                   row.nics_per_node = small(text, "the number of cards", limits::gpus_per_node);
                 }},
    ColumnReader{"nic_gbps", Cell::may_be_empty, [](Row& row, Text text) { row.nic_gbps = positive(text); }},
    ColumnReader{
        "layers", Cell::needed,
        [](Row& row, Text text) { row.model.layers = count(text, "the number of layers", limits::layers); }},
    ColumnReader{"hidden", Cell::needed,
                 [](Row& row, Text text) { row.model.hidden = count(text, "the width", limits::width); }},
    ColumnReader{
        "heads", Cell::needed,
        [](Row& row, Text text) { row.model.heads = count(text, "the number of heads", limits::heads); }},
    ColumnReader{"kv_heads", Cell::needed,
                 [](Row& row, Text text) {
                   row.model.kv_heads = count(text, "the number of kv heads", limits::heads);
                 }},
    ColumnReader{"head_dim", Cell::needed,
                 [](Row& row, Text text) {
                   row.model.head_dim = count(text, "the width of a head", limits::head_dim);
                 }},
    ColumnReader{
        "ffn", Cell::may_be_empty,
        [](Row& row, Text text) { row.model.ffn = count(text, "the feed-forward width", limits::ffn); }},
    ColumnReader{"gated_ffn", Cell::may_be_empty,
                 [](Row& row, Text text) {
                   row.model.feed_forward =
                       yes(text) ? costmodel::FeedForward::gated : costmodel::FeedForward::plain;
                 }},
    ColumnReader{"vocab", Cell::may_be_empty,
                 [](Row& row, Text text) { row.model.vocab = count(text, "the vocabulary", limits::vocab); }},
    ColumnReader{
        "sequence", Cell::needed,
        [](Row& row, Text text) { row.sequence = count(text, "the number of tokens", limits::sequence); }},
    ColumnReader{
        "batch", Cell::needed,
        [](Row& row, Text text) { row.batch = count(text, "the number of sequences", limits::batch); }},
    ColumnReader{"dtype", Cell::needed,
                 [](Row& row, Text text) { row.dtype = costmodel::enum_value(text, dtypes); }},
    ColumnReader{"mask", Cell::needed, read_mask},
    ColumnReader{"phase", Cell::needed,
                 [](Row& row, Text text) { row.phase = costmodel::parse_work_phase(text); }},
    ColumnReader{"tensor_parallel", Cell::needed,
                 [](Row& row, Text text) { row.plan.tensor = costmodel::parse_degree(text); }},
    ColumnReader{"data_parallel", Cell::needed,
                 [](Row& row, Text text) { row.plan.data = costmodel::parse_degree(text); }},
    ColumnReader{"ulysses", Cell::needed,
                 [](Row& row, Text text) { row.plan.ulysses = costmodel::parse_degree(text); }},
    ColumnReader{"ring", Cell::needed,
                 [](Row& row, Text text) { row.plan.ring = costmodel::parse_degree(text); }},
    ColumnReader{"inner_ring", Cell::needed,
                 [](Row& row, Text text) { row.plan.inner_ring = costmodel::parse_degree(text); }},
    ColumnReader{"transport", Cell::needed,
                 [](Row& row, Text text) { row.plan.transport = costmodel::parse_transport(text); }},
    ColumnReader{"layout", Cell::needed,
                 [](Row& row, Text text) { row.plan.layout = costmodel::parse_layout(text); }},
    ColumnReader{"backward", Cell::may_be_empty,
                 [](Row& row, Text text) { row.plan.backward = costmodel::parse_backward_side(text); }},
    ColumnReader{"grad_dtype", Cell::may_be_empty,
                 [](Row& row, Text text) { row.plan.grad_dtype = costmodel::parse_grad_dtype(text); }},
    ColumnReader{"checkpoint", Cell::needed,
                 [](Row& row, Text text) { row.plan.checkpoint = costmodel::parse_checkpoint(text); }},
    ColumnReader{"zero", Cell::needed,
                 [](Row& row, Text text) { row.plan.zero = costmodel::parse_zero(text); }},
    ColumnReader{"offload", Cell::needed,
                 [](Row& row, Text text) { row.plan.offload = costmodel::parse_offload(text); }},
    ColumnReader{"fused_loss", Cell::needed,
                 [](Row& row, Text text) { row.plan.fused_loss = costmodel::parse_fused_loss(text); }},
    ColumnReader{"metric", Cell::needed,
                 [](Row& row, Text text) { row.metric = costmodel::enum_value(text, metrics); }},
    ColumnReader{"value", Cell::needed, [](Row& row, Text text) { row.value = positive(text); }},
    ColumnReader{"sigma", Cell::may_be_empty, [](Row& row, Text text) { row.sigma = positive(text); }},
    ColumnReader{"quality", Cell::may_be_empty, [](Row& row, Text text) { row.quality = text; }},
    ColumnReader{"note", Cell::may_be_empty, [](Row& row, Text text) { row.note = text; }},
};

// For every column of the file what reads it.
std::vector<const ColumnReader*> readers_of(const CsvTable& table) {
  std::vector<const ColumnReader*> readers;
  std::vector<std::string_view> names;
  for (const ColumnReader& column : columns) names.push_back(column.name);
  for (const CsvCell& cell : table.header) {
    const InputLocation where{table.file, cell.line, cell.column, ""};
    const auto found = std::find(names.begin(), names.end(), cell.text);
    if (found == names.end()) {
      const std::string near = costmodel::nearest_word(cell.text.substr(0, 64), names);
      throw Error("unknown column " + in_quotes(cell.text) +
                      (near.empty() ? "; the columns are in validation/published/README.md"
                                    : "; did you mean " + in_quotes(near) + "?"),
                  where);
    }
    const ColumnReader* reader = &columns[static_cast<std::size_t>(found - names.begin())];
    if (std::find(readers.begin(), readers.end(), reader) != readers.end())
      throw Error("the column " + in_quotes(cell.text) + " is there twice", where);
    readers.push_back(reader);
  }
  for (const ColumnReader& column : columns)
    if (std::none_of(readers.begin(), readers.end(),
                     [&](const ColumnReader* reader) { return reader == &column; }))
      throw Error("the column " + in_quotes(column.name) +
                      " is missing; the columns are in validation/published/README.md",
                  InputLocation{table.file, table.header.front().line, 1, ""});
  return readers;
}

// What single cells cannot say.
void check_row(const PublishedRow& row,
               const std::function<void(std::string_view, const std::string&)>& fail) {
  const double gpus = 1.0 * row.gpus_per_node * row.nodes;
  const double ranks = 1.0 * row.plan.tensor * row.plan.data * row.plan.ulysses * row.plan.ring;
  if (ranks != gpus)
    fail("gpus_per_node",
         fmt::format("{:.0f} GPUs are used, the degrees make {:.0f}; expected both alike", gpus, ranks));
  if (gpus > 1048576) fail("nodes", fmt::format("{:.0f} GPUs; at most 1,048,576 are priced", gpus));
  if (row.model.heads % row.model.kv_heads != 0)
    fail("kv_heads", std::to_string(row.model.kv_heads) + " does not divide the " +
                         std::to_string(row.model.heads) + " heads");
  const bool whole = row.kind == RowKind::training || row.kind == RowKind::prefill;
  if (whole != costmodel::is_whole_model(row.phase))
    fail("phase", std::string(costmodel::name_of(row.phase)) + " does not go with the kind " +
                      std::string(name_of(row.kind)) +
                      "; expected training_step or prefill for whole models, others for attention");
  if (whole && (row.model.ffn == 0 || row.model.vocab == 0))
    fail("ffn", "a whole model needs its feed-forward width and its vocabulary");
  if (row.kind == RowKind::kernel && row.gpus() != 1) fail("kind", "a kernel runs on one GPU");
  if (row.metric == Metric::tokens_per_second_per_gpu && !whole)
    fail("metric", "tokens per second are of whole models");
  for (const std::vector<std::int64_t>& documents : row.packings) {
    std::int64_t sum = 0;
    for (const std::int64_t length : documents) sum += length;
    if (sum != row.sequence)
      fail("mask", "the documents of a packing have " + std::to_string(sum) + " tokens, the sequence " +
                       std::to_string(row.sequence) + "; expected both alike");
  }
}

}  // namespace

std::string_view name_of(RowKind kind) { return costmodel::enum_name(kind, kinds); }
std::string_view name_of(Metric metric) { return costmodel::enum_name(metric, metrics); }

std::string_view unit_of(Metric metric) {
  switch (metric) {
    case Metric::time: return "s";
    case Metric::tflops_per_gpu: return "TFLOP/s";
    case Metric::tokens_per_second_per_gpu: return "tokens/s";
    case Metric::memory: return "GB";
  }
  return "";
}

std::vector<PublishedRow> read_published_rows(std::string_view text, const std::string& file, BadRows bad) {
  const CsvTable table = parse_csv(text, file);
  const std::vector<const ColumnReader*> readers = readers_of(table);
  std::vector<PublishedRow> rows;
  std::map<std::string, int> lines;  // of each id
  std::optional<Error> first;        // of all mistakes
  std::size_t readable = 0;
  for (const std::vector<CsvCell>& cells : table.rows) {
    PublishedRow row;
    row.line = cells.front().line;
    const auto mistake = [&](std::size_t c, const std::string& what) {
      const Error error(what,
                        InputLocation{file, cells[c].line, cells[c].column, std::string(readers[c]->name)});
      if (!first) first = error;
      if (row.unreadable.empty()) row.unreadable = fmt::format("{}: {}", readers[c]->name, what);
    };
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (cells[c].text.empty()) {
        if (readers[c]->cell == Cell::needed) mistake(c, "is empty; expected a value");
        continue;
      }
      try {
        readers[c]->read(row, cells[c].text);
      } catch (const Error& error) {
        mistake(c, error.message());
      }
    }
    const auto column = [&](std::string_view name) {
      return static_cast<std::size_t>(std::find_if(readers.begin(), readers.end(),
                                                   [&](const ColumnReader* r) { return r->name == name; }) -
                                      readers.begin());
    };
    if (row.unreadable.empty())
      check_row(row, [&](std::string_view name, const std::string& what) { mistake(column(name), what); });
    const auto [place, is_new] = lines.try_emplace(row.id, row.line);
    if (!is_new && row.unreadable.empty())
      mistake(column("id"),
              "the id " + in_quotes(row.id) + " is in line " + std::to_string(place->second) + " too");
    if (first && bad == BadRows::refused) throw *first;
    readable += row.unreadable.empty() ? 1 : 0;
    rows.push_back(std::move(row));
  }
  if (rows.empty())
    throw Error("has no rows below the header", InputLocation{file, table.header.front().line, 1, ""});
  if (readable == 0) throw *first;
  return rows;
}

}  // namespace validation
