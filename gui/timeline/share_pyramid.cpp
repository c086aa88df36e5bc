#include "gui/timeline/share_pyramid.h"

#include <algorithm>
#include <array>
#include <bit>

namespace gui {

namespace {

// About two slices a bin: finer ones would say little more than the slices themselves.
std::size_t finest_bins(std::size_t slices) {
  return std::clamp<std::size_t>(std::bit_ceil(slices / 2 + 1), 64, SharePyramid::most_bins);
}

}  // namespace

SharePyramid::SharePyramid(const TraceRow& row, double duration) : duration_(duration) {
  std::array<int, slice_kind_count> place{};
  place.fill(-1);
  for (std::size_t i = 0; i < row.size(); ++i) place[static_cast<std::size_t>(row.kind(i))] = 0;
  for (std::size_t k = 0; k < place.size(); ++k)
    if (place[k] == 0) {
      place[k] = static_cast<int>(kinds_.size());
      kinds_.push_back(static_cast<SliceKind>(k));
    }
  const std::size_t kinds = kinds_.size();
  if (kinds == 0 || duration <= 0) return;

  Level finest;
  const std::size_t count = finest_bins(row.size());
  finest.shares.assign(count * kinds, 0);
  finest.flags.assign(count, 0);
  const double scale = static_cast<double>(count) / duration;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double from = std::clamp(row.start(i) * scale, 0.0, static_cast<double>(count));
    const double to = std::clamp(row.end(i) * scale, 0.0, static_cast<double>(count));
    const std::size_t kind = static_cast<std::size_t>(place[static_cast<std::size_t>(row.kind(i))]);
    const unsigned flags =
        (row.critical(i) == Critical::yes ? 1U : 0U) | (row.kind(i) == SliceKind::stall ? 2U : 0U);
    for (std::size_t bin = static_cast<std::size_t>(from); bin < count && static_cast<double>(bin) < to;
         ++bin) {
      const double inside =
          std::min(to, static_cast<double>(bin + 1)) - std::max(from, static_cast<double>(bin));
      finest.shares[bin * kinds + kind] += static_cast<float>(inside);
      finest.flags[bin] = static_cast<std::uint8_t>(finest.flags[bin] | flags);
    }
  }
  levels_.push_back(std::move(finest));

  while (levels_.back().flags.size() > 1) {
    const Level& fine = levels_.back();
    Level coarse;
    const std::size_t half = fine.flags.size() / 2;
    coarse.shares.resize(half * kinds);
    coarse.flags.resize(half);
    for (std::size_t bin = 0; bin < half; ++bin) {
      for (std::size_t k = 0; k < kinds; ++k)
        coarse.shares[bin * kinds + k] =
            (fine.shares[2 * bin * kinds + k] + fine.shares[(2 * bin + 1) * kinds + k]) / 2;
      coarse.flags[bin] = static_cast<std::uint8_t>(fine.flags[2 * bin] | fine.flags[2 * bin + 1]);
    }
    levels_.push_back(std::move(coarse));
  }
}

std::size_t SharePyramid::bytes() const {
  std::size_t sum = 0;
  for (const Level& level : levels_) sum += level.shares.size() * sizeof(float) + level.flags.size();
  return sum;
}

}  // namespace gui
