// What an axis of the trade-off plot can show of a plan: its name, its unit, which way is better.
#pragma once

#include <QString>
#include <array>
#include <cstdint>

#include "costmodel/price/plan_price.h"

namespace gui {

enum class TradeOffAxis : std::uint8_t { time, memory, network, node, exposed, rate };
inline constexpr std::array trade_off_axes{TradeOffAxis::time, TradeOffAxis::memory,  TradeOffAxis::network,
                                           TradeOffAxis::node, TradeOffAxis::exposed, TradeOffAxis::rate};

// Whether some plan that is shown has several replicas side by side.
enum class Replicas : std::uint8_t { one, several };

enum class Better : std::uint8_t { less, more };
Better betterOn(TradeOffAxis axis);

// Whether the axis tells plans of this scenario apart: one node has no network.
bool applies(TradeOffAxis axis, const costmodel::Scenario& scenario);

// In the unit that the axis counts in: seconds, GiB, percent of the time, tokens per second.
double valueOn(TradeOffAxis axis, const costmodel::Scenario& scenario, const costmodel::PlanPrice& price);

QString axisName(TradeOffAxis axis);  // "peak memory"
// "peak memory of one GPU, GiB".  Plans of several replicas count their time over those: it is what ranks
// them.
QString axisTitle(TradeOffAxis axis, Replicas replicas);
QString axisText(TradeOffAxis axis, double value);      // "56.9 GiB"
QString axisColumn(TradeOffAxis axis);                  // of the CSV, with its base unit: "memory_peak_B"
double axisBaseValue(TradeOffAxis axis, double value);  // in that unit

}  // namespace gui
