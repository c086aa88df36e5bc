#include "costmodel/price/cluster_map.h"

namespace costmodel {

std::string rank_name(Rank rank, const Place& place) {
  return "rank " + std::to_string(rank.value) + " (node " + std::to_string(place.node) + ", GPU " +
         std::to_string(place.local) + ")";
}

namespace {

std::vector<Place> device_places(const ClusterSpec& cluster) {
  std::vector<Place> devices;
  devices.reserve(static_cast<std::size_t>(cluster.gpu_count()));
  int node = 0;
  for (std::size_t g = 0; g < cluster.groups.size(); ++g) {
    const NodeSpec& spec = cluster.groups[g].node;
    for (int i = 0; i < cluster.groups[g].count; ++i, ++node)
      for (int local = 0; local < spec.gpus; ++local) {
        Place place;
        place.node = node;
        place.local = local;
        place.nic = spec.scale_out.nics > 0 ? local * spec.scale_out.nics / spec.gpus : 0;
        place.group = static_cast<int>(g);
        place.socket = spec.scale_up.gpus_per_socket > 0 ? local / spec.scale_up.gpus_per_socket : 0;
        devices.push_back(place);
      }
  }
  return devices;
}

}  // namespace

ClusterMap::ClusterMap(const ClusterSpec& cluster, const std::vector<DeviceId>& placement)
    : cluster_(&cluster) {
  places_ = device_places(cluster);
  regular_ = cluster.uniform() && placement.empty();
  if (placement.empty()) return;
  std::vector<Place> placed;
  placed.reserve(placement.size());
  for (const DeviceId device : placement) placed.push_back(places_.at(device.at()));
  places_ = std::move(placed);
}

LinkClass ClusterMap::link_class(Rank a, Rank b) const {
  if (a == b) return LinkClass::self;
  return place(a).node == place(b).node ? LinkClass::scale_up : LinkClass::scale_out;
}

}  // namespace costmodel
