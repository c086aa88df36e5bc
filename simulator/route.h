// The way of a message through the cluster: its links, its latency, and what it can reach at most alone.
//
// Routes are worked out by arithmetic from the two places, never stored for all pairs.  A failed card is
// replaced by the next one of its node, a failed pair link of a mesh by a third GPU, a failed uplink by the
// next spine; where nothing is left the router says which link is missing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "costmodel/base/error.h"
#include "simulator/link_table.h"

namespace simulator {

// A failed link that nothing replaces: an answer, not a mistake of the user.
class CutOff : public costmodel::Error {
 public:
  using costmodel::Error::Error;
};

struct Route {
  static constexpr std::size_t capacity = 8;
  std::array<LinkId, capacity> links{};
  std::uint8_t count = 0;
  costmodel::LinkClass link_class = costmodel::LinkClass::self;
  double rate = 0;  // B/s alone: the smallest capacity on the way; infinite to itself

  std::span<const LinkId> way() const { return {links.data(), count}; }
};

// Simulated nodes stand for many when a symmetric cluster is folded: link ids are those of the image.
struct FoldedNodes {
  int nodes = 0;  // 0: not folded
};

class Router {
 public:
  Router(const LinkTable& links, std::uint64_t hash_seed, FoldedNodes fold = {});

  // From one GPU to one other, over the link that those two have.
  Route exchange(costmodel::Rank from, costmodel::Rank to) const;
  // From a GPU to a neighbour inside its node as part of a collective, which uses all of the GPU's links.
  Route inside(costmodel::Rank from, costmodel::Rank to) const;
  // From a card to one of another node, within the leaf or over the spine.
  Route outside(costmodel::Rank from, costmodel::Rank to) const;

  // Latency of an empty message that leaves this rank.
  costmodel::Seconds alpha(costmodel::Rank from, costmodel::LinkClass link) const;
  const LinkTable& links() const { return *links_; }
  // Routes so far that had to avoid a failed link.
  std::size_t rerouted() const { return rerouted_; }

 private:
  costmodel::Place image(costmodel::Place place) const;
  void push(Route& route, LinkId id) const;
  LinkId alive(LinkId id) const;
  int card(const costmodel::Place& place, bool out) const;
  void push_spine(Route& route, costmodel::Rank from, costmodel::Rank to, const costmodel::Place& a,
                  const costmodel::Place& b) const;

  const LinkTable* links_;
  std::uint64_t seed_;
  FoldedNodes fold_;
  mutable std::size_t rerouted_ = 0;
};

}  // namespace simulator
