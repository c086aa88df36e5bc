#include "costmodel/price/critical_path.h"

#include <algorithm>

namespace costmodel {

// All comparisons of times are exact: the walk takes maxima, so a cause has the very number of its effect.
std::optional<OpId> held_by(const Phase& phase, std::span<const OpTime> row, std::size_t op) {
  const double ready = row[op].ready;
  if (ready <= 0) return {};
  for (std::size_t before = op; before-- > 0;)
    if (phase.ops[before].lane == phase.ops[op].lane) {
      if (row[before].end == ready) return OpId(static_cast<std::int64_t>(before));
      break;
    }
  for (int k = 0; k < phase.ops[op].wait_count; ++k) {
    const OpId waited = phase.ops[op].waits[static_cast<std::size_t>(k)];
    if (row[waited.at()].end == ready) return waited;
  }
  return {};
}

namespace {

class PathSearch {
 public:
  PathSearch(const Schedule& schedule, const Phase& phase, WalkScope scope, std::span<const Rank> walkers,
             std::span<const OpTime> times)
      : schedule_(schedule), phase_(phase), scope_(scope), walkers_(walkers), times_(times) {}

  std::vector<PathStep> run() {
    const auto last = std::max_element(times_.begin(), times_.end(),
                                       [](const OpTime& a, const OpTime& b) { return a.end < b.end; });
    if (last == times_.end()) return {};
    const std::size_t place = static_cast<std::size_t>(last - times_.begin());
    std::optional<Point> at =
        Point{place % phase_.ops.size(), place / phase_.ops.size(), Side::end, last->end};
    // Every step goes back in time or in the program; the bound is for the reader.
    for (std::size_t steps = 0; at && steps <= 2 * times_.size(); ++steps) at = before(*at);
    return std::move(path_);
  }

 private:
  enum class Side { end, start };
  struct Point {
    std::size_t op, walker;
    Side side;
    double until;  // what follows on the path begins
  };

  const OpTime& time(std::size_t op, std::size_t walker) const {
    return times_[walker * phase_.ops.size() + op];
  }
  std::size_t peer(std::size_t walker, RingShift shift) const {
    const RankGrid& grid = schedule_.grid;
    return walker_of(scope_, grid, shifted(grid, grid.coordinates(walkers_[walker]), shift));
  }

  std::optional<Point> before(const Point& at) {
    switch (phase_.ops[at.op].kind) {
      case OpKind::exchange: return before_exchange(at);
      case OpKind::collective: return before_collective(at);
      default:
        push(at, at.walker, PathPart::whole, time(at.op, at.walker).start);
        return reached(at.op, at.walker);
    }
  }

  void push(const Point& at, std::size_t walker, PathPart part, double start) {
    path_.push_back({at.op, walker, part, Seconds(at.until - start)});
  }

  // What let the walker get to the operation.
  std::optional<Point> reached(std::size_t op, std::size_t walker) const {
    const std::span<const OpTime> row = times_.subspan(walker * phase_.ops.size(), phase_.ops.size());
    const std::optional<OpId> cause = held_by(phase_, row, op);
    if (!cause) return {};
    return Point{cause->at(), walker, Side::end, row[op].ready};
  }

  std::optional<Point> before_exchange(const Point& at) {
    const RingShift shift = phase_.transfers[static_cast<std::size_t>(phase_.ops[at.op].work)].shift;
    std::size_t sender = at.walker;
    if (at.side == Side::end && time(at.op, at.walker).sent != time(at.op, at.walker).end) {
      sender = peer(at.walker, {-shift.outer, -shift.inner});
      push(at, at.walker, PathPart::receive, at.until);
    }
    const double start = time(at.op, sender).start;
    push(at, sender, PathPart::send, start);
    if (time(at.op, sender).ready == start) return reached(at.op, sender);
    const std::size_t receiver = peer(sender, shift);
    if (time(at.op, receiver).ready == start) return reached(at.op, receiver);
    return port_before(at.op, sender, start);
  }

  std::optional<Point> before_collective(const Point& at) {
    push(at, at.walker, PathPart::whole, time(at.op, at.walker).start);
    const GroupKind group = phase_.collectives[static_cast<std::size_t>(phase_.ops[at.op].work)].group;
    const double start = time(at.op, at.walker).start;
    if (const std::optional<Point> own = late_member(at.op, at.walker, start)) return own;
    for (std::size_t w = 0; w < walkers_.size(); ++w) {
      if (w == at.walker || !together(group, at.walker, w)) continue;
      const std::optional<Point> cause = late_member(at.op, w, start);
      if (!cause) continue;
      path_.push_back({at.op, w, PathPart::whole, Seconds(0)});
      return cause;
    }
    return {};
  }

  // What this member came from, if it is one that the collective started with.
  std::optional<Point> late_member(std::size_t op, std::size_t walker, double start) const {
    return time(op, walker).ready == start ? reached(op, walker) : port_before(op, walker, start);
  }

  // As the walk makes groups meet.
  bool together(GroupKind group, std::size_t a, std::size_t b) const {
    if (a == b) return true;
    if (scope_ != WalkScope::all)
      return group == GroupKind::ring || group == GroupKind::context || group == GroupKind::replicas;
    const std::size_t size = static_cast<std::size_t>(group_size(schedule_.grid, group));
    const std::size_t stride = static_cast<std::size_t>(group_stride(schedule_.grid, group));
    const auto first = [&](std::size_t w) { return w - (w / stride % size) * stride; };
    return first(a) == first(b);
  }

  // The operation that held one of the walker's ports until `start`.
  std::optional<Point> port_before(std::size_t op, std::size_t walker, double start) const {
    for (std::size_t i = 0; i < phase_.ops.size(); ++i) {
      const OpTime& other = time(i, walker);
      if (i == op || other.start >= start) continue;
      if (other.freed[0] == start || other.freed[1] == start) return Point{i, walker, Side::start, start};
    }
    return {};
  }

  const Schedule& schedule_;
  const Phase& phase_;
  WalkScope scope_;
  std::span<const Rank> walkers_;
  std::span<const OpTime> times_;
  std::vector<PathStep> path_;
};

}  // namespace

std::vector<PathStep> critical_path(const Schedule& schedule, const Phase& phase, WalkScope scope,
                                    std::span<const Rank> walkers, std::span<const OpTime> times) {
  return PathSearch(schedule, phase, scope, walkers, times).run();
}

}  // namespace costmodel
