// The plans of a search as points on two axes: what the trade-off plot shows, and which of them no other
// plan beats.
#pragma once

#include <vector>

#include "gui/document/evaluation.h"
#include "gui/models/trade_off_axis.h"

namespace gui {

struct TradeOffAxes {
  TradeOffAxis x = TradeOffAxis::time;
  TradeOffAxis y = TradeOffAxis::memory;
  friend bool operator==(const TradeOffAxes&, const TradeOffAxes&) = default;
};

struct TradeOffPoint {
  double x = 0;
  double y = 0;
  const costmodel::PlanPrice* price = nullptr;  // of the evaluation, which must outlive the point
  bool fits() const { return !price->rejected; }
};

TradeOffPoint pointOf(const TradeOffAxes& axes, const costmodel::Scenario& scenario,
                      const costmodel::PlanPrice& price);
// Of every plan that was priced; where there are very many, evenly fewer.
std::vector<TradeOffPoint> cloudOf(const TradeOffAxes& axes, const Evaluation& evaluation);
// Those that fit and that no other point beats on both axes, the best on x first.
std::vector<TradeOffPoint> frontOf(const TradeOffAxes& axes, std::vector<TradeOffPoint> points);

// A line per point with the values on all axes, in base units.
QString tradeOffCsv(const Evaluation& evaluation, const std::vector<TradeOffPoint>& points);

}  // namespace gui
