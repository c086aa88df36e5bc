#include "validation/link_calibration.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "costmodel/base/error.h"
#include "tests/catch.h"
#include "tests/validation/refusal_text.h"

using namespace validation;
using costmodel::AlphaKnown;
using costmodel::FittedLink;
using validation_tests::contains;

namespace {

// Sizes from 1 kB to 1 GB between two GPUs of one node: 12 us + size / 25 GB/s.
std::string pair_table(double alpha = 12e-6, double rate = 25e9) {
  std::string text = "bytes,time_us\n";
  for (double size = 1e3; size <= 1e9; size *= 10)
    text += fmt::format("{:.0f},{:.9g}\n", size, 1e6 * (alpha + size / rate));
  return text;
}

std::string refusal(const std::string& text) {
  return validation_tests::refusal_of([&] { fit_links(read_link_rows(text, "t.csv")); });
}

}  // namespace

TEST_CASE("links: a synthetic table gives its constants back") {
  const std::vector<LinkClassFit> fits = fit_links(read_link_rows(pair_table(), "t.csv"));
  REQUIRE(fits.size() == 1);
  CHECK(fits[0].link == FittedLink::scale_up);
  CHECK(fits[0].alpha.value == Approx(12e-6));
  CHECK(fits[0].bandwidth.value == Approx(25e9));
  CHECK(fits[0].alpha_known == AlphaKnown::yes);
  CHECK(fits[0].residual < 1e-6);
  CHECK(fits[0].rows.size() == 7);
}

TEST_CASE("links: bus bandwidth of a collective between nodes is that of one card") {
  // By hand: all_gather over 16 ranks on 2 nodes with 4 cards each takes 15 steps of 20 us, and 15/16 of the
  // size leaves a node over its 4 cards of 20 GB/s.
  std::string text = "id,gpu,op,nodes,gpus_per_node,nics_per_node,bytes,busbw_gbps\n";
  int id = 0;
  for (double size = 1e4; size <= 1e10; size *= 10) {
    const double time = 15 * 20e-6 + size * 15 / 16 / (4 * 20e9);
    text += fmt::format("L{},a100,all_gather,2,8,4,{:.0f},{:.9g}\n", ++id, size, size * 15 / 16 / time / 1e9);
  }
  const std::vector<LinkClassFit> fits = fit_links(read_link_rows(text, "t.csv"));
  REQUIRE(fits.size() == 1);
  CHECK(fits[0].link == FittedLink::scale_out);
  CHECK(fits[0].gpu == "a100");
  CHECK(fits[0].alpha.value == Approx(20e-6));
  CHECK(fits[0].bandwidth.value == Approx(20e9));
}

TEST_CASE("links: an outlier hardly moves the constants, and counts little") {
  std::string text = "bytes,time_us\n";
  int row = 0;
  for (double size = 1e3; size <= 1e9; size *= 2) {
    const double ripple = 1 + 0.01 * (row % 3 - 1), wild = row == 17 ? 3 : 1;
    text += fmt::format("{:.0f},{:.9g}\n", size, 1e6 * (12e-6 + size / 25e9) * ripple * wild);
    ++row;
  }
  const LinkClassFit fit = fit_links(read_link_rows(text, "t.csv")).front();
  CHECK(fit.alpha.value == Approx(12e-6).epsilon(0.02));
  CHECK(fit.bandwidth.value == Approx(25e9).epsilon(0.02));
  CHECK(fit.rows[17].weight < 0.1);
  CHECK(fit.rows[17].error == Approx(-0.667).epsilon(0.02));
  CHECK(fit.residual < 0.1);
}

TEST_CASE("links: small messages know alpha, large ones the bandwidth") {
  const LinkClassFit fit = fit_links(read_link_rows(pair_table(), "t.csv")).front();
  REQUIRE(!fit.alpha.constraints.empty());
  REQUIRE(!fit.bandwidth.constraints.empty());
  CHECK(fit.alpha.constraints.front().row == "t.csv:2");      // 1 kB
  CHECK(fit.bandwidth.constraints.front().row == "t.csv:8");  // 1 GB
  double sum = 0;
  for (const LinkConstraint& c : fit.bandwidth.constraints) sum += c.share;
  CHECK(sum <= 1.0 + 1e-12);
}

TEST_CASE("links: several files of one class are one fit, other classes stay apart") {
  std::vector<LinkRow> rows = read_link_rows(pair_table(12e-6, 24e9), "a.csv");
  for (LinkRow& row : read_link_rows(pair_table(12e-6, 26e9), "b.csv")) rows.push_back(row);
  CHECK(fit_links(rows).size() == 1);
  CHECK(fit_links(rows).front().rows.size() == 14);
  CHECK(fit_links(rows).front().bandwidth.value == Approx(25e9).epsilon(0.02));
  for (LinkRow& row : rows) row.link = row.id.front() == 'a' ? FittedLink::scale_up : FittedLink::scale_out;
  CHECK(fit_links(rows).size() == 2);
}

TEST_CASE("links: alpha is not claimed when all messages are large") {
  std::string text = "bytes,bandwidth_gbps\n";
  for (double size = 1e8; size <= 1e10; size *= 2) text += fmt::format("{:.0f},{:.6g}\n", size, 24.0);
  const LinkClassFit fit = fit_links(read_link_rows(text, "t.csv")).front();
  CHECK(fit.alpha_known == AlphaKnown::no);
  CHECK(fit.bandwidth.value == Approx(24e9));
}

TEST_CASE("links: files are told apart, and what is broken is said with its place") {
  CHECK(is_link_table("bytes,time_us\n1,2\n"));
  CHECK(is_link_table("# nThread 1 nGpus 8\n"));
  CHECK_FALSE(is_link_table("id,source,kind,value\n"));
  CHECK_FALSE(is_link_table(""));
  CHECK(contains(refusal("bytes\n1\n"), "t.csv:1:1: expected beside \"bytes\" exactly one column"));
  CHECK(contains(refusal("bytes,time_us,busbw_gbps\n1,2,3\n"), "exactly one column"));
  CHECK(contains(refusal("bytes,time_us\n"), "no row below the header"));
  CHECK(contains(refusal("bytes,time_us\n1000,zero\n"), "t.csv:2:6: \"zero\" is not a number above zero"));
  CHECK(contains(refusal("bytes,time_us\n1000,\n"), "t.csv:2:1: the bandwidth or the time is missing"));
  CHECK(contains(refusal("bytes,time_us,op\n1000,5,scatter\n"), "t.csv:2:8: \"scatter\" is not a test"));
  CHECK(contains(refusal("bytes,time_us,nodes,gpus_per_node\n1000,5,1,1\n"), "a link is between two GPUs"));
  CHECK(contains(refusal("bytes,time_us\n1000,5\n"), "one message size inside a node"));
  CHECK(contains(refusal("bytes,time_us\n1000,5\n2000,5\n"), "still takes mostly fixed time"));
}
