// The rows of a heat map of links: one link each while there is room, else a node's, else those of several
// nodes.  A row with several links shows the busiest of them at every moment.
#pragma once

#include <optional>
#include <span>

#include "gui/models/link_use.h"

namespace gui {

struct LinkRow {
  QString label;  // "node3.gpu5.out"; "node3, 8 links"; "node8 to node15, 64 links"
  QString kind;
  std::vector<std::size_t> links;  // of the LinkUse
  std::vector<float> utilisation;  // by slice, of the busiest
};

enum class LinkDetail { links, nodes, blocks };

struct LinkRows {
  LinkDetail detail = LinkDetail::links;
  std::vector<LinkRow> rows;                                 // by kind, in the order of the cluster
  int rowOf(const QString& link, const LinkUse& use) const;  // -1
};

// At most so many rows, and at least one per kind.
LinkRows linkRows(const LinkUse& use, std::size_t most_rows);

// "node3" of "node3.nic2.in".
QString nodeOf(const QString& link);
// A utilisation by slice between two moments: its mean over the time that was recorded; NaN where none was.
// Phases that overlap add up, since their flows share the links.
double shareBetween(const LinkUse& use, std::span<const float> by_slice, double from, double to);
// Whether anything was recorded at a moment.
bool recordedAt(const LinkUse& use, double t);
// The fullest of some links at a moment.
struct LinkMoment {
  std::size_t link = 0, slice = 0;
  double utilisation = 0;
};
std::optional<LinkMoment> fullestAt(const LinkUse& use, const std::vector<std::size_t>& links, double t);

}  // namespace gui
