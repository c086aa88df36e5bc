// Ranks as a message names them: "rank 3", "ranks 1, 2, 5", the first eight of many.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace kernels {

inline std::string rank_list(const std::vector<int>& ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  constexpr std::size_t shown = 8;
  for (std::size_t i = 0; i < std::min(ranks.size(), shown); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(ranks[i]);
  if (ranks.size() > shown) text += " and " + std::to_string(ranks.size() - shown) + " more";
  return text;
}

}  // namespace kernels
