#include "validation/live_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "costmodel/price/attention_time.h"
#include "validation/nonnegative_fit.h"

namespace validation {

using costmodel::AttentionRate;
using costmodel::BlockGeometry;
using costmodel::Bytes;
using costmodel::BytesPerSecond;
using costmodel::Calibration;
using costmodel::Direction;
using costmodel::Elementwise;
using costmodel::ElementwiseKind;
using costmodel::Provenance;
using costmodel::Seconds;
using costmodel::Sourced;

namespace {

constexpr double least_residual = 0.03;

// Bytes per query row, as formula 3.4 counts them.
Elementwise pass_of(const Probe& probe, double element) {
  const double width = static_cast<double>(probe.shape.batch * probe.shape.heads * probe.shape.head_dim);
  Elementwise work;
  if (probe.kind == ProbeKind::delta) {
    work.kind = ElementwiseKind::delta;
    work.per_query_row =
        Bytes(2 * width * element + 4.0 * static_cast<double>(probe.shape.batch * probe.shape.heads));
  } else {
    work.kind = ElementwiseKind::accumulate_travelling;
    work.per_query_row = Bytes(3 * width * element);
  }
  return work;
}

Direction direction_of(const Probe& probe) {
  return probe.kind == ProbeKind::attention_backward ? Direction::backward : Direction::forward;
}

bool is_pass(const Probe& probe) { return probe.kind == ProbeKind::delta || probe.kind == ProbeKind::add; }
bool is_link(const Probe& probe) { return probe.kind == ProbeKind::exchange && probe.flows == Flows::all; }

std::vector<ProbeTime> those(std::span<const ProbeTime> times, bool (*wanted)(const Probe&)) {
  std::vector<ProbeTime> found;
  for (const ProbeTime& time : times)
    if (wanted(time.probe) && time.time.median > 0) found.push_back(time);
  return found;
}

// Rows of columns, and their times.
struct Sums {
  Eigen::MatrixXd columns;
  Eigen::VectorXd times;

  Sums(const std::vector<ProbeTime>& probes, Eigen::Index count)
      : columns(static_cast<Eigen::Index>(probes.size()), count),
        times(static_cast<Eigen::Index>(probes.size())) {
    for (std::size_t i = 0; i < probes.size(); ++i)
      times[static_cast<Eigen::Index>(i)] = probes[i].time.median;
  }
};

// Root of the mean square of relative errors.
double residual_of(const std::vector<ProbeTime>& times, const ProbedNode& node, const Calibration& fitted) {
  double sum = 0;
  for (const ProbeTime& time : times) {
    const double error = predicted_time(time.probe, node, fitted)->value / time.time.median - 1.0;
    sum += error * error;
  }
  return std::max(least_residual, std::sqrt(sum / static_cast<double>(times.size())));
}

template <class Quantity>
void set(Sourced<Quantity>& constant, Quantity value, const ProbedNode& node) {
  constant = {value, Provenance::measured, node.source};
}

// T = start + (pairs' products / rate) + pairs x (what they cost beside) + tail x longest, all linear in the
// unknowns.
void fit_attention(Calibration& fitted, AttentionRate& rate, const std::vector<ProbeTime>& times,
                   const ProbedNode& node) {
  const double processors = node.node.device.multiprocessors.value;
  const bool many = processors > 1;  // one alone has no other to wait for
  Sums sums(times, many ? 4 : 3);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Probe& probe = times[i].probe;
    const bool forward = direction_of(probe) == Direction::forward;
    const BlockGeometry block = probe.geometry();
    const double heads = static_cast<double>(probe.shape.heads * probe.shape.batch);
    const double flop = (forward ? 4.0 : 10.0) * static_cast<double>(probe.shape.head_dim);
    const double rows = static_cast<double>(forward ? block.query_rows : block.key_rows);
    const double waves = heads * std::ceil(rows / rate.tile_rows) / processors;
    const double idle = block.edge_rows == 0 ? std::ceil(waves) / waves : 1.0;
    const double pairs =
        heads * idle * (block.kept_pairs + static_cast<double>(block.edge_rows) * rate.tile_columns / 2.0);
    const double longest =
        static_cast<double>(forward ? block.longest_row : std::min(block.query_rows, block.longest_row));
    const Eigen::Index row = static_cast<Eigen::Index>(i);
    sums.columns(row, 0) = 1.0;
    sums.columns(row, 1) = flop * pairs;
    sums.columns(row, 2) = pairs;
    if (many)
      sums.columns(row, 3) = block.edge_rows == 0 ? 0.0 : flop * longest * rate.tile_rows * processors;
  }
  const Eigen::VectorXd cost = nonnegative_fit(sums.columns, sums.times);
  rate.residual = residual_of(times, node, fitted);
  if (cost[1] <= 0) return;  // samples that say nothing of a rate leave what was, and say how wrong it is
  set(rate.start, Seconds(cost[0]), node);
  set(rate.peak_fraction, 1.0 / (cost[1] * matrix_rate(node.node.device, node.element).value), node);
  set(rate.pair_flop, cost[2] / cost[1], node);
  if (many) set(rate.tail, cost[3] / cost[1], node);
  rate.residual = residual_of(times, node, fitted);
}

void fit_passes(Calibration& fitted, const std::vector<ProbeTime>& times, const ProbedNode& node) {
  Sums sums(times, 2);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Elementwise work = pass_of(times[i].probe, node.element);
    sums.columns(static_cast<Eigen::Index>(i), 0) = 1.0;
    sums.columns(static_cast<Eigen::Index>(i), 1) =
        work.per_query_row.value * static_cast<double>(times[i].probe.queries);
  }
  const Eigen::VectorXd cost = nonnegative_fit(sums.columns, sums.times);
  fitted.memory_residual = residual_of(times, node, fitted);
  if (cost[1] <= 0) return;
  set(fitted.launch, Seconds(cost[0]), node);
  set(fitted.memory_efficiency, 1.0 / (cost[1] * node.node.device.memory_bandwidth.value.value), node);
  fitted.memory_residual = residual_of(times, node, fitted);
}

void fit_link(Calibration& fitted, const std::vector<ProbeTime>& times, const ProbedNode& node) {
  Sums sums(times, 2);
  for (std::size_t i = 0; i < times.size(); ++i) {
    sums.columns(static_cast<Eigen::Index>(i), 0) = 1.0;
    sums.columns(static_cast<Eigen::Index>(i), 1) = static_cast<double>(times[i].probe.bytes);
  }
  const Eigen::VectorXd cost = nonnegative_fit(sums.columns, sums.times);
  fitted.link_residual = residual_of(times, node, fitted);
  // A thousandth of the time of the longest message is no bandwidth.
  if (cost[1] * sums.columns.col(1).maxCoeff() <= 1e-3 * sums.times.maxCoeff()) return;
  set(fitted.link_latency, Seconds(cost[0]), node);
  // What a rank would have that shares with nobody.
  set(fitted.link_bandwidth, BytesPerSecond(1.0 / (cost[1] * node.share)), node);
  fitted.link_residual = residual_of(times, node, fitted);
}

}  // namespace

std::optional<Seconds> predicted_time(const Probe& probe, const ProbedNode& node,
                                      const Calibration& calibration) {
  switch (probe.kind) {
    case ProbeKind::attention_forward:
    case ProbeKind::attention_backward:
      return attention_time(probe.geometry(), probe.shape, direction_of(probe), node.element,
                            node.node.device, calibration);
    case ProbeKind::delta:
    case ProbeKind::add: {
      BlockGeometry rows;
      rows.query_rows = probe.queries;
      rows.kept_pairs = static_cast<double>(probe.queries);  // not an empty block
      return elementwise_time(pass_of(probe, node.element), rows, node.node.device, calibration);
    }
    case ProbeKind::exchange: {
      if (probe.flows != Flows::all) return std::nullopt;
      const bool known = calibration.link_bandwidth.value.value > 0;
      const BytesPerSecond rate =
          known ? calibration.link_bandwidth.value * node.share : node.node.scale_up.one_peer.value;
      const Seconds latency = known ? calibration.link_latency.value : node.node.scale_up.alpha.value;
      return latency + Bytes(static_cast<double>(probe.bytes)) / rate;
    }
    case ProbeKind::copy:
    case ProbeKind::overlap:
    case ProbeKind::allocate: break;
  }
  return std::nullopt;
}

Calibration fit_probes(const Calibration& before, const ProbedNode& node, std::span<const ProbeTime> times) {
  Calibration fitted = before;
  // Steps of kernels/ carry their state and add to their sums.
  fitted.merge_style = costmodel::MergeStyle::inside;
  const auto of_kind = [&](bool (*wanted)(const Probe&), Eigen::Index unknowns, auto fit) {
    const std::vector<ProbeTime> found = those(times, wanted);
    if (static_cast<Eigen::Index>(found.size()) >= unknowns) fit(found);
  };
  // First: it is the floor of attention.
  of_kind(is_pass, 2, [&](const auto& found) { fit_passes(fitted, found, node); });
  of_kind([](const Probe& p) { return p.kind == ProbeKind::attention_forward; }, 4,
          [&](const auto& found) { fit_attention(fitted, fitted.forward, found, node); });
  of_kind([](const Probe& p) { return p.kind == ProbeKind::attention_backward; }, 4,
          [&](const auto& found) { fit_attention(fitted, fitted.backward, found, node); });
  of_kind(is_link, 2, [&](const auto& found) { fit_link(fitted, found, node); });
  return fitted;
}

double Overlap::slowdown() const { return std::max(0.0, ratio.median - 1.0); }

std::string Overlap::complaint() const {
  const char* const remedy =
      "; expected a machine that does nothing else, or --noisy, which keeps the slowdown that was";
  if (control.deviation > largest_spread || std::abs(control.median - 1.0) > largest_spread)
    return fmt::format(
        "the same attention twice in a row differs by {:+.1f} % (spread {:.1f} %), over {:.0f} %, so that "
        "its "
        "slowdown under messages is not known{}",
        100 * (control.median - 1.0), 100 * control.deviation, 100 * largest_spread, remedy);
  if (ratio.deviation > largest_spread)
    return fmt::format("{}: the ratio to the time alone spreads by {:.1f} %, over {:.0f} %{}", name_of(probe),
                       100 * ratio.deviation, 100 * largest_spread, remedy);
  return "";
}

Overlap overlap_of(const ProbeTime& alone, const ProbeTime& under_messages, const ProbeTime& alone_again) {
  std::vector<double> ratios, controls;
  for (std::size_t i = 0; i < under_messages.rounds.size(); ++i) {
    const double first = alone.rounds[i], second = alone_again.rounds[i];
    if (first <= 0 || second <= 0) continue;
    ratios.push_back(under_messages.rounds[i] / ((first + second) / 2));
    controls.push_back(second / first);
  }
  return {under_messages.probe, measured(ratios), measured(controls)};
}

}  // namespace validation
