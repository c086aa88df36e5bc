#include "costmodel/price/walk.h"

#include <algorithm>
#include <array>
#include <limits>

namespace costmodel {

std::string_view name_of(WalkScope scope) {
  constexpr std::array<std::string_view, 4> names{"one rank", "ring positions", "all ranks", "envelope"};
  return names.at(static_cast<std::size_t>(scope));
}

namespace {

// The ranks that are walked, and who talks to whom among them.
struct Walkers {
  WalkScope scope = WalkScope::one;
  std::vector<Rank> ranks;

  // The walker that stands for a rank's neighbour.
  std::size_t peer(const Schedule& schedule, std::size_t walker, RingShift shift) const {
    if (scope == WalkScope::one || scope == WalkScope::envelope) return 0;
    const RankGrid& grid = schedule.grid;
    return walker_of(scope, grid, shifted(grid, grid.coordinates(ranks[walker]), shift));
  }
};

Rank rank_at_position(const RankGrid& grid, int position) {
  RankCoordinates c;
  c.outer = position / grid.inner;
  c.inner = position % grid.inner;
  return grid.rank(c);
}

class Walk {
 public:
  Walk(const Schedule& schedule, const Phase& phase, double element, const ClusterMap& map,
       std::span<const Calibration* const> calibrations, WalkScratch& scratch, const WalkOptions& options)
      : schedule_(schedule),
        phase_(phase),
        map_(map),
        scratch_(scratch),
        options_(options),
        prices_(schedule, phase, element, map, calibrations),
        calibrations_(calibrations) {
    for (const Transfer& transfer : phase.transfers)
      shifts_.push_back(&scratch_.shifts.of(schedule.grid, transfer.shift));
    scratch_.collectives.clear();
    CollectiveTimes times(schedule.grid, map);
    for (const Collective& c : phase.collectives) scratch_.collectives.push_back(times.of(c));
    choose_walkers();
  }

  PhaseTime run() {
    count_ = walkers_.ranks.size();
    const std::size_t k = count_;
    scratch_.ends.resize(phase_.ops.size() * k);
    scratch_.begins.clear();
    scratch_.lane_ends.assign(static_cast<std::size_t>(lane_count) * k, 0.0);
    scratch_.port_free.assign(port_count * k, 0.0);
    scratch_.ready.assign(k, 0.0);
    scratch_.busy.assign(compute_part_count * k, 0.0);
    scratch_.hosted.assign(k, 0.0);
    scratch_.slow.assign(k, 0.0);
    scratch_.moved.assign(k, 0.0);
    if (options_.timeline) options_.timeline->assign(phase_.ops.size() * k, {});
    if (options_.ranks) *options_.ranks = walkers_.ranks;
    prepare_peers();
    for (const Rank rank : walkers_.ranks) places_.add(prices_.at(rank));
    for (const OpPrices::At& at : places_.all)
      slowdowns_.push_back(calibrations_[at.group]->compute_slowdown.value);
    costs_.resize(k);
    covered_.resize(k);
    find_walk_order(phase_, scratch_.order);
    for (const std::int32_t place : scratch_.order.places) {
      const std::size_t i = static_cast<std::size_t>(place);
      const Op& op = phase_.ops[i];
      reach(op);
      switch (op.kind) {
        case OpKind::attention:
        case OpKind::gemm:
        case OpKind::elementwise: compute(op, i); break;
        case OpKind::host: host(op, i); break;
        case OpKind::exchange: exchange(op, i); break;
        case OpKind::collective: collective(op, i); break;
      }
    }
    return summary();
  }

 private:
  void choose_walkers() {
    const int ranks = schedule_.world_size(), positions = schedule_.grid.ring();
    EdgeExtent extent = EdgeExtent::one;
    for (const ShiftEdges* shift : shifts_) extent = std::max(extent, shift->extent);
    if (!map_.regular() || options_.force_all || extent == EdgeExtent::ranks) {
      walkers_.scope = WalkScope::all;
      for (int r = 0; r < ranks; ++r) walkers_.ranks.emplace_back(r);
    } else if (extent == EdgeExtent::one && prices_.alike()) {
      walkers_.ranks = {Rank(0)};
    } else if (positions > options_.position_limit) {
      walkers_.scope = WalkScope::envelope;
      walkers_.ranks = {Rank(0)};
      meet_worst_edges();
      return;
    } else {
      walkers_.scope = WalkScope::positions;
      for (int p = 0; p < positions; ++p) walkers_.ranks.push_back(rank_at_position(schedule_.grid, p));
    }
    const std::size_t count = walkers_.ranks.size();
    scratch_.edges.resize(shifts_.size() * count);
    for (std::size_t t = 0; t < shifts_.size(); ++t)
      for (std::size_t w = 0; w < count; ++w) {
        const Rank rank = walkers_.ranks[w];
        const int position = schedule_.grid.ring_position(schedule_.grid.coordinates(rank));
        scratch_.edges[t * count + w] =
            shifts_[t]->of(static_cast<std::size_t>(position), rank.at()).time(phase_.transfers[t].bytes);
      }
  }

  // The one walker gets the worst edge of every transfer.  Where a transfer is on one port at some ranks and
  // on another at others, any two transfers may meet, so all of them share one port.
  void meet_worst_edges() {
    bool mixed = false;
    scratch_.edges.resize(shifts_.size());
    for (std::size_t t = 0; t < shifts_.size(); ++t) {
      EdgeTime& worst = scratch_.edges[t];
      worst = {};
      worst.link = shifts_[t]->edges.front().link;
      Seconds total;
      for (const ShiftEdge& edge : shifts_[t]->edges) {
        const EdgeTime time = edge.time(phase_.transfers[t].bytes);
        mixed |= time.link != worst.link;
        total = std::max(total, time.total());
        worst.occupancy = std::max(worst.occupancy, time.occupancy);
      }
      worst.alpha = total - worst.occupancy;
    }
    for (EdgeTime& edge : scratch_.edges)
      if (mixed) edge.link = LinkClass::scale_out;
  }

  void prepare_peers() {
    to_.resize(phase_.transfers.size() * count_);
    from_.resize(to_.size());
    for (std::size_t t = 0; t < phase_.transfers.size(); ++t)
      for (std::size_t w = 0; w < count_; ++w) {
        const RingShift s = phase_.transfers[t].shift;
        to_[t * count_ + w] = walkers_.peer(schedule_, w, s);
        from_[t * count_ + w] = walkers_.peer(schedule_, w, {-s.outer, -s.inner});
      }
  }

  // When each rank gets to the operation: its lane is free and what it waits for is done.   Formula 4.1.
  void reach(const Op& op) {
    const double* lane = &scratch_.lane_ends[static_cast<std::size_t>(op.lane) * count_];
    double* ready = scratch_.ready.data();
    for (std::size_t w = 0; w < count_; ++w) ready[w] = lane[w];
    for (int i = 0; i < op.wait_count; ++i) {
      const double* end = &scratch_.ends[op.waits[static_cast<std::size_t>(i)].at() * count_];
      for (std::size_t w = 0; w < count_; ++w) ready[w] = std::max(ready[w], end[w]);
    }
  }

  void record(std::size_t op, std::size_t w, double start, double end) {
    scratch_.ends[op * count_ + w] = end;
    if (!options_.timeline) return;
    OpTime& time = recorded(op, w);
    time.ready = scratch_.ready[w];
    time.start = start;
    time.end = end;
  }

  OpTime& recorded(std::size_t op, std::size_t w) { return (*options_.timeline)[w * phase_.ops.size() + op]; }

  // Communication of a lane that goes on without a gap.
  struct Flight {
    Lane lane;
    std::size_t begin;  // row of when it began
    std::size_t last;   // the operation that ends it
  };

  // An operation that is in flight from `begin` to its end on each rank.
  void fly(const Op& op, std::size_t id, const std::vector<double>& begin) {
    const auto before = std::find_if(flights_.rbegin(), flights_.rend(),
                                     [&](const Flight& flight) { return flight.lane == op.lane; });
    if (before != flights_.rend()) {
      const double* end = &scratch_.ends[before->last * count_];
      int gap = 0;
      for (std::size_t w = 0; w < count_; ++w) gap |= static_cast<int>(begin[w] > end[w]);
      if (gap == 0) {
        before->last = id;
        return;
      }
    }
    std::size_t row = scratch_.begins.size() / count_;
    if (free_rows_.empty()) {
      scratch_.begins.resize(scratch_.begins.size() + count_);
    } else {
      row = free_rows_.back();
      free_rows_.pop_back();
    }
    std::copy(begin.begin(), begin.end(), &scratch_.begins[row * count_]);
    flights_.push_back({op.lane, row, id});
  }

  // Until when flights go on without a gap after a compute operation begins, in covered_; forgets those that
  // have ended everywhere.  False when there is a gap on some rank.
  bool meet_flights() {
    const double* ready = scratch_.ready.data();
    double* covered = covered_.data();
    std::copy(ready, ready + count_, covered);
    int gap = 0;
    std::erase_if(flights_, [&](const Flight& flight) {
      const double* begin = &scratch_.begins[flight.begin * count_];
      const double* end = &scratch_.ends[flight.last * count_];
      int alive = 0;
      for (std::size_t w = 0; w < count_; ++w) {
        const int own = static_cast<int>(end[w] > ready[w]);
        alive |= own;
        gap |= own & static_cast<int>(begin[w] > covered[w]);
        covered[w] = std::max(covered[w], end[w]);
      }
      if (alive == 0) free_rows_.push_back(flight.begin);
      return alive == 0;
    });
    return gap == 0;
  }

  // The end of `work` seconds of computing that starts at `now`.   Formula 4.4.
  double slowed_end(std::size_t w, double now, double work, double factor) const {
    // Every pass ends one flight or reaches one.
    for (std::size_t pass = 0; pass < 2 * flights_.size(); ++pass) {
      double covered = now, next = std::numeric_limits<double>::infinity();
      for (bool grown = true; grown;) {
        grown = false;
        next = std::numeric_limits<double>::infinity();
        for (const Flight& flight : flights_) {
          const double begin = scratch_.begins[flight.begin * count_ + w],
                       end = scratch_.ends[flight.last * count_ + w];
          if (end <= covered) continue;
          if (begin <= covered)
            covered = end, grown = flights_.size() > 1;
          else
            next = std::min(next, begin);
        }
      }
      // Slow while covered, undisturbed until the next flight begins.
      if (now + work * factor <= covered) return now + work * factor;
      work -= (covered - now) / factor;
      now = covered;
      if (now + work <= next) return now + work;
      work -= next - now;
      now = next;
    }
    return now + work;
  }

  void compute(const Op& op, std::size_t id) {
    const bool bounded = walkers_.scope == WalkScope::envelope;
    if (bounded)
      costs_[0] = prices_.highest(op);
    else
      prices_.fill(op, places_, costs_);
    // Nearly always flights follow each other without a gap: then one maximum says how long it is slowed.
    const bool steady = meet_flights();
    const std::size_t count = count_;
    const double *ready = scratch_.ready.data(), *costs = costs_.data(), *covered = covered_.data(),
                 *slowdowns = slowdowns_.data();
    double* ends = &scratch_.ends[id * count];
    if (steady)
      for (std::size_t w = 0; w < count; ++w) {
        const double factor = 1.0 + slowdowns[w];
        const double inside = ready[w] + costs[w] * factor,
                     past = covered[w] + (costs[w] - (covered[w] - ready[w]) / factor);
        ends[w] = std::min(inside, std::max(past, covered[w]));
      }
    else
      for (std::size_t w = 0; w < count; ++w) ends[w] = slowed_end(w, ready[w], costs[w], 1.0 + slowdowns[w]);
    std::copy(ends, ends + count, scratch_.lane_ends.data());
    double* busy = &scratch_.busy[static_cast<std::size_t>(compute_part(op)) * count];
    double* slow = scratch_.slow.data();
    for (std::size_t w = 0; w < count; ++w) {
      busy[w] += costs[w];
      // A difference of equal times may be a rounding error.
      const double more = ends[w] - ready[w] - costs[w];
      slow[w] += more > 1e-12 * ends[w] ? more : 0.0;
    }
    if (options_.timeline)
      for (std::size_t w = 0; w < count_; ++w) record(id, w, ready[w], ends[w]);
  }

  // Formula 4.2: bytes move when sender and receiver are there and the sender's port is free.
  void exchange(const Op& op, std::size_t id) {
    const std::size_t t = static_cast<std::size_t>(op.work);
    const EdgeTime* edges = &scratch_.edges[t * count_];
    const double* ready = scratch_.ready.data();
    double* lane = &scratch_.lane_ends[static_cast<std::size_t>(op.lane) * count_];
    sent_.resize(count_);
    start_.resize(count_);
    for (std::size_t w = 0; w < count_; ++w) {
      const EdgeTime& edge = edges[w];
      double* port = &scratch_.port_free[port_of(edge.link) * count_];
      const double start = std::max({ready[w], ready[to_[t * count_ + w]], port[w]});
      port[w] = start + edge.occupancy.value;
      start_[w] = start;
      sent_[w] = start + edge.total().value;
      scratch_.moved[w] += edge.total().value;
    }
    for (std::size_t w = 0; w < count_; ++w) {
      const double end = std::max(sent_[w], sent_[from_[t * count_ + w]]);
      lane[w] = end;
      record(id, w, start_[w], end);
    }
    if (options_.timeline)
      for (std::size_t w = 0; w < count_; ++w) {
        OpTime& time = recorded(id, w);
        time.sent = sent_[w];
        time.link = edges[w].link;
        time.freed[port_of(time.link)] = start_[w] + edges[w].occupancy.value;
      }
    fly(op, id, scratch_.ready);  // the library's kernels occupy the device while they wait for the peer
  }

  // A copy to or from the host, or an update there; its lane is the host's.
  void host(const Op& op, std::size_t id) {
    double* lane = &scratch_.lane_ends[static_cast<std::size_t>(op.lane) * count_];
    for (std::size_t w = 0; w < count_; ++w) {
      const double cost = prices_.host(op, places_.all[w].group);
      lane[w] = scratch_.ready[w] + cost;
      scratch_.hosted[w] += cost;
      record(id, w, scratch_.ready[w], lane[w]);
    }
  }

  // Formula 4.3: a collective starts when the last rank of its group is there and their ports are free.
  void collective(const Op& op, std::size_t id) {
    const Collective& work = phase_.collectives[static_cast<std::size_t>(op.work)];
    const CollectiveTime& cost = scratch_.collectives[static_cast<std::size_t>(op.work)];
    const std::size_t lane = static_cast<std::size_t>(op.lane);
    double* up = scratch_.port_free.data();
    double* out = up + count_;
    start_.resize(count_);
    for (std::size_t w = 0; w < count_; ++w) {
      start_[w] = scratch_.ready[w];
      if (cost.up_busy.value > 0) start_[w] = std::max(start_[w], up[w]);
      if (cost.out_busy.value > 0) start_[w] = std::max(start_[w], out[w]);
    }
    meet(work.group);
    for (std::size_t w = 0; w < count_; ++w) {
      const double end = start_[w] + cost.time.value;
      if (cost.up_busy.value > 0) up[w] = start_[w] + cost.up_busy.value;
      if (cost.out_busy.value > 0) out[w] = start_[w] + cost.out_busy.value;
      scratch_.lane_ends[lane * count_ + w] = end;
      scratch_.moved[w] += cost.time.value;
      record(id, w, start_[w], end);
      if (!options_.timeline) continue;
      if (cost.up_busy.value > 0) recorded(id, w).freed[0] = up[w];
      if (cost.out_busy.value > 0) recorded(id, w).freed[1] = out[w];
    }
    // Collectives that compute waits for occupy the device while they wait for others; the pieces of those
    // in the background come one by one.
    fly(op, id, op.lane == Lane::parameters ? start_ : scratch_.ready);
  }

  // Every member of a group starts when the last one does.
  void meet(GroupKind kind) {
    if (walkers_.scope == WalkScope::all) {
      const std::size_t size = static_cast<std::size_t>(group_size(schedule_.grid, kind));
      const std::size_t stride = static_cast<std::size_t>(group_stride(schedule_.grid, kind));
      const auto first = [&](std::size_t w) { return w - (w / stride % size) * stride; };
      for (std::size_t w = 0; w < count_; ++w) start_[first(w)] = std::max(start_[first(w)], start_[w]);
      for (std::size_t w = 0; w < count_; ++w) start_[w] = start_[first(w)];
    } else if (kind == GroupKind::ring || kind == GroupKind::context || kind == GroupKind::replicas) {
      std::fill(start_.begin(), start_.end(), *std::max_element(start_.begin(), start_.end()));
    }
  }

  PhaseTime summary() const {
    PhaseTime result;
    for (const double end : scratch_.lane_ends) result.time = std::max(result.time, Seconds(end));
    const auto busy = [&](std::size_t w) {
      double sum = 0;
      for (std::size_t part = 0; part < compute_part_count; ++part) sum += scratch_.busy[part * count_ + w];
      return sum;
    };
    std::size_t busiest = 0;
    for (std::size_t w = 1; w < count_; ++w)
      if (busy(w) > busy(busiest)) busiest = w;
    result.compute = Seconds(busy(busiest));
    for (std::size_t part = 0; part < compute_part_count; ++part)
      result.parts[part] = Seconds(scratch_.busy[part * count_ + busiest]);
    result.host = Seconds(*std::max_element(scratch_.hosted.begin(), scratch_.hosted.end()));
    result.slowdown = Seconds(scratch_.slow[busiest]);
    result.transfer = Seconds(*std::max_element(scratch_.moved.begin(), scratch_.moved.end()));
    result.flops = prices_.useful_flops();
    result.scope = walkers_.scope;
    result.walked = static_cast<int>(count_);
    return result;
  }

  const Schedule& schedule_;
  const Phase& phase_;
  const ClusterMap& map_;
  WalkScratch& scratch_;
  const WalkOptions& options_;
  OpPrices prices_;
  std::span<const Calibration* const> calibrations_;
  Walkers walkers_;
  std::vector<const ShiftEdges*> shifts_;  // of each transfer
  OpPrices::Places places_;                // of each walker
  std::vector<double> slowdowns_, costs_, covered_;
  std::vector<std::size_t> free_rows_;  // of begins
  std::vector<Flight> flights_;         // that may slow what is computed next
  std::size_t count_ = 1;
  std::vector<std::size_t> to_, from_;
  std::vector<double> sent_, start_;
};

}  // namespace

PhaseTime walk(const Schedule& schedule, const Phase& phase, double element, const ClusterMap& map,
               std::span<const Calibration* const> calibrations, WalkScratch& scratch,
               const WalkOptions& options) {
  return Walk(schedule, phase, element, map, calibrations, scratch, options).run();
}

}  // namespace costmodel
