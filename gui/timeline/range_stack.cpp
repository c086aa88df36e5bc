#include "gui/timeline/range_stack.h"

#include <algorithm>
#include <cmath>

namespace gui {

namespace {

constexpr double deepest = 1e-7;  // of the total: beyond that a double's digits begin to show
constexpr std::size_t longest_history = 100;

}  // namespace

TimeRange RangeStack::inside(TimeRange range) const {
  if (!std::isfinite(range.from) || !std::isfinite(range.to) || range.to < range.from) return now_;
  const double span = std::clamp(range.span(), total_ * deepest, total_);
  if (span >= total_ * (1 - 1e-12)) return {0, total_};  // all of it, but for rounding
  const double middle = (range.from + range.to) / 2;
  const double from = std::clamp(span == range.span() ? range.from : middle - span / 2, 0.0, total_ - span);
  return {from, std::min(from + span, total_)};
}

void RangeStack::go(TimeRange range, Move move) {
  const TimeRange next = inside(range);
  if (next == now_) return;
  if (move == Move::jump || last_ == Move::jump) {
    if (before_.size() == longest_history) before_.erase(before_.begin());
    before_.push_back(now_);
  }
  last_ = move;
  now_ = next;
}

void RangeStack::zoom(double factor, double around) {
  around = std::clamp(around, now_.from, now_.to);
  const double span = std::clamp(now_.span() * factor, total_ * deepest, total_);
  // The time under the pointer stays where it is.
  const double left = now_.span() > 0 ? (around - now_.from) / now_.span() : 0.5;
  const double from = around - left * span;
  go({from, from + span}, Move::step);
}

void RangeStack::pan(double seconds) {
  const double from = std::clamp(now_.from + seconds, 0.0, total_ - now_.span());
  go({from, from + now_.span()}, Move::step);
}

void RangeStack::show(TimeRange range) { go(range, Move::jump); }

bool RangeStack::back() {
  if (before_.empty()) return false;
  now_ = before_.back();
  before_.pop_back();
  last_ = Move::jump;
  return true;
}

void RangeStack::resize(double total) {
  const TimeRange place = now_;
  const bool all = shows_all();
  *this = RangeStack(total);
  if (!all) show(place);
}

}  // namespace gui
