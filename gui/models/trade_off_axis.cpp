#include "gui/models/trade_off_axis.h"

#include <QCoreApplication>

#include "costmodel/answer/verdict.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"

namespace gui {

namespace {

constexpr double gib = 1073741824.0;

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

bool countsBytes(TradeOffAxis axis) {
  return axis == TradeOffAxis::memory || axis == TradeOffAxis::network || axis == TradeOffAxis::node;
}

}  // namespace

Better betterOn(TradeOffAxis axis) { return axis == TradeOffAxis::rate ? Better::more : Better::less; }

bool applies(TradeOffAxis axis, const costmodel::Scenario& scenario) {
  if (axis == TradeOffAxis::network) return scenario.cluster.node_count() > 1;
  if (axis == TradeOffAxis::rate) return costmodel::is_whole_model(scenario.workload.phase);
  return true;
}

double valueOn(TradeOffAxis axis, const costmodel::Scenario& scenario, const costmodel::PlanPrice& price) {
  switch (axis) {
    case TradeOffAxis::time: return price.per_replica().value;
    case TradeOffAxis::memory: return price.memory.value / gib;
    case TradeOffAxis::network: return price.traffic.scale_out.value / gib;
    case TradeOffAxis::node: return price.traffic.scale_up.value / gib;
    case TradeOffAxis::exposed: return price.exposed_share() * 100;
    case TradeOffAxis::rate: return costmodel::tokens_per_second(scenario, price) / price.plan.world_size();
  }
  return 0;
}

QString axisName(TradeOffAxis axis) {
  switch (axis) {
    case TradeOffAxis::time: return tr("Time");
    case TradeOffAxis::memory: return tr("Peak memory");
    case TradeOffAxis::network: return tr("Sent over the network");
    case TradeOffAxis::node: return tr("Sent inside the node");
    case TradeOffAxis::exposed: return tr("Exposed share");
    case TradeOffAxis::rate: return tr("Tokens/s of one GPU");
  }
  return {};
}

QString axisTitle(TradeOffAxis axis, Replicas replicas) {
  switch (axis) {
    case TradeOffAxis::time:
      return replicas == Replicas::one ? tr("time, less is better")
                                       : tr("time over replicas, less is better");
    case TradeOffAxis::memory: return tr("peak memory of one GPU, GiB");
    case TradeOffAxis::network: return tr("sent over the network by the busiest GPU, GiB");
    case TradeOffAxis::node: return tr("sent inside the node by the busiest GPU, GiB");
    case TradeOffAxis::exposed: return tr("exposed, % of the time");
    case TradeOffAxis::rate: return tr("tokens/s of one GPU, more is better");
  }
  return {};
}

QString axisText(TradeOffAxis axis, double value) {
  if (countsBytes(axis))
    return QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(value * gib)));
  switch (axis) {
    case TradeOffAxis::time:
      return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(value)));
    case TradeOffAxis::exposed:
      return tr("%1 exposed").arg(QString::fromStdString(costmodel::percent_text(value / 100)));
    default: return tr("%1 tokens/s").arg(QString::fromStdString(costmodel::format_number(value)));
  }
}

QString axisColumn(TradeOffAxis axis) {
  switch (axis) {
    case TradeOffAxis::time: return QStringLiteral("time_s");
    case TradeOffAxis::memory: return QStringLiteral("memory_peak_B");
    case TradeOffAxis::network: return QStringLiteral("traffic_inter_B");
    case TradeOffAxis::node: return QStringLiteral("traffic_intra_B");
    case TradeOffAxis::exposed: return QStringLiteral("exposed_share");
    case TradeOffAxis::rate: return QStringLiteral("tokens_per_s_per_gpu");
  }
  return {};
}

double axisBaseValue(TradeOffAxis axis, double value) {
  if (countsBytes(axis)) return value * gib;
  return axis == TradeOffAxis::exposed ? value / 100 : value;
}

}  // namespace gui
