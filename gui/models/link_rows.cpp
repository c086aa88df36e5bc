#include "gui/models/link_rows.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <limits>
#include <map>

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

// From the GPU outwards.
int rankOf(const QString& kind) {
  constexpr std::array order{"GPU out", "GPU in", "GPU pair", "socket bridge", "NIC out", "NIC in"};
  for (std::size_t i = 0; i < order.size(); ++i)
    if (kind.compare(QLatin1String(order[i]), Qt::CaseInsensitive) == 0) return static_cast<int>(i);
  return static_cast<int>(order.size());  // leaves
}

struct Group {
  QString first, last;  // nodes
  std::vector<std::size_t> links;
};

QString labelOf(const Group& group, const LinkUse& use) {
  if (group.links.size() == 1) return use.links[group.links.front()].name;
  const QString nodes = group.first == group.last ? group.first : tr("%1 to %2").arg(group.first, group.last);
  return tr("%1, %2 links").arg(nodes).arg(group.links.size());
}

// The links of each kind, in order of appearance, which is that of the cluster.
using Kinds = std::vector<std::pair<QString, std::vector<std::size_t>>>;
Kinds kindsOf(const LinkUse& use) {
  Kinds kinds;
  for (std::size_t l = 0; l < use.links.size(); ++l) {
    auto found = std::find_if(kinds.begin(), kinds.end(),
                              [&](const auto& kind) { return kind.first == use.links[l].kind; });
    if (found == kinds.end()) found = kinds.insert(kinds.end(), {use.links[l].kind, {}});
    found->second.push_back(l);
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return rankOf(a.first) < rankOf(b.first); });
  return kinds;
}

std::vector<Group> byNode(const LinkUse& use, const std::vector<std::size_t>& links) {
  std::vector<Group> groups;
  for (const std::size_t link : links) {
    const QString node = nodeOf(use.links[link].name);
    if (groups.empty() || groups.back().last != node) groups.push_back({node, node, {}});
    groups.back().links.push_back(link);
  }
  return groups;
}

std::vector<Group> merged(const std::vector<Group>& groups, std::size_t together) {
  std::vector<Group> blocks;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (g % together == 0) blocks.push_back({groups[g].first, groups[g].last, {}});
    blocks.back().last = groups[g].last;
    blocks.back().links.insert(blocks.back().links.end(), groups[g].links.begin(), groups[g].links.end());
  }
  return blocks;
}

LinkRow rowOf(const Group& group, const QString& kind, const LinkUse& use) {
  LinkRow row{labelOf(group, use), kind, group.links, std::vector<float>(use.slices.size(), 0)};
  for (const std::size_t link : group.links)
    for (std::size_t s = 0; s < use.slices.size(); ++s)
      row.utilisation[s] = std::max(row.utilisation[s], use.utilisation[use.at(link, s)]);
  return row;
}

// The first slice of a phase that ends after a moment.
std::size_t firstAfter(const LinkUse& use, const LinkPhase& phase, double t) {
  const auto first = use.slices.begin() + static_cast<std::ptrdiff_t>(phase.first_slice);
  const auto found = std::partition_point(first, first + static_cast<std::ptrdiff_t>(phase.slice_count),
                                          [&](const LinkSlice& slice) { return slice.end <= t; });
  return std::min(static_cast<std::size_t>(found - first), phase.slice_count - 1);
}

}  // namespace

QString nodeOf(const QString& link) { return link.section(QLatin1Char('.'), 0, 0); }

int LinkRows::rowOf(const QString& link, const LinkUse& use) const {
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (const std::size_t each : rows[r].links)
      if (use.links[each].name == link) return static_cast<int>(r);
  return -1;
}

LinkRows linkRows(const LinkUse& use, std::size_t most_rows) {
  LinkRows result;
  const Kinds kinds = kindsOf(use);
  std::size_t nodes = 0;  // rows when there is one per node
  for (const auto& [kind, links] : kinds) nodes += byNode(use, links).size();
  std::size_t together = 1;
  if (use.links.size() > most_rows) {
    result.detail = LinkDetail::nodes;
    while (nodes / together > most_rows) together *= 2;
    if (together > 1) result.detail = LinkDetail::blocks;
  }
  for (const auto& [kind, links] : kinds) {
    if (result.detail == LinkDetail::links) {
      for (const std::size_t link : links)
        result.rows.push_back(
            rowOf({nodeOf(use.links[link].name), nodeOf(use.links[link].name), {link}}, kind, use));
      continue;
    }
    for (const Group& group : merged(byNode(use, links), together))
      result.rows.push_back(rowOf(group, kind, use));
  }
  return result;
}

bool recordedAt(const LinkUse& use, double t) {
  return std::any_of(use.phases.begin(), use.phases.end(),
                     [&](const LinkPhase& phase) { return t >= phase.begin && t < phase.end; });
}

std::optional<LinkMoment> fullestAt(const LinkUse& use, const std::vector<std::size_t>& links, double t) {
  std::optional<LinkMoment> fullest;
  for (const LinkPhase& phase : use.phases) {
    if (t < phase.begin || t >= phase.end) continue;
    const std::size_t slice = phase.first_slice + firstAfter(use, phase, t);
    for (const std::size_t link : links) {
      const double utilisation = static_cast<double>(use.utilisation[use.at(link, slice)]);
      if (!fullest || utilisation > fullest->utilisation) fullest = LinkMoment{link, slice, utilisation};
    }
  }
  return fullest;
}

double shareBetween(const LinkUse& use, std::span<const float> by_slice, double from, double to) {
  double covered = 0, sum = 0, covered_to = from;
  for (const LinkPhase& phase : use.phases) {
    if (phase.end <= from || phase.begin >= to) continue;
    const double begin = std::max(covered_to, phase.begin), end = std::min(to, phase.end);
    covered += std::max(0.0, end - begin);
    covered_to = std::max(covered_to, end);
    for (std::size_t k = firstAfter(use, phase, from); k < phase.slice_count; ++k) {
      const LinkSlice& slice = use.slices[phase.first_slice + k];
      if (slice.begin >= to) break;
      const double length = std::min(to, slice.end) - std::max(from, slice.begin);
      sum += std::max(0.0, length) * static_cast<double>(by_slice[phase.first_slice + k]);
    }
  }
  return covered > 0 ? sum / covered : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace gui
