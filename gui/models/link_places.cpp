#include "gui/models/link_places.h"

#include <QStringList>
#include <algorithm>
#include <map>

namespace gui {

namespace {

// The number behind a word: 3 of "node3" for "node"; -1 when the text is something else.
int numberAfter(const QString& text, const char* word) {
  const QString start = QString::fromLatin1(word);
  if (!text.startsWith(start)) return -1;
  bool whole = false;
  const int number = text.mid(start.size()).toInt(&whole);
  return whole ? number : -1;
}

PortLinks* port(std::vector<PortLinks>& ports, int index) {
  return index >= 0 && index < static_cast<int>(ports.size()) ? &ports[static_cast<std::size_t>(index)]
                                                              : nullptr;
}

void addToNode(NodePlace& node, const QStringList& parts, std::size_t link) {
  const QString& what = parts[1];
  const QStringList pair = what.split(QLatin1Char('-'));
  if (pair.size() == 2) {
    if (PortLinks* from = port(node.gpus, numberAfter(pair[0], "gpu"))) from->out.push_back(link);
    if (PortLinks* to = port(node.gpus, numberAfter(pair[1], "gpu"))) to->in.push_back(link);
    return;
  }
  if (numberAfter(what, "socket") >= 0) {
    node.bridges.push_back({parts[0] + QLatin1Char('.') + what, {link}, {}});
    return;
  }
  PortLinks* found = port(node.gpus, numberAfter(what, "gpu"));
  if (found == nullptr) found = port(node.nics, numberAfter(what, "nic"));
  if (found == nullptr || parts.size() < 3) return;
  (parts[2] == QLatin1String("out") ? found->out : found->in).push_back(link);
}

std::vector<PortLinks> ports(int node, const char* what, int count) {
  std::vector<PortLinks> list;
  for (int i = 0; i < count; ++i)
    list.push_back({QStringLiteral("node%1.%2%3").arg(node).arg(QLatin1String(what)).arg(i), {}, {}});
  return list;
}

}  // namespace

LinkPlaces placesOf(const LinkUse& use, const costmodel::ClusterSpec& cluster, int simulated_ranks) {
  LinkPlaces places;
  places.all_nodes = cluster.node_count();
  places.oversubscription = cluster.fabric.oversubscription.value;
  places.inside = cluster.groups.front().node.scale_up.kind;
  int gpus = 0;
  for (int n = 0; n < places.all_nodes && gpus < simulated_ranks; ++n) {
    const costmodel::NodeSpec& node = cluster.node(costmodel::NodeId(n));
    gpus += node.gpus;
    places.nodes.push_back({n, ports(n, "gpu", node.gpus), ports(n, "nic", node.scale_out.nics), {}});
  }
  std::map<QString, std::size_t> leaves;
  for (std::size_t l = 0; l < use.links.size(); ++l) {
    const QStringList parts = use.links[l].name.split(QLatin1Char('.'));
    if (parts.size() < 2) continue;
    const int node = numberAfter(parts[0], "node");
    if (node >= 0) {
      if (node < static_cast<int>(places.nodes.size()))
        addToNode(places.nodes[static_cast<std::size_t>(node)], parts, l);
      continue;
    }
    const bool up = parts.contains(QStringLiteral("up"));
    const QString name =
        parts
            .mid(0, std::max<qsizetype>(1, parts.indexOf(up ? QStringLiteral("up") : QStringLiteral("down"))))
            .join(QLatin1Char('.'));
    const auto [found, is_new] = leaves.try_emplace(name, places.leaves.size());
    if (is_new) places.leaves.push_back({name, {}, {}});
    (up ? places.leaves[found->second].out : places.leaves[found->second].in).push_back(l);
  }
  return places;
}

const costmodel::Sourced<costmodel::BytesPerSecond>* bandwidthOf(const costmodel::ClusterSpec& cluster,
                                                                 const LinkRecord& link) {
  const int number = numberAfter(link.name.section(QLatin1Char('.'), 0, 0), "node");
  if (number < 0 || number >= cluster.node_count()) return nullptr;
  const costmodel::NodeSpec& node = cluster.node(costmodel::NodeId(number));
  if (link.kind == QLatin1String("GPU out") || link.kind == QLatin1String("GPU in"))
    return &node.scale_up.per_gpu;
  if (link.kind == QLatin1String("GPU pair")) return &node.scale_up.one_peer;
  if (link.kind == QLatin1String("NIC out") || link.kind == QLatin1String("NIC in"))
    return &node.scale_out.nic_bandwidth;
  if (link.kind == QLatin1String("socket bridge") && node.scale_up.socket_bridge)
    return &*node.scale_up.socket_bridge;
  return nullptr;
}

}  // namespace gui
