#include "simulator/recurrence.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "simulator/recurrence_rows.h"
#include "simulator/row_loops.h"

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
    find_blocks();
    slows_ = std::any_of(blocks_.begin(), blocks_.end(), [](const Block& b) { return b.factor > 1.0; });
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
    reach(op, before);
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
    for (const std::size_t i : ops) rows_[i] = pool_.take();
    met_.assign(flights_.size(), 0);
    for (const Block& block : blocks_) {
      std::size_t before = last[0];
      for (const std::size_t i : ops) {
        compute_block(i, reached(program_.op(i), before, block), block);
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

  // Ranks side by side that are slowed alike, few enough for their rows to stay in the nearest cache.
  struct Block {
    std::size_t first = 0, count = 0;
    double factor = 1;
  };
  void find_blocks() {
    constexpr std::size_t largest = 256;
    for (std::size_t w = 0; w < width_; ++w) {
      const double factor = 1.0 + request_.times->slowdown(w);
      if (blocks_.empty() || blocks_.back().count == largest || blocks_.back().factor != factor)
        blocks_.push_back({w, 0, factor});
      ++blocks_.back().count;
    }
  }

  // Formula 4.1, in ready_.
  void reach(const Op& op, std::size_t before) {
    if (tracks_paths_) reach_paths(op, before);
    find_sources(op, before);
    maximum_of_sources(0, width_, ready_.data());
  }

  // The same of a block, wherever it lies.
  const double* reached(const Op& op, std::size_t before, const Block& block) {
    find_sources(op, before);
    if (sources_.size() == 1) return sources_.front() + block.first;
    maximum_of_sources(block.first, block.count, ready_.data());
    return ready_.data();
  }

  void find_sources(const Op& op, std::size_t before) {
    sources_.clear();
    sources_.push_back(before < program_.size() ? pool_[rows_[before]] : begin_.data());
    for (int k = 0; k < op.wait_count; ++k)
      if (const std::size_t wait = op.waits[static_cast<std::size_t>(k)].at(); wait != before)
        sources_.push_back(pool_[rows_[wait]]);
  }

  void maximum_of_sources(std::size_t first, std::size_t count, double* to) const {
    if (sources_.size() == 1) std::copy_n(sources_.front() + first, count, to);
    for (std::size_t s = 1; s < sources_.size(); ++s)
      rows_maximum(s == 1 ? sources_.front() + first : to, sources_[s] + first, to, count);
  }

  // Where the latest of them came from.
  void reach_paths(const Op& op, std::size_t before) {
    if (before < program_.size())
      take_path(before, true);
    else
      ready_ = begin_, ready_paths_ = begin_paths_;
    for (int k = 0; k < op.wait_count; ++k)
      if (op.waits[static_cast<std::size_t>(k)].at() != before)
        take_path(op.waits[static_cast<std::size_t>(k)].at(), false);
  }
  void take_path(std::size_t op, bool first) {
    const double* ends = pool_[rows_[op]];
    for (std::size_t w = 0; w < width_; ++w)
      if (first || ends[w] > ready_[w]) ready_[w] = ends[w], ready_paths_[w] = paths_[op][w];
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

  // Flights that had ended on all ranks when the last kernel began.
  void drop_dead_flights() {
    std::size_t f = 0;
    std::erase_if(flights_, [&](const Flight& flight) {
      const bool dead = met_[f++] == 0;
      if (dead) drop(flight);
      return dead;
    });
  }

  void drop(const Flight& flight) {
    pool_.give_back(flight.begin);
    release(flight.op);
  }

  // A kernel on a block of ranks; ready[0] is when it begins on the first.
  void compute_block(std::size_t i, const double* ready, const Block& block) {
    const std::size_t at = block.first;
    request_.times->fill(i, request_.first_repetition + repetition_, at, {cost_.data(), block.count});
    const KernelRows kernel{ready,
                            cost_.data(),
                            block.factor,
                            pool_[rows_[i]] + at,
                            result_.compute.data() + at,
                            result_.slowdown.data() + at};
    if (!slows_) return rows_of_kernel(kernel, block.count);
    flight_rows_.clear();
    for (const Flight& flight : flights_)
      flight_rows_.push_back({pool_[flight.begin] + at, pool_[flight.end] + at});
    if (rows_of_slowed_kernel(kernel, flight_rows_, covered_.data(), met_, block.count)) return;
    std::vector<std::pair<double, double>> flights;
    for (std::size_t w = 0; w < block.count; ++w) {
      flights.clear();
      for (const FlightRows& flight : flight_rows_) flights.emplace_back(flight.begin[w], flight.end[w]);
      const double begin = kernel.ready[w], cost = kernel.cost[w];
      kernel.end[w] = slowed_end(begin, cost, kernel.factor, flights);
      kernel.busy[w] += cost;
      kernel.slow[w] += kernel.end[w] - begin - cost;
    }
  }

  void compute(const Op& op, std::size_t i) {
    met_.assign(flights_.size(), 0);
    for (const Block& block : blocks_) compute_block(i, ready_.data() + block.first, block);
    drop_dead_flights();
    const double* end = pool_[rows_[i]];
    if (tracks_paths_) {
      request_.times->fill(i, request_.first_repetition + repetition_, 0, cost_);
      for (std::size_t w = 0; w < width_; ++w) {
        PathSums& path = paths_[i][w] = ready_paths_[w];
        path[path_part(op)] += cost_[w];
        path[PathPart::slowdown] += end[w] - ready_[w] - cost_[w];
      }
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

  // The row of beginnings is handed over and holds nothing afterwards.
  void fly(std::size_t i, Row& begin) {
    if (!slows_) return;
    const std::size_t row = pool_.take();
    pool_.swap(row, begin);
    flights_.push_back({i, row, rows_[i]});
    ++uses_[i];
  }

  // Formula 4.2, each on links of its own.
  void exchange(const Op& op, std::size_t i) {
    const TransferFlows& transfer = request_.flows->transfers[static_cast<std::size_t>(op.work)];
    const Peers& peers = peers_of(op.work, transfer);
    rows_exchange(peers.runs, ready_.data(), peers.alone.data(), pool_[rows_[i]]);
    if (tracks_paths_ || request_.recorder != nullptr) follow_messages(transfer, peers.alone, i);
    fly(i, ready_);
  }

  // When each message began and ended, and through which the paths go.
  void follow_messages(const TransferFlows& transfer, const Row& alone, std::size_t i) {
    const auto peer = [](const std::vector<std::int32_t>& peers, std::size_t w) {
      return static_cast<std::size_t>(peers[w]);
    };
    for (std::size_t w = 0; w < width_; ++w) {
      start_[w] = std::max(ready_[w], ready_[peer(transfer.to, w)]);
      sent_[w] = start_[w] + alone[w];
    }
    if (tracks_paths_) {
      for (std::size_t w = 0; w < width_; ++w) {
        const std::size_t to = peer(transfer.to, w);
        sent_paths_[w] = ready_paths_[ready_[w] >= ready_[to] ? w : to];
        sent_paths_[w][path_part(transfer.flows[w])] += alone[w];
      }
      for (std::size_t w = 0; w < width_; ++w) {
        const std::size_t from = peer(transfer.from, w);
        paths_[i][w] = sent_paths_[sent_[w] >= sent_[from] ? w : from];
      }
    }
    if (request_.recorder == nullptr) return;
    for (std::size_t w = 0; w < width_; ++w)
      request_.recorder->flow(transfer.flows[w], transfer.flows[w].bytes, start_[w] + transfer.flows[w].alpha,
                              sent_[w]);
    record(i, start_);
  }

  // Of one transfer: who meets whom, and how long it takes alone.
  struct Peers {
    std::vector<PeerRun> runs;
    Row alone;
  };
  const Peers& peers_of(std::int32_t work, const TransferFlows& transfer) {
    peers_.resize(request_.flows->transfers.size());
    Peers& peers = peers_[static_cast<std::size_t>(work)];
    if (!peers.alone.empty()) return peers;
    peers.runs = peer_runs(transfer.to, transfer.from);
    for (const Flow& flow : transfer.flows) peers.alone.push_back(flow.alone());
    return peers;
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
          request_.recorder->flow(flow, flow.bytes, begin[g] + flow.alpha, begin[g] + flow.alone());
      if (!tracks_paths_) continue;
      paths_[i][w] = ready_paths_[last_[g]];
      if (longest_[g] != nullptr) paths_[i][w][path_part(*longest_[g])] += time[g];
    }
    record(i, start_);
    // Pieces of weights and gradients come one by one; other collectives occupy the device while they wait.
    fly(i, op.lane == Lane::parameters ? start_ : ready_);
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
  std::vector<char> met_;  // of each flight: whether the present kernels meet it on some rank
  std::vector<FlightRows> flight_rows_;
  std::vector<Block> blocks_;
  std::vector<const double*> sources_;
  std::vector<Peers> peers_;  // by transfer
  Row begin_, ready_, start_, sent_, cost_, covered_;
  std::vector<std::size_t> last_;
  std::vector<const Flow*> longest_;
  std::vector<PathSums> begin_paths_, ready_paths_, sent_paths_;
  std::vector<std::vector<PathSums>> paths_;
  RunResult result_;
};

}  // namespace

RunResult RecurrenceEngine::run(const RunRequest& request) { return Recurrence(request).run(); }

}  // namespace simulator
