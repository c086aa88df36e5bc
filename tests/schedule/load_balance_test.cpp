// Causal work of each rank, in kept pairs: the table of load balance, counted on the schedule.
#include <algorithm>
#include <numeric>
#include <vector>

#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

Plan context_plan(Transport transport, int ring, Layout layout) {
  Plan plan;
  plan.transport = transport;
  plan.ring = plan.inner_ring = ring;
  plan.layout = layout;
  return plan;
}

// Kept pairs of each rank, operation by operation.
std::vector<std::vector<double>> work(const Plan& plan, std::int64_t n, Direction direction, Mask mask = {}) {
  const Schedule schedule = lower(tests::scenario_for(plan, n, mask), plan);
  const Phase& phase = schedule.phases.at(direction == Direction::forward ? 0 : 1);
  std::vector<std::vector<double>> ranks;
  for (int r = 0; r < schedule.world_size(); ++r) {
    std::vector<double>& steps = ranks.emplace_back();
    for (const ResolvedOp& op : schedule.ops(phase, Rank(r)))
      if (op.op->kind == OpKind::attention)
        steps.push_back(block_geometry(op.queries, op.keys, schedule.mask).kept_pairs);
  }
  return ranks;
}

double sum(const std::vector<double>& steps) { return std::accumulate(steps.begin(), steps.end(), 0.0); }

double busiest(const std::vector<std::vector<double>>& ranks) {
  double most = 0;
  for (const auto& steps : ranks) most = std::max(most, sum(steps));
  return most;
}

double all(const std::vector<std::vector<double>>& ranks) {
  double total = 0;
  for (const auto& steps : ranks) total += sum(steps);
  return total;
}

// Mean work over the busiest rank's.
double efficiency(const std::vector<std::vector<double>>& ranks) {
  return all(ranks) / static_cast<double>(ranks.size()) / busiest(ranks);
}

const std::vector<int> group_sizes{2, 3, 6, 8, 12, 64};
constexpr std::int64_t n = 4096;

}  // namespace

TEST_CASE("the last rank of a contiguous causal ring does G - 1/2 blocks, half of them in vain") {
  for (const int G : group_sizes) {
    const auto ranks = work(context_plan(Transport::ring, G, Layout::contiguous), n, Direction::forward);
    for (int r = 0; r < G; ++r)
      CHECK(sum(ranks[static_cast<std::size_t>(r)]) == r * double{n} * n + n * (n + 1.0) / 2);
    CHECK(efficiency(ranks) == Approx((G / 2.0) / (G - 0.5)).epsilon(1.0 / n));
  }
}

TEST_CASE("a rank of a contiguous causal all-gather does r + 1/2 blocks") {
  for (const int G : group_sizes) {
    const auto ranks =
        work(context_plan(Transport::all_gather, G, Layout::contiguous), n, Direction::forward);
    for (int r = 0; r < G; ++r)
      CHECK(sum(ranks[static_cast<std::size_t>(r)]) == r * double{n} * n + n * (n + 1.0) / 2);
    CHECK(efficiency(ranks) == Approx((G / 2.0) / (G - 0.5)).epsilon(1.0 / n));
  }
}

TEST_CASE("zigzag gives every rank exactly the same causal work, in ring and all-gather") {
  for (const int G : group_sizes)
    for (const Transport transport : {Transport::ring, Transport::all_gather})
      for (const Direction direction : {Direction::forward, Direction::backward})
        CHECK(efficiency(work(context_plan(transport, G, Layout::zigzag), n, direction)) == 1.0);
}

TEST_CASE("every step of a zigzag ring after the first keeps half of its pairs") {
  for (const int G : group_sizes)
    for (const auto& steps : work(context_plan(Transport::ring, G, Layout::zigzag), n, Direction::forward)) {
      CHECK(steps.front() == n * (n + 1.0) / 2);
      for (std::size_t s = 1; s < steps.size(); ++s) REQUIRE(steps[s] == double{n} * n / 2);
    }
}

TEST_CASE("every step of a striped ring is half a block, give or take half the diagonal") {
  for (const int G : group_sizes) {
    const auto ranks = work(context_plan(Transport::ring, G, Layout::striped), n, Direction::forward);
    for (const auto& steps : ranks)
      for (const double pairs : steps) REQUIRE(std::abs(pairs - double{n} * n / 2) == n / 2.0);
    CHECK(efficiency(ranks) > 1.0 - 1.0 / n);
  }
}

TEST_CASE("a double ring and either backward side leave the balance as it is") {
  for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q}) {
    Plan plan = context_plan(Transport::ring, 12, Layout::zigzag);
    plan.inner_ring = 4;
    plan.backward = side;
    CHECK(efficiency(work(plan, n, Direction::backward)) == 1.0);
  }
}

TEST_CASE("work of all ranks together is the mask's, for every method and mask") {
  const std::int64_t tokens = 4;
  for (const Mask& mask : {Mask{MaskKind::causal, 0}, Mask{MaskKind::full, 0}, Mask{MaskKind::sliding, 5},
                           Mask{MaskKind::sliding, 29}})
    for (const int ranks : {1, 3, 8, 12})
      for (const Plan& plan : tests::every_plan(ranks)) {
        const std::int64_t N = tokens * plan.ring * plan.ulysses * plan.tensor;
        const std::int64_t w = std::min(mask.window, N);
        const double kept = mask.kind == MaskKind::full     ? double(N * N)
                            : mask.kind == MaskKind::causal ? double(N * (N + 1) / 2)
                                                            : double(w * N - w * (w - 1) / 2);
        // Ranks that share a sequence position work on other heads or other sequences.
        const double replicas = plan.data * plan.tensor * plan.ulysses;
        for (const Direction direction : {Direction::forward, Direction::backward}) {
          INFO(axes_text(plan));
          REQUIRE(all(work(plan, tokens, direction, mask)) == kept * replicas);
        }
      }
}
