#include "costmodel/formats/link_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/formats/cluster_fragment.h"
#include "costmodel/formats/robust_line.h"

namespace costmodel {

namespace {

struct Sample {
  Bytes size;
  LinePoint point;
};

// s of the formula.
double steps(const NcclTestsLog& log) {
  const double n = log.ranks;
  switch (log.test) {
    case NcclTest::all_reduce: return 2 * (n - 1);
    case NcclTest::all_gather:
    case NcclTest::reduce_scatter: return n - 1;
    case NcclTest::alltoall:
    case NcclTest::sendrecv: return 1;
  }
  return 1;
}

// x(S) / S of the formula.
double sent_share(const NcclTestsLog& log) {
  if (log.test == NcclTest::alltoall && log.nodes > 1) return 1 - 1.0 / log.nodes;
  return bus_factor(log.test, log.ranks);
}

std::vector<Sample> samples_of(const NcclTestsLog& log) {
  std::map<double, std::vector<double>> times;
  for (const NcclTestsRow& row : log.rows) times[row.size.value].push_back(row.time.value);
  std::vector<Sample> samples;
  for (const auto& [size, measured] : times)
    samples.push_back({Bytes(size), {steps(log), size * sent_share(log), median(measured)}});
  return samples;
}

[[noreturn]] void fail(const NcclTestsLog& log, const std::string& message) {
  throw Error(message, InputLocation{.file = log.file, .line = 0, .column = 0, .key = {}});
}

int cards_used(const NcclTestsLog& log, const LinkFitOptions& options) {
  if (log.nodes == 1) return 0;
  if (log.test == NcclTest::sendrecv) return 1;
  return options.nics_per_node > 0 ? options.nics_per_node : log.ranks / log.nodes;
}

// b of the formula to the bandwidth of one link.
double per_link(const NcclTestsLog& log, double rate, int cards) {
  if (log.nodes == 1 || log.test == NcclTest::sendrecv) return rate;
  const double senders = log.test == NcclTest::alltoall ? static_cast<double>(log.ranks) / log.nodes : 1.0;
  return rate * senders / cards;
}

}  // namespace

std::string_view name_of(FittedLink link) { return link == FittedLink::scale_up ? "scale-up" : "scale-out"; }

LinkFit fit_link(const NcclTestsLog& log, const LinkFitOptions& options) {
  const std::vector<Sample> samples = samples_of(log);
  if (samples.size() < 2)
    fail(log,
         "one message size cannot tell alpha from bandwidth: run the test over a range, such as -b 8 -e 1G "
         "-f 2");
  std::vector<LinePoint> points;
  for (const Sample& sample : samples) points.push_back(sample.point);
  const RobustLine line = robust_line(points);
  if (!(line.slope > 0) || line.slope * points.back().sent < 0.5 * line.at(points.back()))
    fail(log,
         "the largest message, " + format_bytes(samples.back().size) +
             ", still takes mostly fixed time: larger ones are needed to see the bandwidth, such as -e 1G");

  LinkFit fit;
  fit.link = log.nodes == 1 ? FittedLink::scale_up : FittedLink::scale_out;
  fit.alpha = Seconds(line.alpha);
  const double fixed = line.alpha * points.front().steps;
  fit.alpha_known = fixed >= 0.2 * line.at(points.front()) ? AlphaKnown::yes : AlphaKnown::no;
  fit.cards = cards_used(log, options);
  fit.bandwidth = BytesPerSecond(per_link(log, 1 / line.slope, fit.cards));
  fit.samples = static_cast<int>(samples.size());
  double squares = 0;
  const std::vector<double> errors = line.errors(points);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    squares += errors[i] * errors[i];
    if (i > 0 && std::abs(errors[i]) <= fit.worst) continue;
    fit.worst = std::abs(errors[i]);
    fit.worst_size = samples[i].size;
  }
  fit.residual = std::sqrt(squares / static_cast<double>(errors.size()));
  return fit;
}

std::vector<LinkPoint> link_points(const NcclTestsLog& log, const LinkFitOptions& options) {
  const int cards = cards_used(log, options);
  std::vector<LinkPoint> points;
  for (const NcclTestsRow& row : log.rows)
    points.push_back(
        {row.line,
         row.size,
         {steps(log), row.size.value * sent_share(log) * per_link(log, 1, cards), row.time.value}});
  return points;
}

std::string link_fit_toml(const NcclTestsLog& log, const LinkFit& fit) {
  const std::string source =
      fmt::format("nccl-tests {} on {} ranks, {}", name_of(log.test), log.ranks, file_label(log.file));
  std::string text = comment_line(
      fmt::format("{}: nccl-tests {}{} on {} ranks, {} {}{}.", file_label(log.file), name_of(log.test),
                  log.version.empty() ? "" : " " + log.version, log.ranks, log.nodes,
                  log.nodes == 1 ? "node" : "nodes", log.device.empty() ? "" : ", " + log.device));
  text += comment_line(
      fmt::format("Fit of time = steps x alpha + sent / bandwidth over {} sizes: typical error {:.1f} %, "
                  "largest {:.1f} % at {}.",
                  fit.samples, 100 * fit.residual, 100 * fit.worst, format_bytes(fit.worst_size)));
  if (!log.cut_lines.empty())
    text += comment_line(
        fmt::format("Rows left out because other output cut them in two: {}, the first on line {}.",
                    log.cut_lines.size(), log.cut_lines.front()));
  const bool inside = fit.link == FittedLink::scale_up;
  if (inside && log.test == NcclTest::sendrecv)
    text +=
        comment_line("sendrecv measures one pair: on a mesh this is one_peer_bandwidth, not link_bandwidth.");
  if (inside && log.test == NcclTest::all_reduce)
    text += comment_line(
        "If the NVSwitch reduced (NVLink SHARP), this is more than a link carries: prefer sendrecv.");
  if (!inside && fit.cards > 1)
    text += comment_line(
        fmt::format("The nodes' traffic was divided by {} network cards per node; correct the number if "
                    "a node has another.",
                    fit.cards));
  if (!inside && fit.cards == 1 && log.test == NcclTest::sendrecv)
    text += comment_line("sendrecv crosses between nodes through the card of one GPU.");
  text += bandwidth_line(inside ? "link_bandwidth" : "nic_bandwidth",
                         {fit.bandwidth, Provenance::measured, source});
  if (fit.alpha_known == AlphaKnown::yes) {
    text += latency_line(inside ? "link_latency" : "nic_latency", {fit.alpha, Provenance::measured, source});
  } else {
    text += comment_line("No message is small enough to measure the latency: run from -b 8 on.");
  }
  return text;
}

}  // namespace costmodel
