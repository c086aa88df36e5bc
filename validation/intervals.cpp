#include "validation/intervals.h"

#include <algorithm>

namespace validation {

Intervals merged(Intervals intervals) {
  std::sort(intervals.begin(), intervals.end());
  Intervals result;
  for (const auto& [start, end] : intervals) {
    if (end <= start) continue;
    if (!result.empty() && start <= result.back().second)
      result.back().second = std::max(result.back().second, end);
    else
      result.emplace_back(start, end);
  }
  return result;
}

double length_of(const Intervals& merged) {
  double sum = 0;
  for (const auto& [start, end] : merged) sum += end - start;
  return sum;
}

double length_outside(const Intervals& a, const Intervals& b) {
  double inside = 0;
  std::size_t j = 0;
  for (const auto& [start, end] : a) {
    while (j < b.size() && b[j].second <= start) ++j;
    for (std::size_t k = j; k < b.size() && b[k].first < end; ++k)
      inside += std::min(end, b[k].second) - std::max(start, b[k].first);
  }
  return length_of(a) - inside;
}

}  // namespace validation
