#include "costmodel/formats/link_fit.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/formats/cluster_fragment.h"

namespace costmodel {

namespace {

struct Sample {
  Bytes size;
  double sent = 0;  // x(S), bytes
  double time = 0;  // seconds
};

double median(std::vector<double> values) {
  const std::size_t middle = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

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
    samples.push_back({Bytes(size), size * sent_share(log), median(measured)});
  return samples;
}

// t = offset + slope x.
struct Line {
  double offset = 0;
  double slope = 0;

  double at(double x) const { return offset + slope * x; }
};

// Minimises the weighted sum of (t(x_i)/t_i - 1)^2.  Both columns are scaled to about 1, since bytes and
// seconds are 15 orders of magnitude apart.
Line weighted_line(const std::vector<Sample>& samples, const Eigen::VectorXd& weights) {
  const double time_scale = samples.front().time;
  const double sent_scale = samples.back().sent / samples.back().time;
  const auto count = static_cast<Eigen::Index>(samples.size());
  Eigen::MatrixXd columns(count, 2);
  Eigen::VectorXd ones(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Sample& sample = samples[static_cast<std::size_t>(i)];
    const double weight = std::sqrt(weights[i]);
    columns(i, 0) = weight * time_scale / sample.time;
    columns(i, 1) = weight * sample.sent / sample.time / sent_scale;
    ones[i] = weight;
  }
  const Eigen::Vector2d scaled = columns.colPivHouseholderQr().solve(ones);
  if (scaled[0] >= 0) return {scaled[0] * time_scale, scaled[1] / sent_scale};
  const Eigen::VectorXd sent = columns.col(1);  // alpha would be negative: the best line through zero
  return {0, sent.dot(ones) / sent.squaredNorm() / sent_scale};
}

Eigen::VectorXd relative_errors(const std::vector<Sample>& samples, const Line& line) {
  Eigen::VectorXd errors(static_cast<Eigen::Index>(samples.size()));
  for (Eigen::Index i = 0; i < errors.size(); ++i) {
    const Sample& sample = samples[static_cast<std::size_t>(i)];
    errors[i] = line.at(sample.sent) / sample.time - 1;
  }
  return errors;
}

// Iteratively reweighted least squares for the Huber loss.
Line robust_line(const std::vector<Sample>& samples) {
  constexpr double huber_k = 1.345;  // 95 % efficient for normal errors (Huber 1964)
  constexpr double normal_deviation =
      1.4826;                           // standard deviation of normal errors / their median absolute value
  constexpr double least_scale = 1e-3;  // times are printed with two or more digits
  Eigen::VectorXd weights = Eigen::VectorXd::Ones(static_cast<Eigen::Index>(samples.size()));
  Line line = weighted_line(samples, weights);
  for (int round = 0; round < 50; ++round) {
    const Eigen::VectorXd absolute = relative_errors(samples, line).cwiseAbs();
    const double scale = std::max(least_scale, normal_deviation * median({absolute.begin(), absolute.end()}));
    for (Eigen::Index i = 0; i < weights.size(); ++i)
      weights[i] = absolute[i] <= huber_k * scale ? 1 : huber_k * scale / absolute[i];
    line = weighted_line(samples, weights);
  }
  return line;
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
  const Line line = robust_line(samples);
  const double largest = samples.back().sent;
  if (!(line.slope > 0) || line.slope * largest < 0.5 * line.at(largest))
    fail(log,
         "the largest message, " + format_bytes(samples.back().size) +
             ", still takes mostly fixed time: larger ones are needed to see the bandwidth, such as -e 1G");

  LinkFit fit;
  fit.link = log.nodes == 1 ? FittedLink::scale_up : FittedLink::scale_out;
  fit.alpha = Seconds(line.offset / steps(log));
  fit.alpha_known = line.offset >= 0.2 * line.at(samples.front().sent) ? AlphaKnown::yes : AlphaKnown::no;
  fit.cards = cards_used(log, options);
  fit.bandwidth = BytesPerSecond(per_link(log, 1 / line.slope, fit.cards));
  fit.samples = static_cast<int>(samples.size());
  const Eigen::VectorXd errors = relative_errors(samples, line);
  Eigen::Index worst = 0;
  fit.worst = errors.cwiseAbs().maxCoeff(&worst);
  fit.worst_size = samples[static_cast<std::size_t>(worst)].size;
  fit.residual = std::sqrt(errors.squaredNorm() / static_cast<double>(errors.size()));
  return fit;
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
