#include "simulator/link_classes.h"

namespace simulator {

std::vector<LinkClassUse> link_classes(const Simulation& simulation, const SimulationResult& result) {
  std::array<LinkClassUse, link_kind_count> classes;
  for (const LinkOutcome& link : result.links) {
    LinkClassUse& use = classes[static_cast<std::size_t>(simulation.links()[link.link].kind)];
    if (use.links == 0 || link.utilisation > use.highest_utilisation) {
      use.highest_utilisation = link.utilisation;
      use.busiest = link.link;
    }
    ++use.links;
    use.bytes += link.bytes;
    use.mean_utilisation += link.utilisation;
  }
  std::vector<LinkClassUse> used;
  for (std::size_t kind = 0; kind < classes.size(); ++kind) {
    LinkClassUse& use = classes[kind];
    if (use.links == 0) continue;
    use.kind = static_cast<LinkKind>(kind);
    use.mean_utilisation /= use.links;
    used.push_back(use);
  }
  return used;
}

}  // namespace simulator
