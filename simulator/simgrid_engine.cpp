#include "simulator/simgrid_engine.h"

#include <algorithm>
#include <stdexcept>

#include "simulator/live_flows.h"
#include "simulator/replay_paths.h"
#include "simulator/replay_state.h"

namespace simulator {

using costmodel::Lane;
using costmodel::Op;
using costmodel::OpKind;

namespace {

class Replay final : public SimGridNetwork::Events {
 public:
  Replay(const RunRequest& request, SimGridNetwork& network)
      : request_(request),
        program_(*request.program),
        network_(network),
        base_(network.now()),
        ranks_(request.starts.size()),
        flows_(network, base_, request.recorder),
        paths_(request.starts.size(), request.critical_path) {
    const std::size_t width = ranks_.size();
    result_.compute.assign(width, 0.0);
    result_.slowdown.assign(width, 0.0);
    result_.host.assign(width, 0.0);
    result_.ends.assign(static_cast<std::size_t>(request.repetitions), std::vector<double>(width, 0.0));
    for (const CollectiveFlows& work : request.flows->collectives) {
      groups_.emplace_back(work.group_size.size());
      members_.emplace_back(work.group_size.size());
      for (std::size_t w = 0; w < width; ++w)
        members_.back()[static_cast<std::size_t>(work.group[w])].push_back(static_cast<std::int32_t>(w));
    }
  }

  RunResult run() {
    for (std::size_t w = 0; w < ranks_.size(); ++w) set_timer(TimerKind::start, w, request_.starts[w]);
    network_.run(*this);
    for (const RankState& rank : ranks_)
      if (rank.repetition + 1 < request_.repetitions || rank.lanes_left > 0)
        throw std::logic_error("the replay stopped before all ranks had ended");
    paths_.move_to(result_);
    return std::move(result_);
  }

  void timer_fired(std::uint32_t token) override {
    if (token == LiveFlows::slice_token) return flows_.end_slice();
    const std::size_t w = token / timer_kinds;
    switch (static_cast<TimerKind>(token % timer_kinds)) {
      case TimerKind::start: begin_repetition(w, request_.starts[w]); break;
      case TimerKind::compute: end_compute(w); break;
      case TimerKind::host: end_host(w); break;
    }
    settle();
  }

  void flow_ended(std::uint32_t token) override {
    const LiveFlow live = flows_.end(token);
    if (live.collective)
      end_collective_flow(live);
    else
      end_exchange_flow(live.op, *live.flow, live.sender, live.receiver, live.start);
    settle();
  }

 private:
  double time() const { return network_.now() - base_; }

  SimGridNetwork::TimerId set_timer(TimerKind kind, std::size_t w, double date) {
    return network_.set_timer(base_ + date,
                              static_cast<std::uint32_t>(w) * timer_kinds + static_cast<std::uint32_t>(kind));
  }

  std::size_t current(std::size_t w, std::size_t lane) const {
    return static_cast<std::size_t>(
        program_.lane_ops(lane)[static_cast<std::size_t>(ranks_[w].lanes[lane].ended)]);
  }
  bool lane_done(std::size_t w, std::size_t lane) const {
    return static_cast<std::size_t>(ranks_[w].lanes[lane].ended) == program_.lane_ops(lane).size();
  }

  void begin_repetition(std::size_t w, double now) {
    RankState& rank = ranks_[w];
    ++rank.repetition;
    if (RunResult::is_once(rank.repetition, request_.repetitions)) result_.count_once(w, -1.0);
    rank.lanes_left = 0;
    paths_.begin_repetition(w);
    for (std::size_t lane = 0; lane < lane_count; ++lane) {
      LaneState& state = rank.lanes[lane];
      state.ended = 0;
      state.last_end = now;
      rank.lanes_left += program_.lane_ops(lane).empty() ? 0 : 1;
    }
    if (rank.lanes_left == 0)
      end_repetition(w, now);
    else
      advance(w);
  }

  void end_repetition(std::size_t w, double now) {
    RankState& rank = ranks_[w];
    result_.ends[static_cast<std::size_t>(rank.repetition)][w] = now;
    if (RunResult::is_once(rank.repetition, request_.repetitions)) result_.count_once(w, +1.0);
    if (paths_.wanted()) {
      std::size_t last = compute_lane;
      for (std::size_t lane = 0; lane < lane_count; ++lane)
        if (rank.lanes[lane].last_end > rank.lanes[last].last_end) last = lane;
      paths_.end_repetition(w, last);
    }
    if (rank.repetition + 1 < request_.repetitions) begin_repetition(w, now);
  }

  // Reaches every operation that may start now.   Formula 4.1.
  void advance(std::size_t w) {
    if (advancing_ == static_cast<std::int64_t>(w)) {
      again_ = true;
      return;
    }
    const std::int64_t outer = advancing_;
    const bool outer_again = again_;
    advancing_ = static_cast<std::int64_t>(w);
    do {
      again_ = false;
      const int repetition = ranks_[w].repetition;
      for (std::size_t lane = 0; lane < lane_count && ranks_[w].repetition == repetition; ++lane) {
        if (ranks_[w].lanes[lane].running || lane_done(w, lane)) continue;
        const std::size_t i = current(w, lane);
        if (may_start(w, i)) reach(w, lane, i);
      }
    } while (again_);
    advancing_ = outer;
    again_ = outer_again;
  }

  bool may_start(std::size_t w, std::size_t i) const {
    const Op& op = program_.op(i);
    for (int k = 0; k < op.wait_count; ++k) {
      const std::size_t before = op.waits[static_cast<std::size_t>(k)].at();
      if (ranks_[w].lanes[PhaseProgram::lane(program_.op(before))].ended <= program_.position(before))
        return false;
    }
    return true;
  }

  void reach(std::size_t w, std::size_t lane, std::size_t i) {
    RankState& rank = ranks_[w];
    LaneState& state = rank.lanes[lane];
    const Op& op = program_.op(i);
    state.running = true;
    state.ready = state.start = time();
    if (paths_.wanted()) paths_.reach(w, lane, last_of(w, lane, op));
    if (!takes_part(op, turn_of(rank.repetition, request_.repetitions))) {
      end_operation(w, lane);
      return;
    }
    switch (op.kind) {
      case OpKind::attention:
      case OpKind::gemm:
      case OpKind::elementwise: begin_compute(w, i); break;
      case OpKind::host: {
        const double cost = request_.times->host(i, w);
        result_.host[w] += cost;
        set_timer(TimerKind::host, w, state.ready + cost);
        break;
      }
      case OpKind::exchange: reach_exchange(w, lane, i, op); break;
      case OpKind::collective: reach_collective(w, i, op); break;
    }
  }

  // The lane of the operation that ended last of those that this one had to wait for.
  std::size_t last_of(std::size_t w, std::size_t lane, const Op& op) const {
    std::size_t last = lane;
    double latest = ranks_[w].lanes[lane].last_end;
    for (int k = 0; k < op.wait_count; ++k) {
      const std::size_t before = op.waits[static_cast<std::size_t>(k)].at();
      const std::size_t other = PhaseProgram::lane(program_.op(before));
      // When that lane has gone on since, this is the end of a later operation.  If it ended just now, the
      // one that was waited for may have too; whatever ends now has taken the same time in all.
      if (ranks_[w].lanes[other].last_end > latest) {
        latest = ranks_[w].lanes[other].last_end;
        last = other;
      }
    }
    return last;
  }

  // ---- kernels, formula 4.4 ----

  void begin_compute(std::size_t w, std::size_t i) {
    RankState& rank = ranks_[w];
    rank.cost = rank.work = request_.times->of(i, request_.first_repetition + rank.repetition, w);
    rank.since = time();
    rank.speed = speed(w);
    rank.timer = set_timer(TimerKind::compute, w, rank.since + rank.work / rank.speed);
  }

  double speed(std::size_t w) const {
    return ranks_[w].in_flight > 0 ? 1.0 / (1.0 + request_.times->slowdown(w)) : 1.0;
  }

  void change_flights(std::size_t w, int by) {
    ranks_[w].in_flight += by;
    changed_.push_back(static_cast<std::uint32_t>(w));
  }

  // A transfer often begins in the moment in which the one before ends; so kernels change their speed only
  // when all that a moment brings has happened.
  void settle() {
    for (const std::uint32_t w : changed_) {
      RankState& rank = ranks_[w];
      if (rank.timer == 0) continue;
      const double now = time(), fresh = speed(w);
      if (fresh == rank.speed) continue;
      rank.work = std::max(0.0, rank.work - (now - rank.since) * rank.speed);
      rank.since = now;
      rank.speed = fresh;
      network_.cancel(rank.timer);
      rank.timer = set_timer(TimerKind::compute, w, now + rank.work / fresh);
    }
    changed_.clear();
  }

  void end_compute(std::size_t w) {
    RankState& rank = ranks_[w];
    rank.timer = 0;
    const double slow = time() - rank.lanes[compute_lane].ready - rank.cost;
    result_.compute[w] += rank.cost;
    result_.slowdown[w] += slow;
    if (paths_.wanted()) {
      PathSums& path = paths_.ready(w, compute_lane);
      path[path_part(program_.op(current(w, compute_lane)))] += rank.cost;
      path[PathPart::slowdown] += slow;
    }
    end_operation(w, compute_lane);
  }

  void end_host(std::size_t w) {
    constexpr std::size_t lane = static_cast<std::size_t>(Lane::host);
    if (paths_.wanted()) paths_.ready(w, lane)[PathPart::host] += request_.times->host(current(w, lane), w);
    end_operation(w, lane);
  }

  // ---- exchanges, formula 4.2 ----

  // Ranks meet at an operation of a repetition; a lane's position and repetition say where a rank is.
  bool waits_at(std::size_t w, std::size_t lane, std::size_t i, int repetition) const {
    const RankState& rank = ranks_[w];
    return rank.repetition == repetition && rank.lanes[lane].running && !lane_done(w, lane) &&
           current(w, lane) == i;
  }

  void reach_exchange(std::size_t w, std::size_t lane, std::size_t i, const Op& op) {
    const TransferFlows& transfer = request_.flows->transfers[static_cast<std::size_t>(op.work)];
    const int repetition = ranks_[w].repetition;
    ranks_[w].lanes[lane].pending = 2;
    change_flights(w, +1);
    const std::size_t to = static_cast<std::size_t>(transfer.to[w]),
                      from = static_cast<std::size_t>(transfer.from[w]);
    const bool own = to == w;
    if (waits_at(to, lane, i, repetition)) begin_exchange(transfer, i, w, to);
    if (!own && waits_at(from, lane, i, repetition)) begin_exchange(transfer, i, from, w);
  }

  void begin_exchange(const TransferFlows& transfer, std::size_t i, std::size_t sender,
                      std::size_t receiver) {
    const Flow& flow = transfer.flows[sender];
    const std::size_t lane = PhaseProgram::lane(program_.op(i));
    const double now = time();
    ranks_[sender].lanes[lane].start = now;
    if (paths_.wanted()) {
      const bool receiver_late = ranks_[receiver].lanes[lane].ready > ranks_[sender].lanes[lane].ready;
      paths_.begin_exchange(sender, receiver_late ? receiver : sender, lane);
    }
    if (flow.route.count == 0) {
      end_exchange_flow(i, flow, sender, receiver, now);
      return;
    }
    flows_.start({&flow, sender, receiver, i, false, 0, now});
  }

  void end_exchange_flow(std::size_t i, const Flow& flow, std::size_t sender, std::size_t receiver,
                         double start) {
    const std::size_t lane = PhaseProgram::lane(program_.op(i));
    if (paths_.wanted()) paths_.end_exchange(sender, receiver, lane, flow, time() - start);
    end_side(sender, lane);
    end_side(receiver, lane);
  }

  void end_side(std::size_t w, std::size_t lane) {
    LaneState& state = ranks_[w].lanes[lane];
    if (--state.pending > 0) return;
    change_flights(w, -1);
    end_operation(w, lane);
  }

  // ---- collectives, formula 4.3 ----

  void reach_collective(std::size_t w, std::size_t i, const Op& op) {
    const std::size_t work = static_cast<std::size_t>(op.work);
    const CollectiveFlows& flows = request_.flows->collectives[work];
    const std::size_t number = static_cast<std::size_t>(flows.group[w]);
    GroupState& group = groups_[work][number];
    // Pieces of weights and gradients come one by one; other collectives occupy the device while they wait.
    if (op.lane != Lane::parameters) change_flights(w, +1);
    group.last = w;
    if (++group.reached < flows.group_size[number]) return;
    group.reached = 0;
    group.start = time();
    group.pending = 0;
    group.last_flow = nullptr;
    const std::vector<std::int32_t>& members = members_[work][number];
    group.sent.assign(members.size(), 0);
    for (const std::int32_t m : members) {
      const std::size_t member = static_cast<std::size_t>(m);
      if (op.lane == Lane::parameters) change_flights(member, +1);
      ranks_[member].lanes[PhaseProgram::lane(op)].start = group.start;
      group.pending += static_cast<std::int32_t>(flows.of(member).size());
    }
    if (group.pending == 0) {
      end_collective(i, work, number);
      return;
    }
    for (const std::int32_t m : members) {
      const std::size_t member = static_cast<std::size_t>(m);
      const std::size_t count = flows.of(member).size();
      const std::size_t first =
          flows.window > 0 ? std::min<std::size_t>(count, static_cast<std::size_t>(flows.window)) : count;
      for (std::size_t k = 0; k < first; ++k) send_next(i, work, number, member);
    }
  }

  void send_next(std::size_t i, std::size_t work, std::size_t number, std::size_t member) {
    const CollectiveFlows& flows = request_.flows->collectives[work];
    GroupState& group = groups_[work][number];
    const std::vector<std::int32_t>& members = members_[work][number];
    const std::size_t place = static_cast<std::size_t>(
        std::lower_bound(members.begin(), members.end(), static_cast<std::int32_t>(member)) -
        members.begin());
    const auto own = flows.of(member);
    if (static_cast<std::size_t>(group.sent[place]) == own.size()) return;
    const Flow& flow = own[static_cast<std::size_t>(group.sent[place]++)];
    flows_.start({&flow, member, member, i, true, static_cast<std::int32_t>(number), time()});
  }

  void end_collective_flow(const LiveFlow& live) {
    const std::size_t work = static_cast<std::size_t>(program_.op(live.op).work);
    const std::size_t number = static_cast<std::size_t>(live.group);
    GroupState& group = groups_[work][number];
    group.last_flow = live.flow;
    if (--group.pending == 0) {
      end_collective(live.op, work, number);
      return;
    }
    if (request_.flows->collectives[work].window > 0) send_next(live.op, work, number, live.sender);
  }

  void end_collective(std::size_t i, std::size_t work, std::size_t number) {
    GroupState& group = groups_[work][number];
    const std::size_t lane = PhaseProgram::lane(program_.op(i));
    // Ended members may reach the next collective at once: the list of members does not change, but the
    // group's state does.
    if (paths_.wanted()) {
      PathSums path = paths_.ready(group.last, lane);
      if (group.last_flow != nullptr) ReplayPaths::add_transfer(path, *group.last_flow, time() - group.start);
      for (const std::int32_t m : members_[work][number])
        paths_.ready(static_cast<std::size_t>(m), lane) = path;
    }
    for (const std::int32_t m : members_[work][number]) change_flights(static_cast<std::size_t>(m), -1);
    for (const std::int32_t m : members_[work][number]) end_operation(static_cast<std::size_t>(m), lane);
  }

  // ---- the end of an operation ----

  std::size_t all_operations() const {
    return program_.size() * ranks_.size() * static_cast<std::size_t>(request_.repetitions);
  }

  void end_operation(std::size_t w, std::size_t lane) {
    RankState& rank = ranks_[w];
    LaneState& state = rank.lanes[lane];
    const double now = time();
    const std::size_t i = current(w, lane);
    if (request_.recorder != nullptr && request_.recorder->wants(w))
      request_.recorder->operation(
          {w, i, request_.first_repetition + rank.repetition, state.ready, state.start, now});
    state.running = false;
    state.last_end = now;
    ++state.ended;
    if (request_.progress != nullptr && ++ended_ % 4096 == 0)
      request_.progress->done(static_cast<double>(ended_) / static_cast<double>(all_operations()));
    paths_.end_operation(w, lane);
    if (lane_done(w, lane) && --rank.lanes_left == 0) {
      end_repetition(w, now);
      if (advancing_ == static_cast<std::int64_t>(w)) again_ = true;
      return;
    }
    advance(w);
  }

  const RunRequest& request_;
  const PhaseProgram& program_;
  SimGridNetwork& network_;
  double base_;
  std::vector<RankState> ranks_;
  std::vector<std::vector<GroupState>> groups_;  // by collective
  std::vector<std::vector<std::vector<std::int32_t>>> members_;
  LiveFlows flows_;
  std::int64_t advancing_ = -1;  // the rank whose lanes are being looked at
  bool again_ = false;
  std::size_t ended_ = 0;
  std::vector<std::uint32_t> changed_;  // ranks whose flights changed in this moment
  ReplayPaths paths_;
  RunResult result_;
};

}  // namespace

RunResult SimGridEngine::run(const RunRequest& request) { return Replay(request, *network_).run(); }

}  // namespace simulator
