// Reading tables of published measurements: strict, with the place of every mistake.
#include <fstream>
#include <sstream>
#include <string>

#include "costmodel/base/error.h"
#include "tests/catch.h"
#include "validation/csv_table.h"
#include "validation/published_row.h"

using namespace validation;

namespace {

const std::string header =
    "id,source,ref,kind,gpu,gpus_per_node,nodes,intra_gbps,nics_per_node,nic_gbps,layers,hidden,heads,kv_"
    "heads,"
    "head_dim,ffn,gated_ffn,vocab,sequence,batch,dtype,mask,phase,tensor_parallel,data_parallel,ulysses,ring,"
    "inner_ring,transport,layout,backward,grad_dtype,checkpoint,zero,offload,fused_loss,metric,value,sigma,"
    "quality,note\n";
const std::string row =
    "P1,someone,\"table 2, "
    "time\",attention,h800,8,1,,,,1,4096,32,8,128,,,,65536,1,bf16,causal,forward_backward,1,1,"
    "1,8,8,ring,zigzag,kv,fp32,none,0,none,no,time_s,0.0574713,0.001,A,\"8192 tokens, each \"\"GPU\"\"\"\n";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string message_of(const std::string& text) {
  try {
    read_published_rows(text, "rows.csv");
  } catch (const costmodel::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a table of measurements is read column by column") {
  const std::vector<PublishedRow> rows = read_published_rows(header + row, "rows.csv");
  REQUIRE(rows.size() == 1);
  const PublishedRow& r = rows.front();
  CHECK(r.line == 2);
  CHECK(r.id == "P1");
  CHECK(r.reference == "table 2, time");
  CHECK(r.note == "8192 tokens, each \"GPU\"");
  CHECK(r.kind == RowKind::attention);
  CHECK(r.gpus() == 8);
  CHECK(!r.intra_gbps);
  CHECK(r.model.kv_heads == 8);
  CHECK(r.sequence == 65536);
  CHECK(r.plan.ring == 8);
  CHECK(r.plan.layout == costmodel::Layout::zigzag);
  CHECK(r.plan.grad_dtype == costmodel::GradDtype::fp32);
  CHECK(r.metric == Metric::time);
  CHECK(r.value == 0.0574713);
  CHECK(r.sigma == 0.001);
}

TEST_CASE("columns may stand in any order, lines may end with carriage returns") {
  const std::string one = "\xef\xbb\xbf" + header + row;
  std::string crlf;
  for (const char c : one) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(read_published_rows(crlf, "rows.csv").size() == 1);
  const std::string moved =
      changed(header, "id,source,", "source,id,") + changed(row, "P1,someone,", "someone,P1,");
  CHECK(read_published_rows(moved, "rows.csv").front().id == "P1");
}

TEST_CASE("packings are lists of document lengths") {
  const std::string packed = changed(row, "causal", "packed:32768+32768/65536");
  const PublishedRow r = read_published_rows(header + packed, "rows.csv").front();
  REQUIRE(r.packings.size() == 2);
  CHECK(r.packings[0] == std::vector<std::int64_t>{32768, 32768});
  CHECK(r.packings[1] == std::vector<std::int64_t>{65536});
  CHECK(message_of(header + changed(row, "causal", "packed:32768+1024")) ==
        "rows.csv:2:99: mask: the documents of a packing have 33792 tokens, the sequence 65536; expected "
        "both alike");
}

TEST_CASE("every mistake in a table has its place and what would be right") {
  struct Mistake {
    std::string text, message;
  };
  const std::vector<Mistake> mistakes{
      {"", "rows.csv:1:1: is empty; expected a line with the names of the columns"},
      {header, "rows.csv:1:1: has no rows below the header"},
      {changed(header, "mask", "maks") + row,
       "rows.csv:1:164: unknown column \"maks\"; did you mean \"mask\"?"},
      {changed(header, "ref,", ""),
       "rows.csv:1:1: the column \"ref\" is missing; the columns are in validation/published/README.md"},
      {changed(header, "ref,", "id,") + row, "rows.csv:1:11: the column \"id\" is there twice"},
      {header + changed(row, "P1,", ""), "rows.csv:2:1: has 40 cells; the header has 41"},
      {header + changed(row, "zigzag", "zigzog"),
       "rows.csv:2:141: layout: cannot read \"zigzog\": expected contiguous, zigzag or striped; did you mean "
       "\"zigzag\"?"},
      {header + changed(row, "h800,8,1", "h800,4,1"),
       "rows.csv:2:45: gpus_per_node: 4 GPUs are used, the degrees make 8; expected both alike"},
      {header + changed(row, "65536", ""), "rows.csv:2:80: sequence: is empty; expected a value"},
      {header + changed(row, "0.0574713", "0"), "rows.csv:2:187: value: is \"0\"; expected a number above 0"},
      {header + row + row, "rows.csv:3:1: id: the id \"P1\" is in line 2 too"},
      {header + "\"P1", "rows.csv:2:1: a quote is opened and never closed"},
      {header + changed(row, "someone", "some\"one"),
       "rows.csv:2:8: a quote inside a cell without quotes; write the cell as \"...\" and the quote twice"},
      {header + changed(row, "\"table 2, time\"", "\"table 2\" time"),
       "rows.csv:2:21: text after the closing quote of a cell; expected a comma"},
      {header + changed(row, "32,8,128", "32,7,128"),
       "rows.csv:2:65: kv_heads: 7 does not divide the 32 heads"},
      {header + changed(row, "forward_backward", "prefill"),
       "rows.csv:2:104: phase: prefill does not go with the kind attention; expected training_step or "
       "prefill for "
       "whole models, others for attention"},
  };
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.text);
    const std::string message = message_of(mistake.text);
    // Places may move with the sample; the words may not.
    const auto words = [](const std::string& text) { return text.substr(text.find(": ") + 2); };
    CHECK(words(message) == words(mistake.message));
    CHECK(message.substr(0, 11) == mistake.message.substr(0, 11));  // file and line
  }
}

TEST_CASE("the column of a mistake counts characters") {
  const std::string text = "näme,b\nx,\"y\"z\n";
  try {
    parse_csv(text, "t.csv");
    FAIL("accepted");
  } catch (const costmodel::Error& error) {
    REQUIRE(error.where());
    CHECK(error.where()->line == 2);
    CHECK(error.where()->column == 6);
  }
}

TEST_CASE("the tables of the project are read") {
  for (const auto& [name, count] : {std::pair{"calibration", 56}, std::pair{"open", 79}}) {
    const std::string path = std::string(RINGSIDE_SOURCE_DIR) + "/validation/published/" + name + ".csv";
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    CHECK(read_published_rows(text.str(), path).size() == static_cast<std::size_t>(count));
  }
}
