#include "costmodel/price/plan_timeline.h"

#include <algorithm>

#include "costmodel/base/error.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/schedule/lower_step.h"
#include "costmodel/schedule/lowering.h"

namespace costmodel {

std::string_view name_of(Activity activity) {
  constexpr std::array<std::string_view, 6> names{"compute", "stall",      "send",
                                                  "receive", "collective", "host"};
  return names.at(static_cast<std::size_t>(activity));
}

Seconds PlanTimeline::time() const {
  Seconds sum;
  for (const PhaseTimeline& recorded : phases) sum += recorded.time.time;
  return sum;
}

PathTimes& PathTimes::operator+=(const PathTimes& other) {
  compute += other.compute;
  inside += other.inside;
  network += other.network;
  host += other.host;
  return *this;
}

PathTimes PlanTimeline::path() const {
  PathTimes sum;
  for (const PhaseTimeline& recorded : phases) sum += recorded.path;
  return sum;
}

Seconds PlanTimeline::stalled() const {
  Seconds sum;
  for (const PhaseTimeline& recorded : phases) sum += recorded.stalled;
  return sum;
}

namespace {

// The link that an exchange or a collective takes; of both the network.
LinkClass link_of(const OpTime& time) {
  if (time.link != LinkClass::self) return time.link;
  return time.freed[1] > 0 ? LinkClass::scale_out : time.freed[0] > 0 ? LinkClass::scale_up : LinkClass::self;
}

// What the walk of one phase left behind.
struct WalkedPhase {
  std::size_t number = 0;
  PhaseTime time;
  std::vector<Rank> walkers;
  std::vector<OpTime> times;       // walker-major
  std::vector<std::uint8_t> path;  // by operation like times: bits of PathPart
  PathTimes path_times;
  std::size_t last = 0;  // where the operation that ends the phase is in them

  std::size_t ops(const Schedule& schedule) const { return schedule.phases[number].ops.size(); }
  std::span<const OpTime> row(const Schedule& schedule, std::size_t walker) const {
    return std::span(times).subspan(walker * ops(schedule), ops(schedule));
  }
};

constexpr std::uint8_t bit(PathPart part) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(part));
}

std::size_t walker_at(const Schedule& schedule, const WalkedPhase& walked, Rank rank) {
  return walker_of(walked.time.scope, schedule.grid, schedule.grid.coordinates(rank));
}

// One phase after the other as they are; of a whole step the layer phases that run most often.
std::vector<std::size_t> shown_phases(const Scenario& scenario, const Plan& plan, const Schedule& schedule) {
  std::vector<std::size_t> shown;
  if (!is_whole_model(scenario.workload.phase)) {
    for (std::size_t p = 0; p < schedule.phases.size(); ++p) shown.push_back(p);
    return shown;
  }
  const std::vector<PhaseRecipe> recipes = step_recipes(scenario, plan);
  for (const PhaseKind kind : {PhaseKind::layer_forward, PhaseKind::layer_backward}) {
    std::optional<std::size_t> most;
    for (std::size_t p = 0; p < recipes.size(); ++p)
      if (recipes[p].kind == kind &&
          (!most || schedule.runs(schedule.phases[p]) > schedule.runs(schedule.phases[*most])))
        most = p;
    if (most) shown.push_back(*most);
  }
  return shown;
}

void add_step(PathTimes& times, OpKind kind, const OpTime& at, Seconds time) {
  switch (kind) {
    case OpKind::exchange:
    case OpKind::collective:
      (link_of(at) == LinkClass::scale_out ? times.network : times.inside) += time;
      return;
    case OpKind::host: times.host += time; return;
    default: times.compute += time; return;
  }
}

WalkedPhase walk_phase(const Pricer& pricer, const Schedule& schedule, std::size_t number,
                       WalkScratch& scratch) {
  WalkedPhase walked;
  walked.number = number;
  WalkOptions options;
  options.timeline = &walked.times;
  options.ranks = &walked.walkers;
  const Phase& phase = schedule.phases[number];
  walked.time =
      walk(schedule, phase, static_cast<double>(bytes_per_element(pricer.scenario().workload.dtype)),
           pricer.map(), pricer.calibrations(), scratch, options);
  walked.path.assign(walked.times.size(), 0);
  const std::vector<PathStep> path =
      critical_path(schedule, phase, walked.time.scope, walked.walkers, walked.times);
  for (const PathStep& step : path) {
    const std::size_t place = step.walker * phase.ops.size() + step.op;
    walked.path[place] |= bit(step.part);
    add_step(walked.path_times, phase.ops[step.op].kind, walked.times[place], step.time);
  }
  if (!path.empty()) walked.last = path.front().walker * phase.ops.size() + path.front().op;
  return walked;
}

// Writes down what one rank does in one phase.
class Recorder {
 public:
  Recorder(const Schedule& schedule, const WalkedPhase& walked, Rank rank)
      : schedule_(schedule),
        phase_(schedule.phases[walked.number]),
        walked_(walked),
        rank_(rank),
        walker_(walker_at(schedule, walked, rank)),
        row_(walked.row(schedule, walker_)) {}

  RankTimeline run() {
    result_.rank = rank_;
    for (int lane = 0; lane < lane_count; ++lane)
      for (std::size_t i = 0; i < row_.size(); ++i) {
        if (static_cast<int>(phase_.ops[i].lane) != lane) continue;
        if (phase_.ops[i].lane == Lane::compute && row_[i].start > computed_) stall(row_[i].start, i);
        operation(i);
      }
    if (walked_.time.time.value > computed_) stall(walked_.time.time.value, row_.size());
    return std::move(result_);
  }

 private:
  void add(std::size_t op, PathPart part, TimelineSlice slice) {
    if (slice.end <= slice.start) return;
    const std::uint8_t path = walked_.path[walker_ * row_.size() + op];
    slice.critical = (path & bit(part)) != 0 ? OnPath::yes : OnPath::no;
    slice.lane = phase_.ops[op].lane;
    slice.op = OpId(static_cast<std::int64_t>(op));
    slice.ready = row_[op].ready;
    result_.slices.push_back(slice);
  }

  // What is this rank's alone, from start to end.
  void add_whole(Activity activity, std::size_t op) {
    const OpTime& time = row_[op];
    add(op, PathPart::whole,
        {.activity = activity,
         .link = link_of(time),
         .peer = rank_,
         .start = time.start,
         .end = time.end,
         .freed = time.end});
  }

  void operation(std::size_t i) {
    switch (phase_.ops[i].kind) {
      case OpKind::exchange: exchange(i); return;
      case OpKind::collective: add_whole(Activity::collective, i); return;
      case OpKind::host: add_whole(Activity::host, i); return;
      case OpKind::attention:
      case OpKind::elementwise:
      case OpKind::gemm:
        add_whole(Activity::compute, i);
        computed_ = std::max(computed_, row_[i].end);
        return;
    }
  }

  // The own bytes, and those of the rank before.
  void exchange(std::size_t i) {
    const RingShift shift = phase_.transfers[static_cast<std::size_t>(phase_.ops[i].work)].shift;
    const Rank from = schedule_.peer(rank_, {-shift.outer, -shift.inner});
    const auto bytes = [&](Activity activity, Rank peer, const OpTime& time) {
      return TimelineSlice{.activity = activity,
                           .link = time.link,
                           .peer = peer,
                           .start = time.start,
                           .end = time.sent,
                           .freed = time.freed[port_of(time.link)]};
    };
    add(i, PathPart::send, bytes(Activity::send, schedule_.peer(rank_, shift), row_[i]));
    add(i, PathPart::receive,
        bytes(Activity::receive, from, walked_.row(schedule_, walker_at(schedule_, walked_, from))[i]));
  }

  // The compute lane is empty until `end`, when operation `next` starts, or the phase ends.
  void stall(double end, std::size_t next) {
    std::size_t cause = walked_.last % row_.size();
    Rank where = walked_.walkers[walked_.last / row_.size()];
    if (next < row_.size()) {
      const std::optional<OpId> held = held_by(phase_, row_, next);
      cause = held ? held->at() : next;
      where = rank_;
      if (phase_.ops[cause].kind == OpKind::exchange) {
        const RingShift shift = phase_.transfers[static_cast<std::size_t>(phase_.ops[cause].work)].shift;
        if (row_[cause].sent != row_[cause].end) where = schedule_.peer(rank_, {-shift.outer, -shift.inner});
      }
    }
    result_.slices.push_back({.activity = Activity::stall,
                              .op = OpId(static_cast<std::int64_t>(cause)),
                              .peer = where,
                              .ready = computed_,
                              .start = computed_,
                              .end = end,
                              .freed = end});
    result_.stalled += Seconds(end - computed_);
  }

  const Schedule& schedule_;
  const Phase& phase_;
  const WalkedPhase& walked_;
  Rank rank_;
  std::size_t walker_;
  std::span<const OpTime> row_;
  RankTimeline result_;
  double computed_ = 0;  // until when the compute lane is known
};

// Time on the critical path, and time without compute, of one walker.
struct Interest {
  double critical = 0, idle = 0;
};

Interest interest_of(const Schedule& schedule, const WalkedPhase& walked, std::size_t walker) {
  const std::span<const OpTime> row = walked.row(schedule, walker);
  Interest interest;
  interest.idle = walked.time.time.value;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::uint8_t path = walked.path[walker * row.size() + i];
    if ((path & bit(PathPart::send)) != 0) interest.critical += row[i].sent - row[i].start;
    if ((path & bit(PathPart::whole)) != 0) interest.critical += row[i].end - row[i].start;
    if (schedule.phases[walked.number].ops[i].lane == Lane::compute)
      interest.idle -= row[i].end - row[i].start;
  }
  return interest;
}

Seconds mean_stall(const Schedule& schedule, const WalkedPhase& walked) {
  double sum = 0;
  for (std::size_t w = 0; w < walked.walkers.size(); ++w) sum += interest_of(schedule, walked, w).idle;
  return Seconds(sum / static_cast<double>(walked.walkers.size()));
}

std::vector<Rank> representatives(const Schedule& schedule, const ClusterMap& map,
                                  const std::vector<WalkedPhase>& phases, WalkScope scope) {
  std::vector<Rank> ranks{Rank(0)};
  if (scope == WalkScope::one || scope == WalkScope::envelope) return ranks;
  for (int r = 1; r < schedule.world_size(); ++r)
    if (map.place(Rank(r)).node != map.place(Rank(0)).node) {
      ranks.emplace_back(r);
      break;
    }
  for (const WalkedPhase& walked : phases) {
    const Interest first = interest_of(schedule, walked, 0);
    Interest most = first;
    Rank most_critical, most_idle;
    for (std::size_t w = 1; w < walked.walkers.size(); ++w) {
      const Interest own = interest_of(schedule, walked, w);
      if (own.critical > most.critical) most.critical = own.critical, most_critical = walked.walkers[w];
      if (own.idle > most.idle) most.idle = own.idle, most_idle = walked.walkers[w];
    }
    ranks.push_back(most_critical);
    if (most.idle > first.idle + 0.05 * walked.time.time.value) ranks.push_back(most_idle);
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

}  // namespace

PlanTimeline record_timeline(const Pricer& pricer, const Plan& plan, const TimelineRanks& ranks) {
  const Scenario& scenario = pricer.scenario();
  if (const std::optional<Rejection> why = reject(scenario, plan))
    throw Error("there is no timeline of a plan that cannot run: " + why->text);
  PlanTimeline timeline;
  timeline.plan = plan;
  timeline.name = plan_name(plan, scenario);
  timeline.schedule =
      is_whole_model(scenario.workload.phase) ? lower_step(scenario, plan) : lower(scenario, plan);
  timeline.cluster = scenario.cluster;
  for (const Calibration* calibration : pricer.calibrations()) timeline.calibrations.push_back(*calibration);
  const Schedule& schedule = timeline.schedule;

  WalkScratch scratch(pricer.map());
  std::vector<WalkedPhase> walked;
  for (const std::size_t number : shown_phases(scenario, plan, schedule)) {
    walked.push_back(walk_phase(pricer, schedule, number, scratch));
    timeline.scope = std::max(timeline.scope, walked.back().time.scope);
  }
  timeline.ranks =
      ranks.chosen.empty() ? representatives(schedule, pricer.map(), walked, timeline.scope) : ranks.chosen;
  for (const Rank rank : timeline.ranks) {
    if (rank.value < 0 || rank.value >= schedule.world_size())
      throw Error("rank " + std::to_string(rank.value) + " is not one of the plan's " +
                  std::to_string(schedule.world_size()) + " ranks, which count from 0");
    timeline.places.push_back(pricer.map().place(rank));
  }
  for (const WalkedPhase& phase : walked) {
    PhaseTimeline& recorded = timeline.phases.emplace_back();
    recorded.phase = phase.number;
    recorded.runs = schedule.runs(schedule.phases[phase.number]);
    recorded.time = phase.time;
    recorded.path = phase.path_times;
    recorded.stalled = mean_stall(schedule, phase);
    for (const Rank rank : timeline.ranks) recorded.ranks.push_back(Recorder(schedule, phase, rank).run());
  }
  return timeline;
}

}  // namespace costmodel
