#include "gui/models/trade_off_points.h"

#include <algorithm>

#include "costmodel/base/csv_cell.h"
#include "costmodel/plan/plan_alias.h"

namespace gui {

namespace {

constexpr std::size_t most_points = 4000;

// Less is better, whatever the axis.
double cost(TradeOffAxis axis, double value) { return betterOn(axis) == Better::less ? value : -value; }

}  // namespace

TradeOffPoint pointOf(const TradeOffAxes& axes, const costmodel::Scenario& scenario,
                      const costmodel::PlanPrice& price) {
  return {valueOn(axes.x, scenario, price), valueOn(axes.y, scenario, price), &price};
}

std::vector<TradeOffPoint> cloudOf(const TradeOffAxes& axes, const Evaluation& evaluation) {
  const costmodel::SearchResult& result = evaluation.answer.result;
  std::vector<const costmodel::PlanPrice*> priced;
  for (const std::vector<costmodel::PlanPrice>* prices : {&result.ranked, &result.rejected})
    for (const costmodel::PlanPrice& price : *prices)
      if (!price.phases.empty()) priced.push_back(&price);
  std::vector<TradeOffPoint> cloud;
  const std::size_t stride = 1 + priced.size() / most_points;
  for (std::size_t i = 0; i < priced.size(); i += stride)
    cloud.push_back(pointOf(axes, evaluation.scenario, *priced[i]));
  return cloud;
}

std::vector<TradeOffPoint> frontOf(const TradeOffAxes& axes, std::vector<TradeOffPoint> points) {
  std::erase_if(points, [](const TradeOffPoint& point) { return !point.fits(); });
  std::sort(points.begin(), points.end(), [&](const TradeOffPoint& a, const TradeOffPoint& b) {
    const double ax = cost(axes.x, a.x), bx = cost(axes.x, b.x);
    return ax != bx ? ax < bx : cost(axes.y, a.y) < cost(axes.y, b.y);
  });
  std::vector<TradeOffPoint> unbeaten;
  for (const TradeOffPoint& point : points)
    if (unbeaten.empty() || cost(axes.y, point.y) < cost(axes.y, unbeaten.back().y))
      unbeaten.push_back(point);
  return unbeaten;
}

QString tradeOffCsv(const Evaluation& evaluation, const std::vector<TradeOffPoint>& points) {
  QString text = QStringLiteral("plan");
  for (const TradeOffAxis axis : trade_off_axes) text += QLatin1Char(',') + axisColumn(axis);
  text += QStringLiteral(",fits\n");
  for (const TradeOffPoint& point : points) {
    text += QString::fromStdString(
        costmodel::csv_cell(costmodel::plan_name(point.price->plan, evaluation.scenario)));
    for (const TradeOffAxis axis : trade_off_axes)
      text += QLatin1Char(',') +
              QString::number(axisBaseValue(axis, valueOn(axis, evaluation.scenario, *point.price)), 'g', 17);
    text += point.fits() ? QStringLiteral(",yes\n") : QStringLiteral(",no\n");
  }
  return text;
}

}  // namespace gui
