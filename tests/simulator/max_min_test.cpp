// Many flows over several links at once against max-min fairness worked out step by step: no link carries
// more than it can, also when many flows begin in the same moment.
#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::Flow;
using simulator::LinkId;

namespace {

// Links of one node, all with given capacities, and flows over any of them.
struct Links {
  explicit Links(std::vector<double> capacities_)
      : capacities(std::move(capacities_)),
        cluster(tests::small_cluster(1, static_cast<int>(capacities.size()), 1)),
        map(cluster, {}),
        table(map, simulator::Spine::even) {
    for (std::size_t i = 0; i < capacities.size(); ++i) {
      used.emplace_back(static_cast<std::int64_t>(i));
      table.degrade(used[i], capacities[i] / table[used[i]].capacity.value);
    }
  }
  Flow flow(const std::vector<std::size_t>& way, double bytes, double alpha) const {
    Flow flow;
    flow.route.rate = std::numeric_limits<double>::infinity();
    for (const std::size_t link : way) {
      flow.route.links[flow.route.count++] = used[link];
      flow.route.rate = std::min(flow.route.rate, table[used[link]].capacity.value);
    }
    flow.bytes = bytes;
    flow.alpha = alpha;
    return flow;
  }

  std::vector<double> capacities;
  costmodel::ClusterSpec cluster;
  costmodel::ClusterMap map;
  simulator::LinkTable table;
  std::vector<LinkId> used;
};

struct TimedFlow {
  Flow flow;
  double start = 0;
};

// All flows on SimGrid; each starts by a timer.
std::vector<double> simulated(const Links& links, const std::vector<TimedFlow>& flows) {
  struct Player final : simulator::SimGridNetwork::Events {
    Player(simulator::SimGridNetwork& network_, const std::vector<TimedFlow>& flows_)
        : network(network_), flows(flows_), ends(flows_.size()) {}
    void timer_fired(std::uint32_t i) override { network.start(flows[i].flow, i); }
    void flow_ended(std::uint32_t i) override { ends[i] = network.now() - base; }
    simulator::SimGridNetwork& network;
    const std::vector<TimedFlow>& flows;
    double base = network.now();
    std::vector<double> ends;
  };
  return tests::in_child([&] {
    simulator::SimGridNetwork network(links.table, links.used);
    Player player(network, flows);
    for (std::uint32_t i = 0; i < flows.size(); ++i) network.set_timer(player.base + flows[i].start, i);
    network.run(player);
    return player.ends;
  });
}

// Max-min by progressive filling: of the links that still have flows without a rate, the one whose share is
// smallest gives it to them.
std::vector<double> fair_rates(const Links& links, const std::vector<TimedFlow>& flows,
                               const std::vector<bool>& moves) {
  std::vector<double> rate(flows.size(), 0.0), left = links.capacities;
  std::vector<bool> open = moves;
  const auto crosses = [&](std::size_t i, std::size_t link) {
    const auto way = flows[i].flow.route.way();
    return std::find(way.begin(), way.end(), links.used[link]) != way.end();
  };
  for (;;) {
    std::size_t narrowest = left.size();
    double share = std::numeric_limits<double>::infinity();
    for (std::size_t link = 0; link < left.size(); ++link) {
      int count = 0;
      for (std::size_t i = 0; i < flows.size(); ++i) count += open[i] && crosses(i, link) ? 1 : 0;
      if (count == 0 || left[link] / count >= share) continue;
      share = left[link] / count;
      narrowest = link;
    }
    if (narrowest == left.size()) return rate;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (!open[i] || !crosses(i, narrowest)) continue;
      rate[i] = share;
      open[i] = false;
      for (std::size_t link = 0; link < left.size(); ++link)
        if (crosses(i, link)) left[link] = std::max(0.0, left[link] - share);
    }
  }
}

// From one moment in which something begins or ends to the next.
std::vector<double> by_hand(const Links& links, const std::vector<TimedFlow>& flows) {
  std::vector<double> left, begin, end(flows.size(), 0.0);
  for (const TimedFlow& flow : flows)
    left.push_back(flow.flow.bytes), begin.push_back(flow.start + flow.flow.alpha);
  for (double now = 0;;) {
    std::vector<bool> moves;
    for (std::size_t i = 0; i < flows.size(); ++i) moves.push_back(left[i] > 0 && begin[i] <= now);
    const std::vector<double> rate = fair_rates(links, flows, moves);
    double next = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < flows.size(); ++i)
      if (left[i] > 0) next = std::min(next, moves[i] ? now + left[i] / rate[i] : begin[i]);
    if (next == std::numeric_limits<double>::infinity()) return end;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (!moves[i]) continue;
      left[i] -= (next - now) * rate[i];
      if (left[i] <= 1e-9 * flows[i].flow.bytes) left[i] = 0, end[i] = next;
    }
    now = next;
  }
}

}  // namespace

TEST_CASE("flows whose latency ends in the same moment share every link of their way") {
  // Two cards (0, 1) with a message inside the node each, and one from each over a narrow uplink (2).
  const Links links({100e9, 100e9, 10e9});
  const double alpha = 5e-6;
  const std::vector<double> ends = simulated(links, {{links.flow({0}, 1e6, alpha)},
                                                     {links.flow({1}, 1e6, alpha)},
                                                     {links.flow({0, 2}, 1e6, alpha)},
                                                     {links.flow({1, 2}, 1e6, alpha)}});
  // 5 GB/s each of the uplink, and the 95 GB/s that are left of each card.
  for (const std::size_t inside : {0U, 1U}) CHECK(ends[inside] == Approx(alpha + 1e6 / 95e9).epsilon(1e-12));
  for (const std::size_t out : {2U, 3U}) CHECK(ends[out] == Approx(alpha + 2e6 / 10e9).epsilon(1e-12));
}

TEST_CASE("any flows on any links share them max-min fairly") {
  std::mt19937 random(3);
  const auto pick = [&](int below) {
    return static_cast<std::size_t>(random() % static_cast<unsigned>(below));
  };
  for (int round = 0; round < 40; ++round) {
    std::vector<double> capacities;
    for (int link = 0; link < 6; ++link)
      capacities.push_back(1e9 * std::vector{10.0, 25.0, 40.0, 100.0}[pick(4)]);
    const Links links(capacities);
    std::vector<TimedFlow> flows;
    for (int f = 0; f < 24; ++f) {
      std::vector<std::size_t> all{0, 1, 2, 3, 4, 5};
      std::shuffle(all.begin(), all.end(), random);
      all.resize(1 + pick(4));
      // Few different moments and latencies, so that many begin together.
      flows.push_back(
          {links.flow(all, 1e5 * static_cast<double>(1 + pick(5)), 1e-6 * static_cast<double>(pick(3))),
           1e-5 * static_cast<double>(pick(3))});
    }
    CAPTURE(round);
    CHECK(tests::worst_difference(simulated(links, flows), by_hand(links, flows)) < 1e-9);
  }
}

TEST_CASE("a flow that cannot be started is an error, not a wait without end") {
  const Links links({1e6, 1e6});
  Flow wrong = links.flow({0}, 1e6, 1e-6);
  wrong.route.rate = 1.0;
  const auto ends = tests::try_in_child(
      [&] {
        struct Starter final : simulator::SimGridNetwork::Events {
          Starter(simulator::SimGridNetwork& network_, const Flow& flow_) : network(network_), flow(flow_) {}
          void timer_fired(std::uint32_t i) override { network.start(flow, i); }
          void flow_ended(std::uint32_t) override {}
          simulator::SimGridNetwork& network;
          const Flow& flow;
        };
        simulator::SimGridNetwork network(links.table, links.used);
        Starter starter(network, wrong);
        network.set_timer(network.now() + 1e-3, 0);
        network.run(starter);
        return std::vector<double>{};
      },
      20);
  CHECK(ends.failure == "the child failed: a flow has a rate that no GPU of the cluster has\n");
}

TEST_CASE("flows end however much longer than the ones before they take") {
  // Steps that more than double the clock: some of these would end a rounding error too late to be seen.
  const Links links({1e6, 1e6, 1e6, 1e6});
  std::mt19937 random(1);
  std::uniform_real_distribution<double> share(0.1, 1);
  for (int round = 0; round < 300; ++round) {
    const double longer = std::vector{1.0, 100.0, 1e4}[static_cast<std::size_t>(round % 3)];
    std::vector<TimedFlow> flows;
    for (int i = 0; i < 2 + round % 3; ++i)
      flows.push_back(
          {links.flow({static_cast<std::size_t>(i)}, 1e6 * share(random) * (i == 0 ? 1.0 : longer * (1 + i)),
                      round % 2 * 1e-6 * share(random)),
           1e-2 * (round % 5) * share(random)});
    const std::vector<double> ends = simulated(links, flows);
    for (std::size_t i = 0; i < flows.size(); ++i) {
      CAPTURE(round, i);
      CHECK(ends[i] == Approx(flows[i].start + flows[i].flow.alone()).epsilon(1e-7));
    }
  }
}
