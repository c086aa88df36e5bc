#include "costmodel/price/slice_facts.h"

#include <fmt/format.h>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/attention_time.h"

namespace costmodel {

namespace {

class Facts {
 public:
  Facts(const PlanTimeline& timeline, const PhaseTimeline& recorded, Rank rank, const TimelineSlice& slice)
      : timeline_(timeline),
        phase_(timeline.phase(recorded)),
        rank_(rank),
        slice_(slice),
        op_(phase_.ops[slice.op.at()]),
        duration_(slice.end - slice.start) {
    for (std::size_t r = 0; r < timeline.ranks.size(); ++r)
      if (timeline.ranks[r] == rank) group_ = static_cast<std::size_t>(timeline.places[r].group);
  }

  SliceFacts all() {
    facts_.name = slice_.activity == Activity::stall ? "stall" : op_name(phase_, op_);
    facts_.value = format_seconds(duration_);
    switch (slice_.activity) {
      case Activity::stall: stall(); break;
      case Activity::send:
      case Activity::receive: message(); break;
      case Activity::collective: collective(); break;
      case Activity::compute: compute(); break;
      case Activity::host: host(); break;
    }
    return std::move(facts_);
  }

 private:
  const Calibration& calibration() const { return timeline_.calibrations[group_]; }
  const NodeSpec& node() const { return timeline_.cluster.groups[group_].node; }
  std::string rank_text(Rank rank) const { return "rank " + std::to_string(rank.value); }

  template <class T>
  void comes_from(const Sourced<T>& number) {
    facts_.source = std::string(name_of(number.provenance));
    if (!number.source.empty()) facts_.source += ": " + number.source;
  }

  void stall() {
    const std::string waited = op_name(phase_, op_);
    facts_.what = slice_.peer == rank_
                      ? fmt::format("the compute lane waits for {}", waited)
                      : fmt::format("the compute lane waits for {} of {}", waited, rank_text(slice_.peer));
    facts_.formula = "next start - last end on the compute lane (4.10)";
    facts_.source = std::string(name_of(Provenance::derived));
  }

  void message() {
    const Transfer& transfer = phase_.transfers[static_cast<std::size_t>(op_.work)];
    const bool network = slice_.link == LinkClass::scale_out;
    const bool sends = slice_.activity == Activity::send;
    facts_.what = fmt::format("{} {} over the {}", sends ? "to" : "from", rank_text(slice_.peer),
                              network ? "network card" : "link in the node");
    const Seconds alpha(slice_.end - slice_.freed), bytes_time(slice_.freed - slice_.start);
    facts_.formula = fmt::format(
        "alpha + bytes / b = {} + {} / {} (3.5, 3.6)", format_seconds(alpha), format_bytes(transfer.bytes),
        bytes_time.value > 0 ? format_bandwidth(transfer.bytes / bytes_time) : "no limit");
    comes_from(network ? node().scale_out.nic_bandwidth : node().scale_up.one_peer);
  }

  void collective() {
    const Collective& work = phase_.collectives[static_cast<std::size_t>(op_.work)];
    facts_.what = fmt::format("{} of {} from each rank", name_of(work.kind), format_bytes(work.bytes));
    facts_.formula = work.kind == CollectiveKind::all_to_all ? "max over links of alpha + bytes / b (3.8)"
                                                             : "max over links of bytes / b, + alphas (3.7)";
    comes_from(slice_.link == LinkClass::scale_out ? node().scale_out.nic_bandwidth
                                                   : node().scale_up.one_peer);
  }

  void compute() {
    switch (op_.kind) {
      case OpKind::attention: attention(); return;
      case OpKind::gemm: product(); return;
      default: pass(); return;
    }
  }

  void rate(Flops flops) {
    const FlopsPerSecond reached = flops / duration_;
    facts_.formula +=
        fmt::format(": {:.3g} TFLOP in {} = {}, {:.0f} % of peak", flops.value * 1e-12, facts_.value,
                    format_flops_rate(reached), 100 * (reached / node().device.tensor_rate.value));
  }

  void attention() {
    const Schedule::Blocks blocks =
        timeline_.schedule.blocks(op_, timeline_.schedule.grid.coordinates(rank_));
    const BlockGeometry block = timeline_.schedule.geometry(blocks, op_);
    facts_.what = fmt::format(
        "{} query rows, {} keys, {:.0f} % of the pairs kept by the mask",
        format_tokens(blocks.queries.size()), format_tokens(blocks.keys.size()),
        100 * block.kept_pairs /
            (static_cast<double>(blocks.queries.size()) * static_cast<double>(blocks.keys.size())));
    facts_.formula = "waves of tiles (3.1)";
    rate(attention_flops(block, phase_.shape, op_.direction));
    comes_from(
        (op_.direction == Direction::forward ? calibration().forward : calibration().backward).peak_fraction);
  }

  void product() {
    const Gemm& gemm = phase_.gemms[static_cast<std::size_t>(op_.work)];
    facts_.what = fmt::format("{} x {} x {}", gemm.m, gemm.n, gemm.k);
    if (gemm.batch * gemm.calls > 1) facts_.what += fmt::format(", {} times", gemm.batch * gemm.calls);
    facts_.formula = "waves of tiles (3.9)";
    rate(gemm.flops());
    comes_from(calibration().gemm.peak_fraction);
  }

  void pass() {
    const Elementwise& work = phase_.elementwise[static_cast<std::size_t>(op_.work)];
    comes_from(calibration().memory_efficiency);
    facts_.what = "a pass over device memory";
    if (work.kind == ElementwiseKind::merge) {
      facts_.formula = "launch + passes x bytes / (m W) (3.3)";
      return;
    }
    Bytes bytes = work.fixed;
    if (work.by_block()) {
      const BlockGeometry block =
          timeline_.schedule.geometry(op_, timeline_.schedule.grid.coordinates(rank_));
      bytes = static_cast<double>(block.query_rows) * work.per_query_row +
              static_cast<double>(block.key_rows) * work.per_key_row;
    }
    const BytesPerSecond rate = calibration().memory_efficiency.value * node().device.memory_bandwidth.value;
    facts_.formula =
        fmt::format("launch + bytes / (m W) = {} + {} / {} ({})", format_seconds(calibration().launch.value),
                    format_bytes(bytes), format_bandwidth(rate), work.by_block() ? "3.4" : "3.10");
  }

  void host() {
    const HostWork& work = phase_.host_works[static_cast<std::size_t>(op_.work)];
    facts_.what = fmt::format("{} of {}", name_of(work.kind), format_bytes(work.bytes));
    facts_.formula = "bytes / rate (3.12)";
    if (work.kind == HostKind::update)
      comes_from(calibration().host_update);
    else
      comes_from(node().host_link);
  }

  const PlanTimeline& timeline_;
  const Phase& phase_;
  Rank rank_;
  const TimelineSlice& slice_;
  const Op& op_;
  Seconds duration_;
  std::size_t group_ = 0;
  SliceFacts facts_;
};

}  // namespace

SliceFacts facts_of(const PlanTimeline& timeline, const PhaseTimeline& recorded, Rank rank,
                    const TimelineSlice& slice) {
  return Facts(timeline, recorded, rank, slice).all();
}

}  // namespace costmodel
