#include "gui/models/predicted_links.h"

#include <QCoreApplication>
#include <algorithm>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }
QString text(const std::string& words) { return QString::fromStdString(words); }

// GPU g uses card g x nics / gpus.
int sharersOf(const costmodel::NodeSpec& node) {
  return (node.gpus + node.scale_out.nics - 1) / node.scale_out.nics;
}

}  // namespace

double PredictedLink::utilisation() const {
  return bandwidth > 0 && seconds > 0 ? bytes / bandwidth / seconds : 0;
}

QString PredictedLink::words() const {
  if (bytes <= 0) return tr("not used");
  QString words = tr("%1 of %2: %3 in %4")
                      .arg(text(costmodel::percent_text(utilisation())),
                           text(costmodel::format_bandwidth(costmodel::BytesPerSecond(bandwidth))),
                           text(costmodel::format_bytes(costmodel::Bytes(bytes))),
                           text(costmodel::format_seconds(costmodel::Seconds(seconds))));
  if (sharers > 1) words += tr(", of the %1 GPUs that share it").arg(sharers);
  return words;
}

std::vector<PredictedLink> predictedLinks(const costmodel::PlanReport& report,
                                          const costmodel::ClusterSpec& cluster) {
  std::vector<PredictedLink> links;
  if (!report.priced()) return links;
  const double seconds = report.price.time.value;
  double inside = 0, card = 0;
  int sharers = 1;
  for (const costmodel::NodeGroup& group : cluster.groups) {
    const costmodel::NodeSpec& node = group.node;
    const double port = node.scale_up.per_gpu.value.value;
    if (node.gpus > 1) inside = inside > 0 ? std::min(inside, port) : port;
    if (node.scale_out.nics == 0) continue;
    const double rate = node.scale_out.nic_bandwidth.value.value;
    const int here = sharersOf(node);
    if (card > 0 && rate / here >= card / sharers) continue;
    card = rate;
    sharers = here;
  }
  if (inside > 0)
    links.push_back({tr("GPU, inside its node"), report.price.traffic.scale_up.value, inside, seconds, 1});
  if (card > 0 && cluster.node_count() > 1)
    links.push_back(
        {tr("network card"), sharers * report.price.traffic.scale_out.value, card, seconds, sharers});
  return links;
}

}  // namespace gui
