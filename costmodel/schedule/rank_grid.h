// Ranks as coordinates: tensor varies fastest, then ulysses, inner ring, outer ring, data.
//
// So tensor and Ulysses groups are neighbours inside a node, and a ring's inner groups are neighbours too.
#pragma once

#include "costmodel/base/index.h"
#include "costmodel/plan/plan.h"

namespace costmodel {

struct RankCoordinates {
  int tensor = 0;
  int ulysses = 0;
  int inner = 0;
  int outer = 0;
  int data = 0;
};

struct RankGrid {
  int tensor = 1;
  int ulysses = 1;
  int inner = 1;  // ring positions are outer x inner + inner coordinate
  int outer = 1;
  int data = 1;

  static RankGrid of(const Plan& plan) {
    return {plan.tensor, plan.ulysses, plan.inner_ring, plan.ring / plan.inner_ring, plan.data};
  }
  int size() const { return tensor * ulysses * inner * outer * data; }
  int ring() const { return inner * outer; }

  RankCoordinates coordinates(Rank rank) const {
    int r = rank.value;
    RankCoordinates c;
    c.tensor = r % tensor, r /= tensor;
    c.ulysses = r % ulysses, r /= ulysses;
    c.inner = r % inner, r /= inner;
    c.outer = r % outer, r /= outer;
    c.data = r;
    return c;
  }
  Rank rank(const RankCoordinates& c) const {
    return Rank((((c.data * outer + c.outer) * inner + c.inner) * ulysses + c.ulysses) * tensor + c.tensor);
  }
  int ring_position(const RankCoordinates& c) const { return c.outer * inner + c.inner; }
};

// A move on the ring: `outer` nodes-rings on, `inner` places on inside.  A flat ring moves by {0, 1}.
struct RingShift {
  int outer = 0;
  int inner = 0;

  friend bool operator==(const RingShift&, const RingShift&) = default;
};

// The coordinates after a move; -shift gives where a block that made this move came from.
inline RankCoordinates shifted(const RankGrid& grid, RankCoordinates c, RingShift shift) {
  c.outer = ((c.outer + shift.outer) % grid.outer + grid.outer) % grid.outer;
  c.inner = ((c.inner + shift.inner) % grid.inner + grid.inner) % grid.inner;
  return c;
}

// A set of ranks that take part in one collective.
enum class GroupKind {
  tensor,
  ulysses,
  ring,
  context,   // ulysses x ring: the ranks that share a sequence
  replicas,  // all ranks that hold the same weights: context x data
};

constexpr int group_kind_count = 5;

inline int group_size(const RankGrid& grid, GroupKind kind) {
  switch (kind) {
    case GroupKind::tensor: return grid.tensor;
    case GroupKind::ulysses: return grid.ulysses;
    case GroupKind::ring: return grid.ring();
    case GroupKind::context: return grid.ulysses * grid.ring();
    case GroupKind::replicas: return grid.ulysses * grid.ring() * grid.data;
  }
  return 1;
}

// Distance in ranks between neighbours of a group (a ring group is contiguous in steps of this stride).
inline int group_stride(const RankGrid& grid, GroupKind kind) {
  switch (kind) {
    case GroupKind::tensor: return 1;
    case GroupKind::ulysses: return grid.tensor;
    case GroupKind::ring: return grid.tensor * grid.ulysses;
    case GroupKind::context:
    case GroupKind::replicas: return grid.tensor;
  }
  return 1;
}

}  // namespace costmodel
