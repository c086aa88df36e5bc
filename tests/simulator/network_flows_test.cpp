// SimGrid with our settings against answers worked out by hand: transfers alone, equal shares whatever the
// latency, max-min over several links.
#include <algorithm>
#include <vector>

#include "tests/simulator/simulated_case.h"

using simulator::Flow;
using simulator::LinkId;

namespace {

struct TimedFlow {
  Flow flow;
  double start = 0;
};

// Starts flows by timers and notes when they end.
class Player final : public simulator::SimGridNetwork::Events {
 public:
  Player(simulator::SimGridNetwork& network, const std::vector<TimedFlow>& flows)
      : network_(network), flows_(flows), base_(network.now()), ends_(flows.size()) {}
  std::vector<double> play() {
    for (std::uint32_t i = 0; i < flows_.size(); ++i) network_.set_timer(base_ + flows_[i].start, i);
    network_.run(*this);
    return ends_;
  }
  void timer_fired(std::uint32_t i) override { network_.start(flows_[i].flow, i); }
  void flow_ended(std::uint32_t i) override { ends_[i] = network_.now() - base_; }

 private:
  simulator::SimGridNetwork& network_;
  const std::vector<TimedFlow>& flows_;
  double base_;
  std::vector<double> ends_;
};

// Two links of a small cluster, with other capacities.
struct TwoLinks {
  TwoLinks(double a, double b, double per_gpu = 400e9)
      : cluster(cluster_of(per_gpu)), map(cluster, {}), links(map, simulator::Spine::even) {
    used = {links.nic_out(0, 0), links.nic_out(0, 1)};
    links.degrade(used[0], a / links[used[0]].capacity.value);
    links.degrade(used[1], b / links[used[1]].capacity.value);
  }
  static costmodel::ClusterSpec cluster_of(double per_gpu) {
    costmodel::ClusterSpec cluster = tests::small_cluster(1, 2, 2);
    cluster.groups[0].node.scale_up.per_gpu.value = costmodel::BytesPerSecond(per_gpu);
    return cluster;
  }
  Flow flow(std::vector<int> way, double bytes, double alpha = 0) const {
    Flow flow;
    flow.route.rate = 1e30;
    for (const int link : way) {
      flow.route.links[flow.route.count++] = used[static_cast<std::size_t>(link)];
      flow.route.rate = std::min(flow.route.rate, links[used[static_cast<std::size_t>(link)]].capacity.value);
    }
    flow.bytes = bytes;
    flow.alpha = alpha;
    return flow;
  }
  std::vector<double> ends_of(const std::vector<TimedFlow>& flows) const {
    return tests::in_child([&] {
      simulator::SimGridNetwork network(links, used);
      return Player(network, flows).play();
    });
  }

  costmodel::ClusterSpec cluster;
  costmodel::ClusterMap map;
  simulator::LinkTable links;
  std::vector<LinkId> used;
};

// Flows of one link that share it equally while they move: the fluid answer, event by event.
std::vector<double> equal_shares(const std::vector<TimedFlow>& flows, double capacity) {
  std::vector<double> left, begin, end(flows.size(), 0.0);
  for (const TimedFlow& flow : flows)
    left.push_back(flow.flow.bytes), begin.push_back(flow.start + flow.flow.alpha);
  double now = 0;
  for (;;) {
    double next = std::numeric_limits<double>::infinity();
    double movers = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
      if (left[i] > 0 && begin[i] <= now) ++movers;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i] <= 0) continue;
      next = std::min(next, begin[i] <= now ? now + left[i] * movers / capacity : begin[i]);
    }
    if (next == std::numeric_limits<double>::infinity()) return end;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i] <= 0 || begin[i] > now) continue;
      const double rest = left[i] - (next - now) * capacity / movers;
      left[i] = rest < 1e-12 * flows[i].flow.bytes ? 0 : rest;
      if (left[i] <= 0) end[i] = next;
    }
    now = next;
  }
}

}  // namespace

TEST_CASE("a transfer alone takes alpha + bytes / bandwidth") {
  const TwoLinks two(50e9, 400e9);
  for (const double bytes : {1e3, 1e6, 1e9})
    for (const double alpha : {0.0, 2e-6, 5e-6}) {
      const std::vector<double> ends =
          two.ends_of({{two.flow({0}, bytes, alpha)}, {two.flow({1}, bytes, alpha)}});
      CAPTURE(bytes, alpha);
      CHECK(ends[0] == Approx(alpha + bytes / 50e9).epsilon(1e-12));
      CHECK(ends[1] == Approx(alpha + bytes / 400e9).epsilon(1e-12));
    }
  CHECK(two.ends_of({{two.flow({0}, 0, 3e-6)}})[0] == Approx(3e-6).epsilon(1e-12));
  // Bytes need not be whole.
  CHECK(two.ends_of({{two.flow({0}, 1000.5, 0)}})[0] == Approx(1000.5 / 50e9).epsilon(1e-6));
}

TEST_CASE("flows of unequal latency share a link equally") {
  const TwoLinks two(100e9, 100e9);
  for (const double bytes : {1e3, 1e6, 1e9})
    for (const double apart : {0.0, 0.37}) {
      std::vector<TimedFlow> flows;
      for (int i = 0; i < 8; ++i)
        flows.push_back({two.flow({0}, bytes * (1 + 0.1 * i), 1e-6 * (i + 1)), apart * i * bytes / 100e9});
      CAPTURE(bytes, apart);
      CHECK(tests::worst_difference(two.ends_of(flows), equal_shares(flows, 100e9)) < 1e-9);
    }
  // Eight equal ones without latency: eight times as long as one.
  const std::vector<TimedFlow> equal(8, {two.flow({0}, 1e6)});
  for (const double end : two.ends_of(equal)) CHECK(end == Approx(8e6 / 100e9).epsilon(1e-12));
}

TEST_CASE("bandwidth that one link leaves over goes to the others: max-min") {
  // Link 0 carries 10, link 1 carries 4.  B crosses both.  B and C get 2 each of link 1, A the other 8 of
  // link 0.  A (16) and C (4) end after 2 s; B has moved 4 of 8 and then has link 1 alone: 1 s more.
  const TwoLinks two(10e9, 4e9);
  const std::vector<double> ends =
      two.ends_of({{two.flow({0}, 16e9)}, {two.flow({0, 1}, 8e9)}, {two.flow({1}, 4e9)}});
  CHECK(ends[0] == Approx(2.0).epsilon(1e-12));
  CHECK(ends[1] == Approx(3.0).epsilon(1e-12));
  CHECK(ends[2] == Approx(2.0).epsilon(1e-12));
}

TEST_CASE("a flow that cannot fill its link leaves the rest to others") {
  // A GPU whose own link is slower than its card.
  const TwoLinks two(50e9, 50e9, 10e9);
  Flow slow = two.flow({0}, 10e9);
  slow.route.rate = 10e9;
  // 40 GB/s are left for the other.  After it ended, after 1 s, the slow one goes on as before.
  std::vector<double> ends = two.ends_of({{slow}, {two.flow({0}, 40e9)}});
  CHECK(ends[0] == Approx(1.0).epsilon(1e-12));
  CHECK(ends[1] == Approx(1.0).epsilon(1e-12));
  ends = two.ends_of({{slow}, {two.flow({0}, 20e9)}});
  CHECK(ends[0] == Approx(1.0).epsilon(1e-12));
  CHECK(ends[1] == Approx(0.5).epsilon(1e-12));
  // Six slow ones want more than the link has: 50 / 6 each.
  for (const double end : two.ends_of(std::vector<TimedFlow>(6, {slow})))
    CHECK(end == Approx(1.2).epsilon(1e-12));
}

TEST_CASE("flows of minutes and hours end, whenever they begin") {
  const TwoLinks two(50e9, 50e9);
  for (const double first : {0.0, 3.7, 11.3})
    for (const double seconds : {7.31, 37.123456789, 503.77, 7001.9}) {
      std::vector<TimedFlow> flows;
      for (int i = 0; i < 6; ++i)
        flows.push_back({two.flow({i % 2}, seconds * (1 + 0.37 * i) * 50e9 / 1024, 1e-6), first + 1e-3 * i});
      const std::vector<double> ends = two.ends_of(flows);
      CAPTURE(first, seconds);
      // Of the two links, three each: the sum of their bytes.
      const double share = seconds / 1024;
      CHECK(ends[5] <= first + share * (3 + 0.37 * 9) + 0.01);
      CHECK(ends[5] >= share * (1 + 0.37 * 5));
    }
  // One alone, very long.
  const TwoLinks slow(1e6, 1e6);
  for (const double seconds : {8.1, 16.3, 1e3, 1e5})
    CHECK(slow.ends_of({{slow.flow({0}, 1e3, 1e-6), 0}, {slow.flow({1}, seconds * 1e6, 1e-6), 1e-4}})[1] ==
          Approx(seconds + 1e-4 + 1e-6).epsilon(1e-12));
}

TEST_CASE("timers fire at their time, and not when cancelled") {
  const TwoLinks two(50e9, 50e9);
  const std::vector<double> fired = tests::in_child([&] {
    struct Clock final : simulator::SimGridNetwork::Events {
      explicit Clock(simulator::SimGridNetwork& network_) : network(network_) {}
      void flow_ended(std::uint32_t) override {}
      void timer_fired(std::uint32_t token) override {
        fired.push_back(token), fired.push_back(network.now() - base);
        if (token == 1) network.cancel(later);
      }
      simulator::SimGridNetwork& network;
      double base = network.now();
      simulator::SimGridNetwork::TimerId later = 0;
      std::vector<double> fired;
    };
    simulator::SimGridNetwork network(two.links, two.used);
    Clock clock(network);
    network.set_timer(clock.base + 1e-3, 1);
    clock.later = network.set_timer(clock.base + 2e-3, 2);
    network.set_timer(clock.base + 3e-3, 3);
    network.run(clock);
    return clock.fired;
  });
  REQUIRE(fired.size() == 4);
  CHECK(fired[0] == 1);
  CHECK(fired[1] == Approx(1e-3).epsilon(1e-12));
  CHECK(fired[2] == 3);
  CHECK(fired[3] == Approx(3e-3).epsilon(1e-12));
}
