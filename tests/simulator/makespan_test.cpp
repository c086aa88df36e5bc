// What must hold for the time of every plan, contended or not: bounds from below, monotony, symmetry, bytes.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "costmodel/price/traffic.h"
#include "tests/simulator/simulated_case.h"

using simulator::LinkKind;
using tests::SimulatedCase;

namespace {

// How often each transfer and collective of a phase runs, and what that puts on every link.
std::vector<double> bytes_per_link(const SimulatedCase& c, std::size_t phase) {
  const simulator::PhaseFlows& flows = c.phases[phase].flows;
  std::vector<double> bytes(c.links.size(), 0.0);
  const auto add = [&](const std::vector<simulator::Flow>& list) {
    for (const simulator::Flow& flow : list)
      for (const simulator::LinkId link : flow.route.way()) bytes[link.at()] += flow.bytes;
  };
  for (const costmodel::Op& op : c.schedule.phases[phase].ops) {
    const std::size_t work = static_cast<std::size_t>(op.work);
    if (op.kind == costmodel::OpKind::exchange) add(flows.transfers[work].flows);
    if (op.kind == costmodel::OpKind::collective) add(flows.collectives[work].flows);
  }
  return bytes;
}

struct Bounds {
  double makespan = 0, path_error = 0, compute = 0, analytic = 0;
};

// Every phase of a plan on SimGrid.
std::vector<Bounds> simulate(const SimulatedCase& c) {
  const std::vector<double> numbers = tests::in_child([&] {
    tests::WholeNetwork whole(c);
    std::vector<double> list;
    for (std::size_t p = 0; p < c.phases.size(); ++p) {
      const simulator::RunResult run = c.run(whole.engine, p, 1, true);
      list.push_back(*std::max_element(run.ends[0].begin(), run.ends[0].end()));
      list.push_back(tests::path_error(run, c.starts()));
      list.push_back(*std::max_element(run.compute.begin(), run.compute.end()));
      list.push_back(c.walk(p, nullptr).time.value);
    }
    return list;
  });
  std::vector<Bounds> list;
  for (std::size_t i = 0; i + 4 <= numbers.size(); i += 4)
    list.push_back({numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]});
  return list;
}

std::vector<costmodel::Scenario> clusters(std::int64_t tokens) {
  std::vector<costmodel::Scenario> list(4, tests::eight_gpu_nodes(16, tokens));
  list[1].cluster.groups[0].node.scale_out.nics = 2;
  list[2].cluster.fabric = {costmodel::FabricKind::fat_tree, {4.0, costmodel::Provenance::given}, 1};
  costmodel::ScaleUpSpec& up = list[3].cluster.groups[0].node.scale_up;
  up.kind = costmodel::ScaleUpKind::pcie;
  up.gpus_per_socket = 4;
  up.socket_bridge = costmodel::Sourced<costmodel::BytesPerSecond>{costmodel::BytesPerSecond(40e9),
                                                                   costmodel::Provenance::given};
  return list;
}

}  // namespace

TEST_CASE("no phase ends before its busiest link or GPU could, and its path explains all of its time") {
  for (const std::int64_t tokens : {std::int64_t{256}, std::int64_t{4096}})
    for (const costmodel::Scenario& scenario : clusters(tokens))
      for (const tests::NamedPlan& named : tests::one_of_each(16)) {
        if (reject(scenario, named.plan)) continue;
        const SimulatedCase c(scenario, named.plan);
        const std::vector<Bounds> found = simulate(c);
        for (std::size_t p = 0; p < found.size(); ++p) {
          const std::vector<double> bytes = bytes_per_link(c, p);
          double busiest = 0;
          for (std::size_t i = 0; i < bytes.size(); ++i)
            busiest = std::max(
                busiest, bytes[i] / c.links[simulator::LinkId(static_cast<std::int64_t>(i))].capacity.value);
          CAPTURE(named.name, p, tokens, scenario.cluster.groups[0].node.scale_out.nics);
          CHECK(found[p].path_error < 1e-9);
          CHECK(found[p].makespan >= busiest * (1 - 1e-9));
          CHECK(found[p].makespan >= found[p].compute * (1 - 1e-9));
        }
      }
}

TEST_CASE("shared links never make a rank faster than links of its own") {
  // What the recurrence would say, as if nobody shared: a lower bound, rank by rank, where nothing slows
  // kernels.  The cost model's time is no bound: transfers of a port take turns there.
  double lowest = 1;
  int contended = 0;
  for (const std::int64_t tokens : {std::int64_t{256}, std::int64_t{4096}})
    for (const costmodel::Scenario& scenario : clusters(tokens))
      for (const tests::NamedPlan& named : tests::one_of_each(16)) {
        if (reject(scenario, named.plan)) continue;
        const SimulatedCase c(scenario, named.plan, {}, tests::a100_calibration(0));
        const std::vector<double> ends = tests::in_child([&] {
          tests::WholeNetwork whole(c);
          std::vector<double> list;
          for (std::size_t p = 0; p < c.phases.size(); ++p) {
            const std::vector<double> own = c.run(whole.engine, p).ends[0];
            list.insert(list.end(), own.begin(), own.end());
          }
          return list;
        });
        for (std::size_t p = 0; p < c.phases.size(); ++p) {
          if (!c.phases[p].shared.any()) continue;
          ++contended;
          const std::vector<double> alone = c.recurrence(p).ends[0];
          double latest = 0;
          for (std::size_t w = 0; w < alone.size(); ++w) {
            CAPTURE(named.name, p, w, tokens);
            const double end = ends[p * alone.size() + w];
            CHECK(end >= alone[w] * (1 - 1e-9));
            latest = std::max(latest, end);
          }
          lowest = std::min(lowest, latest / c.walk(p, nullptr).time.value);
        }
      }
  CAPTURE(lowest);
  CHECK(contended > 50);
  // docs/simulator.md says how far below the cost model a simulation was seen.
  CHECK(lowest > 0.75);
  CHECK(lowest < 1.0);
}

TEST_CASE("a collective alone takes what the cost model says, in pieces too") {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(16, 2048);
  scenario.model = tests::small_model(32, 32, 128);
  scenario.workload.phase = costmodel::WorkPhase::training_step;
  int pieces = 1;
  for (const int zero : {0, 1, 3})
    for (const int data : {2, 16}) {
      costmodel::Plan plan;
      plan.data = data;
      plan.ring = plan.inner_ring = 16 / data;
      plan.zero = zero;
      if (plan.ring == 1)
        plan.transport = costmodel::Transport::none, plan.layout = costmodel::Layout::contiguous;
      const SimulatedCase c(scenario, plan);
      costmodel::CollectiveTimes times(c.schedule.grid, c.map);
      for (std::size_t p = 0; p < c.phases.size(); ++p)
        for (std::size_t k = 0; k < c.phases[p].flows.collectives.size(); ++k) {
          const costmodel::Collective& collective = c.schedule.phases[p].collectives[k];
          pieces = std::max(pieces, collective.pieces);
          double longest = 0;
          for (const simulator::Flow& flow : c.phases[p].flows.collectives[k].flows)
            longest = std::max(longest, flow.alone());
          CAPTURE(zero, data, p, k, collective.pieces);
          CHECK(longest == Approx(times.of(collective).time.value).epsilon(1e-9));
        }
    }
  CHECK(pieces > 1);
}

TEST_CASE("the bytes on GPU links and cards are those of the cost model") {
  for (const int ranks : {8, 32}) {
    const costmodel::Scenario scenario = tests::eight_gpu_nodes(ranks, 512);
    for (const tests::NamedPlan& named : tests::one_of_each(ranks)) {
      if (reject(scenario, named.plan)) continue;
      const SimulatedCase c(scenario, named.plan);
      costmodel::ShiftTable shifts(c.map);
      for (std::size_t p = 0; p < c.phases.size(); ++p) {
        const costmodel::Traffic traffic =
            costmodel::phase_traffic(c.schedule, c.schedule.phases[p], c.map, shifts);
        const std::vector<double> bytes = bytes_per_link(c, p);
        // The busiest GPU's of each class: on these clusters a card belongs to one GPU.
        std::array<double, 2> most{};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
          const LinkKind kind = c.links[simulator::LinkId(static_cast<std::int64_t>(i))].kind;
          if (kind == LinkKind::gpu_out) most[0] = std::max(most[0], bytes[i]);
          if (kind == LinkKind::nic_out) most[1] = std::max(most[1], bytes[i]);
        }
        CAPTURE(named.name, p, ranks);
        CHECK(most[0] == Approx(traffic.scale_up.value).epsilon(1e-12));
        CHECK(most[1] == Approx(traffic.scale_out.value).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("more bandwidth never makes a plan slower where nothing is shared and nothing is slowed") {
  for (const std::int64_t tokens : {std::int64_t{256}, std::int64_t{4096}})
    for (const tests::NamedPlan& named : tests::one_of_each(32)) {
      costmodel::Scenario scenario = tests::eight_gpu_nodes(32, tokens);
      if (reject(scenario, named.plan)) continue;
      std::vector<double> before;
      for (int step = 0; step < 3; ++step) {
        const SimulatedCase c(scenario, named.plan, {}, tests::a100_calibration(0));
        for (std::size_t p = 0; p < c.phases.size(); ++p) {
          if (c.phases[p].shared.any()) continue;
          const std::vector<double> ends = c.recurrence(p).ends[0];
          const double time = *std::max_element(ends.begin(), ends.end());
          CAPTURE(named.name, p, step);
          if (before.size() > p && before[p] > 0) CHECK(time <= before[p] * (1 + 1e-12));
          before.resize(c.phases.size());
          before[p] = time;
        }
        costmodel::NodeSpec& node = scenario.cluster.groups[0].node;
        node.scale_out.nic_bandwidth.value = node.scale_out.nic_bandwidth.value * 1.5;
        if (step == 0)
          node.scale_up.per_gpu.value = node.scale_up.one_peer.value = node.scale_up.per_gpu.value * 1.5;
      }
    }
}

TEST_CASE("whole nodes may be swapped without any rank noticing") {
  costmodel::Scenario scenario = tests::eight_gpu_nodes(32, 1024);
  for (const tests::NamedPlan& named : tests::one_of_each(32)) {
    if (reject(scenario, named.plan)) continue;
    costmodel::Scenario swapped = scenario;
    for (const int node : {2, 0, 3, 1})
      for (int g = 0; g < 8; ++g) swapped.placement.emplace_back(node * 8 + g);
    const SimulatedCase one(scenario, named.plan), other(swapped, named.plan);
    const auto ends_of = [](const SimulatedCase& c) {
      return tests::in_child([&] {
        tests::WholeNetwork whole(c);
        std::vector<double> list;
        for (std::size_t p = 0; p < c.phases.size(); ++p) {
          const std::vector<double> own = c.run(whole.engine, p).ends[0];
          list.insert(list.end(), own.begin(), own.end());
        }
        return list;
      });
    };
    CAPTURE(named.name);
    CHECK(tests::worst_difference(ends_of(one), ends_of(other)) < 1e-9);
  }
}
