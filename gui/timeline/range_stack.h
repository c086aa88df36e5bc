// The visible range of time, never outside of [0, total], and the ranges before it to go back to.
#pragma once

#include <vector>

namespace gui {

struct TimeRange {
  double from = 0, to = 0;  // s

  double span() const { return to - from; }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

class RangeStack {
 public:
  explicit RangeStack(double total = 0) : total_(total), now_{0, total} {}

  double total() const { return total_; }
  const TimeRange& now() const { return now_; }
  bool shows_all() const { return now_ == TimeRange{0, total_}; }

  // Steps in a row share one place in the history: going back undoes them together.
  void zoom(double factor, double around);  // factor < 1: closer
  void pan(double seconds);
  // Jumps have a place each.
  void show(TimeRange range);
  void show_all() { show({0, total_}); }
  bool back();  // false when there is nothing to go back to
  // Another length: who saw everything sees everything, who looked at a place stays there.  The history is
  // gone.
  void resize(double total);

 private:
  enum class Move { jump, step };
  void go(TimeRange range, Move move);
  TimeRange inside(TimeRange range) const;

  double total_ = 0;
  TimeRange now_;
  std::vector<TimeRange> before_;
  Move last_ = Move::jump;
};

}  // namespace gui
