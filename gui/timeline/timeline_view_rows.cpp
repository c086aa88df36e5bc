// From row to row of the timeline by keyboard, and the folding of nodes.
#include <QAccessible>
#include <QLabel>
#include <QScrollBar>
#include <algorithm>

#include "gui/timeline/slice_lookup.h"
#include "gui/timeline/slice_text.h"
#include "gui/timeline/timeline_view.h"

namespace gui {

void TimelineView::moveSelection(int rows, int slices) {
  if (rows != 0) {
    moveDown(rows);
    return;
  }
  if (!scene_.selected) {
    if (!scene_.header && !layout_.rows.empty()) enterRow(layout_.rows.front());
    return;
  }
  if (const auto next =
          neighbour(scene_, *scene_.selected, slices > 0 ? Search::forward : Search::backward)) {
    select(next);
    reveal(*next);
  }
}

// Rows and the headers of nodes are stops on one way from top to bottom.
void TimelineView::moveDown(int stops) {
  struct Stop {
    double top;
    const RowPlace* row;
    const NodeHeader* node;
  };
  std::vector<Stop> way;
  for (const RowPlace& row : layout_.rows) {
    const TraceRow& slices = scene_.trace(row.slot, row.layer)->trace.rows[row.row];
    if (slices.size() > 0) way.push_back({row.band.top(), &row, nullptr});
  }
  for (const NodeHeader& node : layout_.nodes) way.push_back({node.band.top(), nullptr, &node});
  if (way.empty()) return;
  std::sort(way.begin(), way.end(), [](const Stop& a, const Stop& b) { return a.top < b.top; });
  const RowPlace* row = scene_.selected ? layout_.place_of(*scene_.selected) : nullptr;
  const NodeHeader* node = scene_.header ? layout_.place_of(*scene_.header) : nullptr;
  const auto now = std::find_if(way.begin(), way.end(), [&](const Stop& stop) {
    return (row && stop.row == row) || (node && stop.node == node);
  });
  const auto at = now == way.end() ? std::ptrdiff_t{0} : now - way.begin() + stops;
  if (at < 0 || at >= static_cast<std::ptrdiff_t>(way.size())) return;
  const Stop& target = way[static_cast<std::size_t>(at)];
  if (target.node) {
    chooseHeader(target.node->ref);
    return;
  }
  enterRow(*target.row);
}

// At the time of the chosen slice, else where the view begins.
void TimelineView::enterRow(const RowPlace& row) {
  const TraceRow& slices = scene_.trace(row.slot, row.layer)->trace.rows[row.row];
  if (slices.size() == 0) return;
  const double start =
      scene_.selected ? scene_.row(*scene_.selected)->start(scene_.selected->slice) : scene_.range.now().from;
  const SliceRef next{row.slot, row.layer, row.row, std::min(slices.first_after(start), slices.size() - 1)};
  select(next);
  reveal(next);
}

void TimelineView::chooseHeader(const std::optional<NodeRef>& node) {
  select({});
  scene_.header = node;
  update();
  const NodeHeader* place = node ? layout_.place_of(*node) : nullptr;
  if (!place) return;
  setAccessibleDescription(node_text(*place));
  QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&changed);
  if (place->band.top() < layout_.plot.top() || place->band.bottom() > layout_.plot.bottom())
    scroll_->setValue(scroll_->value() +
                      static_cast<int>(place->band.center().y() - layout_.plot.center().y()));
}

void TimelineView::foldNode() {
  std::optional<NodeRef> node = scene_.header;
  if (!node && scene_.selected) {
    const TimelineTrace& trace = scene_.trace(*scene_.selected)->trace;
    for (const TraceRank& rank : trace.ranks)
      if (rank.rank == scene_.row(*scene_.selected)->rank) node = NodeRef{scene_.selected->slot, rank.node};
  }
  for (const NodeHeader& place : layout_.nodes)
    if (!node && place.band.top() >= layout_.plot.top()) node = place.ref;
  if (node && layout_.place_of(*node)) toggleNode(*node);
}

void TimelineView::foldAllNodes() {
  std::set<int> all;
  for (const NodeHeader& place : layout_.nodes) all.insert(place.ref.node);
  if (all.empty()) return;
  const bool every = std::includes(scene_.folded.begin(), scene_.folded.end(), all.begin(), all.end());
  fold(every ? std::set<int>() : all);
}

void TimelineView::toggleNode(const NodeRef& node) {
  std::set<int> folded = scene_.folded;
  if (folded.erase(node.node) == 0) folded.insert(node.node);
  fold(folded);
  chooseHeader(node);
}

// What is chosen may be among what folds, and is no more then.
void TimelineView::fold(const std::set<int>& nodes) {
  if (nodes == scene_.folded) return;
  scene_.folded = nodes;
  pinned_->hide();
  scene_.hovered.reset();
  layOut();
  if (scene_.selected && !layout_.place_of(*scene_.selected)) select({});
  if (!scene_.search.isEmpty()) scene_.matches = match_count(scene_, layout_, scene_.search);
  update();
}

void TimelineView::openNodeOf(int rank) {
  std::set<int> folded = scene_.folded;
  for (const auto& list : {scene_.predicted, scene_.measured})
    for (const auto& prepared : list)
      if (prepared)
        for (const TraceRank& candidate : prepared->trace.ranks)
          if (candidate.rank == rank) folded.erase(candidate.node);
  fold(folded);
}

}  // namespace gui
