#include "gui/timeline/time_axis.h"

#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>

namespace gui {

namespace {

struct Unit {
  double seconds;
  const char* name;
};
constexpr std::array<Unit, 4> units{{{1, "s"}, {1e-3, "ms"}, {1e-6, "\u00b5s"}, {1e-9, "ns"}}};

// The largest unit in which the range ends above two.
const Unit& unit_for(double end) {
  for (const Unit& unit : units)
    if (end >= 2 * unit.seconds) return unit;
  return units.back();
}

double round_step(double least) {
  const double decade = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (decade * factor >= least * (1 - 1e-9)) return decade * factor;
  return decade * 10;
}

}  // namespace

std::vector<AxisTick> axis_ticks(const TimeRange& range, int most) {
  std::vector<AxisTick> ticks;
  if (range.span() <= 0 || most < 1) return ticks;
  const Unit& unit = unit_for(range.to);
  const double step = round_step(range.span() / most);
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step / unit.seconds) - 1e-9)));
  for (double k = std::ceil(range.from / step - 1e-9); k * step <= range.to * (1 + 1e-12); ++k)
    ticks.push_back({k * step, QLocale().toString(k * step / unit.seconds, 'f', digits) + QLatin1Char(' ') +
                                   QString::fromUtf8(unit.name)});
  return ticks;
}

}  // namespace gui
