#include "gui/timeline/timeline_scene.h"

#include <algorithm>

namespace gui {

double TimelineScene::longest() const {
  double longest = 0;
  for (const auto& list : {predicted, measured})
    for (const auto& prepared : list)
      if (prepared) longest = std::max(longest, prepared->trace.duration);
  return longest;
}

void TimelineScene::show_only(const std::optional<SliceFilter>& wanted) {
  filter = wanted;
  for (std::size_t slot = 0; slot < predicted.size(); ++slot)
    passing[slot] = filter && predicted[slot] ? filtered_rows(predicted[slot]->trace, *filter) : nullptr;
}

}  // namespace gui
