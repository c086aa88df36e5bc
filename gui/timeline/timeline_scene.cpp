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

}  // namespace gui
