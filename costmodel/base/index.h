// Positions that cannot be mixed up: a Rank is not a BufferId although both are small integers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace costmodel {

template <class Tag>
struct Index {
  std::int32_t value = 0;

  constexpr Index() = default;
  constexpr explicit Index(std::int64_t v) : value(static_cast<std::int32_t>(v)) {}
  constexpr std::size_t at() const { return static_cast<std::size_t>(value); }  // for subscripts
  friend constexpr auto operator<=>(Index, Index) = default;
};

using Rank = Index<struct RankTag>;        // one process driving one GPU; global index in a plan
using DeviceId = Index<struct DeviceTag>;  // a GPU of the cluster, nodes in order
using NodeId = Index<struct NodeTag>;      // a host with its GPUs
using OpId = Index<struct OpTag>;          // an operation of one phase
using WorkId = Index<struct WorkTag>;      // an entry in the table of distinct work items of one phase
using BufferId = Index<struct BufferTag>;  // a buffer of one phase

}  // namespace costmodel

template <class Tag>
struct std::hash<costmodel::Index<Tag>> {
  std::size_t operator()(costmodel::Index<Tag> i) const noexcept {
    return std::hash<std::int32_t>{}(i.value);
  }
};
