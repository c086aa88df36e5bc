#include "simulator/sharing.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace simulator {

using costmodel::OpKind;

namespace {

// One work item (a transfer or a collective) of one rank on a link.
struct Use {
  bool collective = false;
  std::int32_t work = 0;
  std::int32_t sender = 0, receiver = 0;
};

// Operations by work item, in program order.
struct WorkOps {
  std::vector<std::vector<std::size_t>> transfers, collectives;

  explicit WorkOps(const PhaseProgram& program) {
    transfers.resize(program.phase().transfers.size());
    collectives.resize(program.phase().collectives.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
      const costmodel::Op& op = program.op(i);
      if (op.kind == OpKind::exchange) transfers[static_cast<std::size_t>(op.work)].push_back(i);
      if (op.kind == OpKind::collective) collectives[static_cast<std::size_t>(op.work)].push_back(i);
    }
  }
  const std::vector<std::size_t>& of(bool collective, std::int32_t work) const {
    return (collective ? collectives : transfers)[static_cast<std::size_t>(work)];
  }
};

class Chains {
 public:
  explicit Chains(const PhaseProgram& program) : program_(program), ops_(program) {}

  // Whether the operations of these work items follow each other on a rank that takes part in all.
  bool ordered(const std::set<std::pair<bool, std::int32_t>>& works) {
    const auto [known, is_new] = verdicts_.try_emplace(works, true);
    if (is_new) known->second = check(works);
    return known->second;
  }

 private:
  bool check(const std::set<std::pair<bool, std::int32_t>>& works) const {
    std::vector<std::size_t> all;
    for (const auto& [collective, work] : works) {
      const std::vector<std::size_t>& ops = ops_.of(collective, work);
      all.insert(all.end(), ops.begin(), ops.end());
    }
    std::sort(all.begin(), all.end());
    for (std::size_t k = 1; k < all.size(); ++k)
      if (!program_.ordered(all[k - 1], all[k])) return false;
    return true;
  }
  const PhaseProgram& program_;
  WorkOps ops_;
  std::map<std::set<std::pair<bool, std::int32_t>>, bool> verdicts_;
};

// The uses of every link, as a list sorted by link.
std::vector<std::pair<LinkId, Use>> all_uses(const PhaseFlows& flows) {
  std::vector<std::pair<LinkId, Use>> uses;
  const auto add = [&](const Flow& flow, const Use& use) {
    for (const LinkId link : flow.route.way()) uses.emplace_back(link, use);
  };
  for (std::size_t t = 0; t < flows.transfers.size(); ++t) {
    const TransferFlows& transfer = flows.transfers[t];
    for (std::size_t w = 0; w < transfer.flows.size(); ++w)
      add(transfer.flows[w],
          {false, static_cast<std::int32_t>(t), static_cast<std::int32_t>(w), transfer.to[w]});
  }
  for (std::size_t c = 0; c < flows.collectives.size(); ++c)
    for (std::size_t w = 0; w + 1 < flows.collectives[c].first.size(); ++w)
      for (const Flow& flow : flows.collectives[c].of(w)) {
        const std::int32_t rank = static_cast<std::int32_t>(w);
        add(flow, {true, static_cast<std::int32_t>(c), rank, rank});
      }
  std::stable_sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return uses;
}

// Whether some rank takes part in every use: as an end of the exchanges, as a member of the collectives.
bool one_rank_in_all(const PhaseFlows& flows, std::span<const std::pair<LinkId, Use>> uses) {
  const auto exchange =
      std::find_if(uses.begin(), uses.end(), [](const auto& use) { return !use.second.collective; });
  const Use& first = exchange == uses.end() ? uses.front().second : exchange->second;
  const auto in_all = [&](std::int32_t rank) {
    return std::all_of(uses.begin(), uses.end(), [&](const auto& entry) {
      const Use& use = entry.second;
      if (!use.collective) return use.sender == rank || use.receiver == rank;
      const std::vector<std::int32_t>& group = flows.collectives[static_cast<std::size_t>(use.work)].group;
      return group[static_cast<std::size_t>(use.sender)] == group[static_cast<std::size_t>(rank)];
    });
  };
  return in_all(first.sender) || in_all(first.receiver);
}

}  // namespace

SharedLinks shared_links(const PhaseProgram& program, const PhaseFlows& flows) {
  SharedLinks result;
  Chains chains(program);
  const std::vector<std::pair<LinkId, Use>> uses = all_uses(flows);
  for (std::size_t begin = 0, end = 0; begin < uses.size(); begin = end) {
    while (end < uses.size() && uses[end].first == uses[begin].first) ++end;
    std::set<std::pair<bool, std::int32_t>> works;
    std::set<std::int32_t> senders;
    bool twice = false;  // one work item more than once: flows of several ranks, or side by side
    for (std::size_t k = begin; k < end; ++k) {
      twice |= !works.emplace(uses[k].second.collective, uses[k].second.work).second;
      senders.insert(uses[k].second.sender);
    }
    const std::span<const std::pair<LinkId, Use>> here(uses.data() + begin, end - begin);
    if (!twice && one_rank_in_all(flows, here) && chains.ordered(works)) continue;
    result.links.push_back(uses[begin].first);
    if (senders.size() <= result.most_senders) continue;
    result.most_senders = senders.size();
    result.busiest = uses[begin].first;
  }
  return result;
}

}  // namespace simulator
