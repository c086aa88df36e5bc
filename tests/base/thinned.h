// Fewer of many like cases where each of them is dear.
//
// With sanitizers a case takes some ten times as long, and what they look for (bad addresses, overflow,
// results that C++ leaves undefined) depends on the code that runs and hardly on its numbers.  There, and
// only there, a test takes every n-th of its cases.  The n should share no factor with the lengths of the
// loops that make them, so that every value of every loop still occurs.
#pragma once

#include <cstddef>
#include <vector>

namespace tests {

#ifdef RINGSIDE_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// For cases that loops make: `if (!thinning.takes_next()) continue;`
class Thinning {
 public:
  explicit Thinning(int every_nth) : step_(sanitized ? every_nth : 1) {}
  bool takes_next() { return seen_++ % step_ == 0; }

 private:
  int step_, seen_ = 0;
};

template <class Case>
std::vector<Case> thinned(const std::vector<Case>& cases, int every_nth) {
  Thinning thinning(every_nth);
  std::vector<Case> taken;
  for (const Case& one : cases)
    if (thinning.takes_next()) taken.push_back(one);
  return taken;
}

// Of how many cases a test must have seen, that many are left.
constexpr int thinned_count(int cases, int every_nth) { return sanitized ? cases / every_nth : cases; }

}  // namespace tests
