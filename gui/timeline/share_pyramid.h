// The share of time of every kind of slice in equal bins of a row, at halving resolutions.
//
// Sums, not samples: what a coarse bin says is exactly what its slices add up to.  Whether a bin holds
// anything critical, or a stall, is kept beside the shares, so that a rare event leaves a mark at every zoom.
#pragma once

#include <cstdint>
#include <vector>

#include "gui/timeline/timeline_trace.h"

namespace gui {

struct ShareFlags {
  bool critical = false;
  bool stall = false;

  void operator|=(ShareFlags other) {
    critical |= other.critical;
    stall |= other.stall;
  }
};

class SharePyramid {
 public:
  SharePyramid() = default;
  SharePyramid(const TraceRow& row, double duration);

  static constexpr std::size_t most_bins = 32768;

  // The kinds that the row has; shares of a bin are in this order.
  const std::vector<SliceKind>& kinds() const { return kinds_; }
  // Level 0 is the finest.
  std::size_t levels() const { return levels_.size(); }
  std::size_t bins(std::size_t level) const { return levels_[level].flags.size(); }
  double bin_seconds(std::size_t level) const { return duration_ / static_cast<double>(bins(level)); }
  const float* shares(std::size_t level, std::size_t bin) const {
    return &levels_[level].shares[bin * kinds_.size()];
  }
  ShareFlags flags(std::size_t level, std::size_t bin) const {
    const std::uint8_t bits = levels_[level].flags[bin];
    return {(bits & 1U) != 0, (bits & 2U) != 0};
  }
  std::size_t bytes() const;

 private:
  struct Level {
    std::vector<float> shares;  // bin-major
    std::vector<std::uint8_t> flags;
  };
  double duration_ = 0;
  std::vector<SliceKind> kinds_;
  std::vector<Level> levels_;
};

}  // namespace gui
