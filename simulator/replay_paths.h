// The critical paths of a replay on SimGrid: the sums of what led to where every lane of every rank is.
//
// Knows no schedule and no clock; the engine says what followed what.  Costs nothing when not wanted.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "simulator/engine.h"
#include "simulator/phase_program.h"

namespace simulator {

class ReplayPaths {
 public:
  ReplayPaths(std::size_t ranks, bool wanted) : wanted_(wanted) {
    if (!wanted) return;
    ranks_.resize(ranks);
    for (std::size_t w = 0; w < ranks; ++w) ranks_[w].origin = static_cast<std::int32_t>(w);
    before_ = ranks_;
    lanes_.resize(ranks * lane_count);
    ready_.resize(ranks * lane_count);
    sent_.resize(ranks * lane_count);
  }

  bool wanted() const { return wanted_; }

  // All lanes go on where the rank has ended its last repetition.
  void begin_repetition(std::size_t w) {
    for (std::size_t lane = 0; lane < lane_count && wanted_; ++lane) lanes_[at(w, lane)] = ranks_[w];
  }
  // The last lane to end led there.
  void end_repetition(std::size_t w, std::size_t last) {
    before_[w] = ranks_[w];
    ranks_[w] = lanes_[at(w, last)];
  }

  // The next operation of a lane follows what a lane of the rank has done.
  void reach(std::size_t w, std::size_t lane, std::size_t after) {
    ready_[at(w, lane)] = lanes_[at(w, after)];
  }
  // What led to the operation that a lane is at; its own part is added here.
  PathSums& ready(std::size_t w, std::size_t lane) { return ready_[at(w, lane)]; }
  void end_operation(std::size_t w, std::size_t lane) {
    if (wanted_) lanes_[at(w, lane)] = ready_[at(w, lane)];
  }

  // A message begins when the later of its two ends is there...
  void begin_exchange(std::size_t sender, std::size_t later, std::size_t lane) {
    sent_[at(sender, lane)] = ready_[at(later, lane)];
  }
  // ... and leads to both.  Of two messages the one that ends last is written last.
  void end_exchange(std::size_t sender, std::size_t receiver, std::size_t lane, const Flow& flow,
                    double took) {
    PathSums path = sent_[at(sender, lane)];
    add_transfer(path, flow, took);
    ready_[at(receiver, lane)] = path;
    ready_[at(sender, lane)] = path;
  }

  // What a transfer takes alone, and what it takes longer on shared links.
  static void add_transfer(PathSums& path, const Flow& flow, double took) {
    const double alone = std::min(took, flow.alone());
    path[path_part(flow)] += alone;
    // A difference of equal times may be a rounding error.
    if (took - alone > 1e-12 * took) path[PathPart::sharing] += took - alone;
  }

  void move_to(RunResult& result) {
    result.paths = std::move(ranks_);
    result.paths_before = std::move(before_);
  }

 private:
  static std::size_t at(std::size_t w, std::size_t lane) { return w * lane_count + lane; }

  bool wanted_;
  std::vector<PathSums> ranks_, before_;        // at the end of the last repetition and of the one before
  std::vector<PathSums> lanes_, ready_, sent_;  // by rank and lane
};

}  // namespace simulator
