#include "gui/models/memory_spread.h"

#include <QCoreApplication>
#include <QStringList>

#include "costmodel/price/memory.h"

namespace gui {

namespace {

QString tr(const char* text, int n = -1) { return QCoreApplication::translate("gui", text, nullptr, n); }

// Names of the devices that have least memory; empty where all have the same.
QStringList smallestDevices(const costmodel::ClusterSpec& cluster) {
  const costmodel::Bytes least = costmodel::device_memory(cluster);
  QStringList names;
  bool differ = false;
  for (const costmodel::NodeGroup& group : cluster.groups) {
    const costmodel::DeviceSpec& device = group.node.device;
    differ |= device.memory.value != least;
    const QString name = QString::fromStdString(device.name);
    if (device.memory.value == least && !names.contains(name)) names << name;
  }
  return differ ? names : QStringList();
}

}  // namespace

QString memorySpread(const costmodel::Scenario& scenario, const costmodel::Plan& plan) {
  if (plan.world_size() == 1) return tr("the only GPU");
  const QString same = tr("same on all %n GPUs", plan.world_size());
  const QStringList smallest = smallestDevices(scenario.cluster);
  if (smallest.isEmpty()) return same;
  return tr("%1; the smallest, %2, decides").arg(same, smallest.join(QStringLiteral(", ")));
}

}  // namespace gui
