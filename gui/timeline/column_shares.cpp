#include "gui/timeline/column_shares.h"

#include <algorithm>

namespace gui {

namespace {

// Calls visit(column, share of the column) for each column that [from, to) meets, in units of columns.
template <class Visit>
void spread(double from, double to, std::size_t columns, const Visit& visit) {
  from = std::max(from, 0.0);
  to = std::min(to, static_cast<double>(columns));
  if (to <= from) return;
  for (std::size_t c = static_cast<std::size_t>(from); c < columns && static_cast<double>(c) < to; ++c)
    visit(c, std::min(to, static_cast<double>(c + 1)) - std::max(from, static_cast<double>(c)));
}

void scan(const TraceRow& row, double from, double to, std::vector<ColumnShare>& columns) {
  const double scale = static_cast<double>(columns.size()) / (to - from);
  for (std::size_t i = row.first_after(from); i < row.size() && row.start(i) < to; ++i) {
    const std::size_t kind = static_cast<std::size_t>(row.kind(i));
    const ShareFlags flags{row.critical(i) == Critical::yes, row.kind(i) == SliceKind::stall};
    spread((row.start(i) - from) * scale, (row.end(i) - from) * scale, columns.size(),
           [&](std::size_t c, double part) {
             columns[c].share[kind] += static_cast<float>(part);
             columns[c].flags |= flags;
           });
  }
}

void sum_bins(const SharePyramid& pyramid, double from, double to, std::vector<ColumnShare>& columns) {
  if (pyramid.levels() == 0) return;
  const double column = (to - from) / static_cast<double>(columns.size());
  // The coarsest bins of which a column still holds two: their shares are split where its edges cut them.
  std::size_t level = 0;
  while (level + 1 < pyramid.levels() && pyramid.bin_seconds(level + 1) * 2 <= column) ++level;
  const double bin = pyramid.bin_seconds(level);
  const double per_bin = bin / column;
  const std::size_t first = static_cast<std::size_t>(std::max(0.0, from / bin));
  for (std::size_t b = first; b < pyramid.bins(level) && static_cast<double>(b) * bin < to; ++b) {
    const float* shares = pyramid.shares(level, b);
    const ShareFlags flags = pyramid.flags(level, b);
    const double at = (static_cast<double>(b) * bin - from) / column;
    spread(at, at + per_bin, columns.size(), [&](std::size_t c, double part) {
      for (std::size_t k = 0; k < pyramid.kinds().size(); ++k)
        columns[c].share[static_cast<std::size_t>(pyramid.kinds()[k])] +=
            shares[k] * static_cast<float>(part);
      columns[c].flags |= flags;
    });
  }
}

}  // namespace

ColumnSource column_source(const SharePyramid& pyramid, double seconds_per_column) {
  const bool fine = pyramid.levels() > 0 && pyramid.bin_seconds(0) <= seconds_per_column;
  return fine ? ColumnSource::pyramid : ColumnSource::scan;
}

void fill_columns_by(ColumnSource source, const TraceRow& row, const SharePyramid& pyramid, double from,
                     double to, std::vector<ColumnShare>& columns) {
  std::fill(columns.begin(), columns.end(), ColumnShare{});
  if (columns.empty() || to <= from) return;
  if (source == ColumnSource::pyramid)
    sum_bins(pyramid, from, to, columns);
  else
    scan(row, from, to, columns);
}

void fill_columns(const TraceRow& row, const SharePyramid& pyramid, double from, double to,
                  std::vector<ColumnShare>& columns) {
  if (columns.empty()) return;
  fill_columns_by(column_source(pyramid, (to - from) / static_cast<double>(columns.size())), row, pyramid,
                  from, to, columns);
}

}  // namespace gui
