// Sets of time as lists of intervals: how long, and how much of one is outside of another.
#pragma once

#include <utility>
#include <vector>

namespace validation {

using Intervals = std::vector<std::pair<double, double>>;

// In order, those that touch as one.
Intervals merged(Intervals intervals);
double length_of(const Intervals& merged);
// How much of `a` is not in `b`; both merged.
double length_outside(const Intervals& a, const Intervals& b);

}  // namespace validation
