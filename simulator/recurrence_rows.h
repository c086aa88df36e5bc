// Rows of numbers, one per rank, and the flights that slow kernels down: the recurrence's working memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace simulator {

using Row = std::vector<double>;

// Rows that come and go.
class RowPool {
 public:
  explicit RowPool(std::size_t width) : width_(width) {}
  std::size_t take() {
    if (free_.empty()) {
      rows_.emplace_back(width_);
      return rows_.size() - 1;
    }
    const std::size_t row = free_.back();
    free_.pop_back();
    return row;
  }
  void give_back(std::size_t row) { free_.push_back(row); }
  void swap(std::size_t row, Row& other) { rows_[row].swap(other); }
  double* operator[](std::size_t row) { return rows_[row].data(); }

 private:
  std::size_t width_;
  std::vector<Row> rows_;
  std::vector<std::size_t> free_;
};

// When a rank's transfer on one lane was in flight.
struct Flight {
  std::size_t op = 0, begin = 0, end = 0;  // rows
};

// The end of `work` seconds of computing that begins at `begin` and is slower during the flights.
inline double slowed_end(double begin, double work, double factor,
                         std::vector<std::pair<double, double>>& flights) {
  std::sort(flights.begin(), flights.end());
  double now = begin;
  for (const auto& [from, to] : flights) {
    if (to <= now) continue;
    if (from > now) {
      if (now + work <= from) return now + work;
      work -= from - now;
      now = from;
    }
    if (now + work * factor <= to) return now + work * factor;
    work -= (to - now) / factor;
    now = to;
  }
  return now + work;
}

}  // namespace simulator
