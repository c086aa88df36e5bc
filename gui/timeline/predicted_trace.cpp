#include "gui/timeline/predicted_trace.h"

#include <QCoreApplication>
#include <algorithm>
#include <map>
#include <tuple>

namespace gui {

namespace {

using costmodel::Activity;
using costmodel::Lane;
using costmodel::LinkClass;
using costmodel::OpKind;
using costmodel::Phase;
using costmodel::PhaseTimeline;
using costmodel::PlanTimeline;
using costmodel::TimelineSlice;

QString in_qt(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

SliceKind kind_of(const TimelineSlice& slice, const Phase& phase) {
  const bool network = slice.link == LinkClass::scale_out;
  switch (slice.activity) {
    case Activity::compute:
      return phase.ops[slice.op.at()].kind == OpKind::attention ? SliceKind::attention : SliceKind::kernel;
    case Activity::stall: return SliceKind::stall;
    case Activity::send: return network ? SliceKind::send_network : SliceKind::send_inside;
    case Activity::receive: return network ? SliceKind::receive_network : SliceKind::receive_inside;
    case Activity::collective: return network ? SliceKind::collective_network : SliceKind::collective_inside;
    case Activity::host: return SliceKind::host;
  }
  return SliceKind::kernel;
}

LaneRole role_of(Activity activity) {
  switch (activity) {
    case Activity::compute:
    case Activity::stall: return LaneRole::compute;
    case Activity::send: return LaneRole::send;
    case Activity::receive: return LaneRole::receive;
    case Activity::collective: return LaneRole::collective;
    case Activity::host: return LaneRole::host;
  }
  return LaneRole::compute;
}

// Slices that share a row where they do not overlap: of one role, of one port, of one lane for the rest.
using RowKey = std::tuple<LaneRole, LinkClass, Lane>;
RowKey key_of(const TimelineSlice& slice) {
  const LaneRole role = role_of(slice.activity);
  if (role == LaneRole::compute) return {role, LinkClass::self, Lane::compute};
  const bool message = role == LaneRole::send || role == LaneRole::receive;
  return {role, message ? slice.link : LinkClass::self, message ? Lane::ring : slice.lane};
}

class Builder {
  Q_DECLARE_TR_FUNCTIONS(gui::Builder)

 public:
  explicit Builder(std::shared_ptr<const PlanTimeline> timeline) : timeline_(*timeline) {
    trace_.source = std::move(timeline);
  }

  TimelineTrace build() {
    trace_.plan = in_qt(timeline_.name);
    trace_.duration = timeline_.time().value;
    describe();
    for (std::size_t r = 0; r < timeline_.ranks.size(); ++r) add_rank(r);
    return std::move(trace_);
  }

 private:
  struct Item {
    const TimelineSlice* slice = nullptr;
    const Phase* phase = nullptr;
    SliceOrigin origin;
    double offset = 0;
    double start() const { return offset + slice->start; }
  };

  void describe() {
    double at = 0;
    QStringList repeats;
    for (const PhaseTimeline& recorded : timeline_.phases) {
      QString text = in_qt(timeline_.phase(recorded).name);
      if (recorded.runs > 1) text = tr("%1, runs %n times", "", recorded.runs).arg(text);
      trace_.phases.push_back({at, text});
      at += recorded.time.time.value;
    }
    const bool layers = !timeline_.phases.empty() && timeline_.phases.front().runs > 1;
    const bool both = timeline_.phases.size() > 1;
    const QString what = layers ? tr("One layer") : tr("Attention of one layer");
    trace_.extent = both ? tr("%1, forward + backward").arg(what) : tr("%1, forward").arg(what);
    if (layers)
      trace_.extent = tr("%1 (runs %n times)", "", timeline_.phases.front().runs).arg(trace_.extent);
    const int all = timeline_.schedule.world_size();
    if (timeline_.scope == costmodel::WalkScope::one)
      trace_.shown_ranks = all == 1 ? tr("1 GPU") : tr("all %n GPUs do the same", "", all);
    else if (timeline_.scope == costmodel::WalkScope::envelope)
      trace_.shown_ranks = tr("an upper bound for each of %n GPUs", "", all);
    else
      trace_.shown_ranks = tr("%1 of %2 GPUs").arg(timeline_.ranks.size()).arg(all);
  }

  void add_rank(std::size_t r) {
    const costmodel::Place& place = timeline_.places[r];
    TraceRank rank;
    rank.rank = timeline_.ranks[r].value;
    rank.full_name = in_qt(costmodel::rank_name(timeline_.ranks[r], place));
    rank.label = tr("n%1 g%2").arg(place.node).arg(place.local);
    rank.node = place.node;
    if (timeline_.scope == costmodel::WalkScope::one && timeline_.schedule.world_size() > 1) {
      rank.label = tr("each GPU");
      rank.node = no_node;
      rank.full_name = tr("each of %n GPUs", "", timeline_.schedule.world_size());
    }
    rank.first_row = trace_.rows.size();
    std::map<RowKey, std::vector<Item>> lanes;
    double offset = 0;
    for (std::size_t p = 0; p < timeline_.phases.size(); ++p) {
      const PhaseTimeline& recorded = timeline_.phases[p];
      const std::vector<TimelineSlice>& slices = recorded.ranks[r].slices;
      for (std::size_t s = 0; s < slices.size(); ++s)
        lanes[key_of(slices[s])].push_back(
            {&slices[s],
             &timeline_.phase(recorded),
             {static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(s)},
             offset});
      offset += recorded.time.time.value;
    }
    for (auto& [key, items] : lanes) add_rows(rank.rank, key, items, lanes.contains(other_port(key)));
    rank.row_count = trace_.rows.size() - rank.first_row;
    trace_.ranks.push_back(rank);
  }

  static RowKey other_port(const RowKey& key) {
    const auto& [role, link, lane] = key;
    if (role != LaneRole::send && role != LaneRole::receive)
      return {LaneRole::host, LinkClass::scale_out, lane};
    return {role, link == LinkClass::scale_out ? LinkClass::scale_up : LinkClass::scale_out, lane};
  }

  QString label_of(const RowKey& key, bool two_ports) const {
    const auto& [role, link, lane] = key;
    if (role == LaneRole::collective) return in_qt(costmodel::name_of(lane));
    if (two_ports && link == LinkClass::scale_out) return tr("%1 NIC").arg(name_of(role));
    return name_of(role);
  }

  // What overlaps goes to a further row; the latency of a message may overlap the next one of its port.
  void add_rows(int rank, const RowKey& key, std::vector<Item>& items, bool two_ports) {
    std::stable_sort(items.begin(), items.end(),
                     [](const Item& a, const Item& b) { return a.start() < b.start(); });
    const std::size_t first = trace_.rows.size();
    std::vector<double> free_at;
    for (const Item& item : items) {
      std::size_t row = 0;
      while (row < free_at.size() && item.start() < free_at[row]) ++row;
      if (row == free_at.size()) {
        free_at.push_back(0);
        trace_.rows.emplace_back(rank, std::get<0>(key), row == 0 ? label_of(key, two_ports) : QString());
      }
      free_at[row] = item.offset + item.slice->freed;
      TraceRow& target = trace_.rows[first + row];
      const Critical critical = item.slice->critical == costmodel::OnPath::yes ? Critical::yes : Critical::no;
      target.add(item.start(), item.offset + item.slice->end, kind_of(*item.slice, *item.phase), critical,
                 name_of_slice(item));
      target.origins.push_back(item.origin);
    }
  }

  std::uint32_t name_of_slice(const Item& item) {
    const std::string text = item.slice->activity == Activity::stall
                                 ? std::string("stall")
                                 : costmodel::op_name(*item.phase, item.phase->ops[item.slice->op.at()]);
    const auto [known, is_new] =
        name_index_.try_emplace(text, static_cast<std::uint32_t>(trace_.names.size()));
    if (is_new) trace_.names.push_back(in_qt(text));
    return known->second;
  }

  const PlanTimeline& timeline_;
  TimelineTrace trace_;
  std::map<std::string, std::uint32_t> name_index_;
};

}  // namespace

TimelineTrace makeTimelineTrace(std::shared_ptr<const PlanTimeline> timeline) {
  return Builder(std::move(timeline)).build();
}

TimelineTrace makeTimelineTrace(const costmodel::Pricer& pricer, const costmodel::Plan& plan,
                                const costmodel::TimelineRanks& ranks) {
  return makeTimelineTrace(
      std::make_shared<const PlanTimeline>(costmodel::record_timeline(pricer, plan, ranks)));
}

}  // namespace gui
