#include "simulator/recurrence.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "simulator/recurrence_rows.h"

namespace simulator {

using costmodel::Lane;
using costmodel::Op;
using costmodel::OpKind;

namespace {

class Recurrence {
 public:
  explicit Recurrence(const RunRequest& request)
      : request_(request),
        program_(*request.program),
        width_(request.starts.size()),
        pool_(width_),
        tracks_paths_(request.critical_path) {
    find_order();
    ready_.resize(width_), start_.resize(width_), sent_.resize(width_), cost_.resize(width_);
    covered_.resize(width_);
    factor_.resize(width_);
    for (std::size_t w = 0; w < width_; ++w) factor_[w] = 1.0 + request.times->slowdown(w);
    slows_ = std::any_of(factor_.begin(), factor_.end(), [](double f) { return f > 1.0; });
    result_.compute.assign(width_, 0.0);
    result_.slowdown.assign(width_, 0.0);
    result_.host.assign(width_, 0.0);
    begin_.assign(request.starts.begin(), request.starts.end());
    if (tracks_paths_) {
      begin_paths_.resize(width_);
      for (std::size_t w = 0; w < width_; ++w) begin_paths_[w].origin = static_cast<std::int32_t>(w);
      paths_.resize(program_.size());
      ready_paths_.resize(width_), sent_paths_.resize(width_);
    }
  }

  RunResult run() {
    for (int repetition = 0; repetition < request_.repetitions; ++repetition) {
      count_once(repetition, -1.0);
      run_once(repetition);
      count_once(repetition, +1.0);
    }
    return std::move(result_);
  }

 private:
  void count_once(int repetition, double sign) {
    if (!RunResult::is_once(repetition, request_.repetitions)) return;
    for (std::size_t w = 0; w < width_; ++w) result_.count_once(w, sign);
  }

  // Compute after all communication that does not wait for it, so that it knows what slows it down.
  void find_order() {
    order_.resize(program_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    const std::size_t compute = static_cast<std::size_t>(Lane::compute);
    const auto turn = [&](std::size_t i) {
      const bool computes = program_.op(i).lane == Lane::compute;
      return computes ? 2 * std::int64_t{program_.position(i)} + 1
                      : 2 * std::int64_t{program_.behind(i)[compute]};
    };
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return turn(a) < turn(b); });
  }

  void run_once(int repetition) {
    repetition_ = repetition;
    const Turn turn = turn_of(repetition, request_.repetitions);
    rows_.assign(program_.size(), 0);
    uses_.assign(program_.size(), 1);  // the operation that follows on the lane, or the end of the repetition
    for (std::size_t i = 0; i < program_.size(); ++i)
      for (int k = 0; k < program_.op(i).wait_count; ++k)
        ++uses_[program_.op(i).waits[static_cast<std::size_t>(k)].at()];
    LastOps last{};
    last.fill(program_.size());
    flights_.clear();
    for (std::size_t k = 0; k < order_.size();) {
      const std::size_t count = run_of_kernels(k, turn);
      if (count > 1)
        run_kernels({order_.data() + k, count}, last);
      else
        run_one(order_[k], turn, last);
      k += std::max<std::size_t>(1, count);
      if (request_.progress != nullptr && k % 64 == 0)
        request_.progress->done((repetition + static_cast<double>(k) / static_cast<double>(order_.size())) /
                                request_.repetitions);
    }
    finish(last);
  }

  using LastOps = std::array<std::size_t, lane_count>;  // of each lane; the number of operations: none yet

  void run_one(std::size_t i, Turn turn, LastOps& last) {
    const Op& op = program_.op(i);
    const std::size_t before = last[PhaseProgram::lane(op)];
    reach(op, before, all());
    rows_[i] = pool_.take();
    if (tracks_paths_) paths_[i].resize(width_);
    if (!takes_part(op, turn))
      pass(i);
    else
      execute(op, i);
    done_with(i, last);
  }

  void done_with(std::size_t i, LastOps& last) {
    const Op& op = program_.op(i);
    std::size_t& before = last[PhaseProgram::lane(op)];
    for (int k = 0; k < op.wait_count; ++k) release(op.waits[static_cast<std::size_t>(k)].at());
    if (before < program_.size()) release(before);
    before = i;
  }

  // How many kernels follow each other from here in the order, with no transfer between them.
  std::size_t run_of_kernels(std::size_t k, Turn turn) const {
    if (tracks_paths_ || request_.recorder != nullptr) return 0;
    std::size_t count = 0;
    while (k + count < order_.size() && program_.op(order_[k + count]).lane == Lane::compute &&
           takes_part(program_.op(order_[k + count]), turn))
      ++count;
    return count;
  }

  // Kernels touch no other rank: a block of ranks goes through all of them while its rows are in the cache.
  void run_kernels(std::span<const std::size_t> ops, LastOps& last) {
    constexpr std::size_t block = 2048;
    for (const std::size_t i : ops) rows_[i] = pool_.take();
    alive_.assign(flights_.size(), 0);
    for (std::size_t first = 0; first < width_; first += block) {
      const Range range{first, std::min(block, width_ - first)};
      std::size_t before = last[0];
      for (const std::size_t i : ops) {
        reach(program_.op(i), before, range);
        compute_range(i, range);
        before = i;
      }
    }
    drop_dead_flights();
    for (const std::size_t i : ops) done_with(i, last);
  }

  void release(std::size_t op) {
    if (--uses_[op] > 0) return;
    pool_.give_back(rows_[op]);
    if (tracks_paths_) std::vector<PathSums>().swap(paths_[op]);
  }

  // All lanes have ended: the next repetition may begin.
  void finish(const LastOps& last) {
    std::vector<PathSums> end_paths = begin_paths_;
    for (const Flight& flight : flights_) drop(flight);
    flights_.clear();
    for (const std::size_t op : last) {
      if (op == program_.size()) continue;
      const double* ends = pool_[rows_[op]];
      for (std::size_t w = 0; w < width_; ++w) {
        if (ends[w] <= begin_[w]) continue;
        begin_[w] = ends[w];
        if (tracks_paths_) end_paths[w] = paths_[op][w];
      }
      release(op);
    }
    result_.ends.push_back(begin_);
    if (!tracks_paths_) return;
    result_.paths_before = std::move(begin_paths_);
    begin_paths_ = std::move(end_paths);
    result_.paths = begin_paths_;
  }

  // Ranks from `first` on.
  struct Range {
    std::size_t first = 0, count = 0;
  };
  Range all() const { return {0, width_}; }

  // Formula 4.1.
  void reach(const Op& op, std::size_t before, Range range) {
    if (before < program_.size()) {
      take_maximum(before, true, range);
    } else {
      std::copy_n(begin_.data() + range.first, range.count, ready_.data() + range.first);
      if (tracks_paths_) ready_paths_ = begin_paths_;
    }
    for (int k = 0; k < op.wait_count; ++k)
      if (op.waits[static_cast<std::size_t>(k)].at() != before)
        take_maximum(op.waits[static_cast<std::size_t>(k)].at(), false, range);
  }

  void take_maximum(std::size_t op, bool first, Range range) {
    const double* ends = pool_[rows_[op]] + range.first;
    double* ready = ready_.data() + range.first;
    if (tracks_paths_)
      for (std::size_t w = 0; w < width_; ++w)
        if (first || ends[w] > ready[w]) ready_paths_[w] = paths_[op][w];
    if (first)
      std::copy_n(ends, range.count, ready);
    else
      for (std::size_t w = 0; w < range.count; ++w) ready[w] = std::max(ready[w], ends[w]);
  }

  void pass(std::size_t i) {
    std::copy(ready_.begin(), ready_.end(), pool_[rows_[i]]);
    if (tracks_paths_) paths_[i] = ready_paths_;
  }

  void execute(const Op& op, std::size_t i) {
    switch (op.kind) {
      case OpKind::attention:
      case OpKind::gemm:
      case OpKind::elementwise: compute(op, i); break;
      case OpKind::host: host(op, i); break;
      case OpKind::exchange: exchange(op, i); break;
      case OpKind::collective: collective(op, i); break;
    }
  }

  void record(std::size_t i, const std::vector<double>& starts) {
    if (request_.recorder == nullptr) return;
    const double* ends = pool_[rows_[i]];
    for (std::size_t w = 0; w < width_; ++w)
      if (request_.recorder->wants(w))
        request_.recorder->operation(
            {w, i, request_.first_repetition + repetition_, ready_[w], starts[w], ends[w]});
  }

  // Until when flights go on without a gap after a compute operation begins, in covered_.   Formula 4.4.
  // False when there is a gap on some rank.
  bool meet_flights(Range range) {
    const double* ready = ready_.data() + range.first;
    double* covered = covered_.data() + range.first;
    int gap = 0;
    bool first = true;
    for (std::size_t f = 0; f < flights_.size(); ++f) {
      const double *b = pool_[flights_[f].begin] + range.first, *e = pool_[flights_[f].end] + range.first;
      const double* before = first ? ready : covered;
      int alive = 0;
      for (std::size_t w = 0; w < range.count; ++w) {
        const int own = static_cast<int>(e[w] > ready[w]);
        alive |= own;
        gap |= own & static_cast<int>(b[w] > before[w]);
        covered[w] = std::max(before[w], e[w]);
      }
      alive_[f] |= alive;
      first = false;
    }
    if (first) std::copy_n(ready, range.count, covered);
    return gap == 0;
  }

  // Flights that had ended on all ranks when the last kernel began.
  void drop_dead_flights() {
    std::size_t f = 0;
    std::erase_if(flights_, [&](const Flight& flight) {
      const bool dead = alive_[f++] == 0;
      if (dead) drop(flight);
      return dead;
    });
  }

  void drop(const Flight& flight) {
    pool_.give_back(flight.begin);
    release(flight.op);
  }

  // What a kernel adds on some ranks; ready_ says when it begins there.
  void compute_range(std::size_t i, Range range) {
    const std::size_t at = range.first;
    request_.times->fill(i, request_.first_repetition + repetition_, at, {cost_.data() + at, range.count});
    double* end = pool_[rows_[i]] + at;
    double* busy = result_.compute.data() + at;
    double* slow = result_.slowdown.data() + at;
    const double *ready = ready_.data() + at, *cost = cost_.data() + at, *factor = factor_.data() + at;
    if (!slows_) {
      for (std::size_t w = 0; w < range.count; ++w) end[w] = ready[w] + cost[w], busy[w] += cost[w];
      return;
    }
    if (meet_flights(range)) {
      // Flights follow each other without a gap: slow until the last has ended.
      const double* covered = covered_.data() + at;
      for (std::size_t w = 0; w < range.count; ++w) {
        const double longest = cost[w] * factor[w], under_way = covered[w] - ready[w];
        // What of the work the flights leave for afterwards runs undisturbed.
        const double rest = std::max(0.0, longest - under_way) / factor[w];
        const double took = std::min(longest, under_way + rest);
        end[w] = ready[w] + took;
        busy[w] += cost[w];
        slow[w] += took - cost[w];
      }
      return;
    }
    std::vector<std::pair<double, double>> flights;
    for (std::size_t w = 0; w < range.count; ++w) {
      flights.clear();
      for (const Flight& flight : flights_)
        flights.emplace_back(pool_[flight.begin][at + w], pool_[flight.end][at + w]);
      end[w] = slowed_end(ready[w], cost[w], factor[w], flights);
      busy[w] += cost[w];
      slow[w] += end[w] - ready[w] - cost[w];
    }
  }

  void compute(const Op& op, std::size_t i) {
    alive_.assign(flights_.size(), 0);
    compute_range(i, all());
    drop_dead_flights();
    const double* end = pool_[rows_[i]];
    if (tracks_paths_)
      for (std::size_t w = 0; w < width_; ++w) {
        PathSums& path = paths_[i][w] = ready_paths_[w];
        path[path_part(op)] += cost_[w];
        path[PathPart::slowdown] += end[w] - ready_[w] - cost_[w];
      }
    record(i, ready_);
  }

  void host(const Op&, std::size_t i) {
    double* end = pool_[rows_[i]];
    for (std::size_t w = 0; w < width_; ++w) {
      const double cost = request_.times->host(i, w);
      end[w] = ready_[w] + cost;
      result_.host[w] += cost;
      if (!tracks_paths_) continue;
      paths_[i][w] = ready_paths_[w];
      paths_[i][w][PathPart::host] += cost;
    }
    record(i, ready_);
  }

  void fly(std::size_t i, const std::vector<double>& begin) {
    if (!slows_) return;
    const std::size_t row = pool_.take();
    std::copy(begin.begin(), begin.end(), pool_[row]);
    flights_.push_back({i, row, rows_[i]});
    ++uses_[i];
  }

  // Formula 4.2, each on links of its own.
  void exchange(const Op& op, std::size_t i) {
    const TransferFlows& transfer = request_.flows->transfers[static_cast<std::size_t>(op.work)];
    const std::int32_t* to = transfer.to.data();
    const std::int32_t* from = transfer.from.data();
    const Row& alone = alone_times(op.work, transfer);
    for (std::size_t w = 0; w < width_; ++w) {
      start_[w] = std::max(ready_[w], ready_[static_cast<std::size_t>(to[w])]);
      sent_[w] = start_[w] + alone[w];
    }
    double* end = pool_[rows_[i]];
    for (std::size_t w = 0; w < width_; ++w)
      end[w] = std::max(sent_[w], sent_[static_cast<std::size_t>(from[w])]);
    fly(i, ready_);
    if (tracks_paths_) {
      for (std::size_t w = 0; w < width_; ++w) {
        const std::size_t peer = static_cast<std::size_t>(to[w]);
        sent_paths_[w] = ready_paths_[ready_[w] >= ready_[peer] ? w : peer];
        sent_paths_[w][path_part(transfer.flows[w])] += alone[w];
      }
      for (std::size_t w = 0; w < width_; ++w) {
        const std::size_t peer = static_cast<std::size_t>(from[w]);
        paths_[i][w] = sent_paths_[sent_[w] >= sent_[peer] ? w : peer];
      }
    }
    if (request_.recorder != nullptr)
      for (std::size_t w = 0; w < width_; ++w)
        request_.recorder->flow(transfer.flows[w], start_[w] + transfer.flows[w].alpha, sent_[w]);
    record(i, start_);
  }

  const Row& alone_times(std::int32_t work, const TransferFlows& transfer) {
    alone_.resize(request_.flows->transfers.size());
    Row& row = alone_[static_cast<std::size_t>(work)];
    if (row.empty())
      for (const Flow& flow : transfer.flows) row.push_back(flow.alone());
    return row;
  }

  // Formula 4.3.
  void collective(const Op& op, std::size_t i) {
    const CollectiveFlows& work = request_.flows->collectives[static_cast<std::size_t>(op.work)];
    const std::size_t groups = work.group_size.size();
    last_.assign(groups, 0), longest_.assign(groups, nullptr);
    Row begin(groups, -std::numeric_limits<double>::infinity()), time(groups, 0.0);
    for (std::size_t w = 0; w < width_; ++w) {
      const std::size_t g = static_cast<std::size_t>(work.group[w]);
      if (ready_[w] > begin[g]) begin[g] = ready_[w], last_[g] = w;
      for (const Flow& flow : work.of(w))
        if (flow.alone() > time[g]) time[g] = flow.alone(), longest_[g] = &flow;
    }
    double* end = pool_[rows_[i]];
    for (std::size_t w = 0; w < width_; ++w) {
      const std::size_t g = static_cast<std::size_t>(work.group[w]);
      start_[w] = begin[g];
      end[w] = begin[g] + time[g];
      if (request_.recorder != nullptr)
        for (const Flow& flow : work.of(w))
          request_.recorder->flow(flow, begin[g] + flow.alpha, begin[g] + flow.alone());
      if (!tracks_paths_) continue;
      paths_[i][w] = ready_paths_[last_[g]];
      if (longest_[g] != nullptr) paths_[i][w][path_part(*longest_[g])] += time[g];
    }
    // Pieces of weights and gradients come one by one; other collectives occupy the device while they wait.
    fly(i, op.lane == Lane::parameters ? start_ : ready_);
    record(i, start_);
  }

  const RunRequest& request_;
  const PhaseProgram& program_;
  std::size_t width_;
  RowPool pool_;
  bool tracks_paths_ = false, slows_ = false;
  int repetition_ = 0;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> rows_;  // of the end of each operation
  std::vector<int> uses_;          // that are still to come of it
  std::vector<Flight> flights_;
  std::vector<int> alive_;  // of each flight: whether the present kernels meet it on some rank
  std::vector<Row> alone_;  // by transfer
  Row begin_, ready_, start_, sent_, cost_, covered_, factor_;
  std::vector<std::size_t> last_;
  std::vector<const Flow*> longest_;
  std::vector<PathSums> begin_paths_, ready_paths_, sent_paths_;
  std::vector<std::vector<PathSums>> paths_;
  RunResult result_;
};

}  // namespace

RunResult RecurrenceEngine::run(const RunRequest& request) { return Recurrence(request).run(); }

}  // namespace simulator
