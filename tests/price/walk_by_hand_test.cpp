// The walk on cases small enough to work out on paper.  The device computes without fixed costs, so that a
// block takes exactly its flop divided by the rate.
#include <vector>

#include "costmodel/price/walk.h"
#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr double rounding = 1e-12;

// A ring of `ranks` GPUs in one node: one block takes 1 s to compute forward (2.5 s backward), one K,V block
// `transfer` s to send, dK and dV as long each way.
struct Case {
  Scenario scenario;
  Plan plan;
  double slowdown = 0;

  Case(int ranks, double transfer) {
    scenario = tests::small_scenario(1, ranks, 4LL * ranks, {MaskKind::full, 0});
    scenario.model = tests::small_model(1, 1, 8);
    NodeSpec& node = scenario.cluster.groups[0].node;
    node.device = tests::ideal_device(4.0 * 8 * 4 * 4);  // 4 d n n flop a second
    node.scale_up.alpha.value = Seconds(0);
    set_transfer(node.scale_up, transfer);
    plan.ring = plan.inner_ring = ranks;
    plan.layout = Layout::contiguous;
  }
  // 2 n K e = 2 x 4 x 8 x 2 bytes.
  static void set_transfer(ScaleUpSpec& link, double seconds) {
    link.per_gpu.value = link.one_peer.value = BytesPerSecond(128 / seconds);
  }

  PhaseTime walk(std::size_t phase, std::vector<OpTime>* timeline = nullptr) const {
    const Schedule schedule = lower(scenario, plan);
    const ClusterMap map(scenario.cluster, scenario.placement);
    const Calibration calibration = tests::ideal_calibration(slowdown);
    const std::vector<const Calibration*> list(scenario.cluster.groups.size(), &calibration);
    WalkScratch scratch(map);
    WalkOptions options;
    options.timeline = timeline;
    options.force_all = true;
    return costmodel::walk(schedule, schedule.phases.at(phase), 2, map, list, scratch, options);
  }
};

}  // namespace

TEST_CASE("a ring of two whose transfer is shorter than a block takes two blocks") {
  const PhaseTime time = Case(2, 0.25).walk(0);
  CHECK(time.time.value == Approx(2.0).epsilon(rounding));
  CHECK(time.compute.value == Approx(2.0).epsilon(rounding));
  CHECK(time.transfer.value == Approx(0.25).epsilon(rounding));
  CHECK(time.exposed().value == Approx(0.0).margin(rounding));
}

TEST_CASE("a ring of two whose transfer is longer than a block takes the transfer and one block") {
  const PhaseTime time = Case(2, 3.0).walk(0);
  CHECK(time.time.value == Approx(4.0).epsilon(rounding));
  CHECK(time.exposed().value == Approx(2.0).epsilon(rounding));
}

TEST_CASE("latency adds to a transfer") {
  Case c(2, 3.0);
  c.scenario.cluster.groups[0].node.scale_up.alpha.value = Seconds(0.5);
  CHECK(c.walk(0).time.value == Approx(4.5).epsilon(rounding));
}

TEST_CASE("a longer transfer-bound ring takes G - 1 transfers and one block") {
  CHECK(Case(6, 3.0).walk(0).time.value == Approx(5 * 3.0 + 1.0).epsilon(rounding));
}

TEST_CASE("one slow link holds up the whole ring") {
  // Ranks 0 and 1 share a node (transfer 0.5 s), rank 2 sits alone behind cards of 2 s a block.
  Case c(3, 0.5);
  NodeSpec pair = c.scenario.cluster.groups[0].node;
  pair.gpus = 2;
  pair.scale_out.nics = 2;
  pair.scale_out.alpha.value = Seconds(0);
  pair.scale_out.nic_bandwidth.value = BytesPerSecond(128 / 2.0);
  NodeSpec alone = pair;
  alone.gpus = alone.scale_out.nics = 1;
  c.scenario.cluster.groups = {{1, pair}, {1, alone}};
  std::vector<OpTime> timeline;
  const PhaseTime time = c.walk(0, &timeline);
  // Sends: 0 -> 1 fast, 1 -> 2 and 2 -> 0 slow.  An exchange ends when its send and its receive have.
  // First hop: rank 0 at 2 (receives slowly), rank 1 at 2 (sends slowly), rank 2 at 2.  Second hop starts at
  // 2 everywhere and ends at 4; the last block takes 1.
  CHECK(time.time.value == Approx(5.0).epsilon(rounding));
  const std::size_t ops = timeline.size() / 3;
  CHECK(timeline[0].end == Approx(2.0).epsilon(rounding));
  CHECK(timeline[ops].end == Approx(2.0).epsilon(rounding));
  CHECK(timeline[2 * ops].end == Approx(2.0).epsilon(rounding));
}

TEST_CASE("gradients queue behind keys and values on the same port") {
  // Backward on three ranks: K,V leave at 0 and at 4 and hold the port until 8.  The own block's gradient
  // stays. The second block is computed from 4 to 6.5, but its gradient waits for the port and arrives at 12.
  // The third starts at 8, is done at 10.5 and is added at 12; the sum goes home from 12 to 16.
  const PhaseTime time = Case(3, 4.0).walk(1);
  CHECK(time.time.value == Approx(16.0).epsilon(rounding));
  CHECK(time.compute.value == Approx(7.5).epsilon(rounding));
  CHECK(time.transfer.value == Approx(16.0).epsilon(rounding));
}

TEST_CASE("with fast links backward exposes only the gradient's way home") {
  // Blocks end at 2.5 and 5; the sum goes home from 5 to 5.5.
  CHECK(Case(2, 0.5).walk(1).time.value == Approx(5.5).epsilon(rounding));
}

TEST_CASE("compute is slower while communication is in flight, and only then") {
  SECTION("a transfer that ends inside the first block") {
    // In flight for 0.55 s, in which 0.5 s of work is done at a slowdown of 10 %.
    Case c(2, 0.55);
    c.slowdown = 0.1;
    const PhaseTime time = c.walk(0);
    CHECK(time.time.value == Approx(2.05).epsilon(rounding));
    CHECK(time.compute.value == Approx(2.0).epsilon(rounding));
    CHECK(time.slowdown.value == Approx(0.05).epsilon(rounding));
  }
  SECTION("a transfer longer than the slowed block") {
    Case c(2, 3.0);
    c.slowdown = 0.1;
    const PhaseTime time = c.walk(0);
    CHECK(time.time.value == Approx(4.0).epsilon(rounding));
    CHECK(time.slowdown.value == Approx(0.1).epsilon(rounding));
  }
}

TEST_CASE("a merge is slower while the exchange flies that its attention step has set free") {
  // Four ranks, transfers of 0.22 s, merges of 0.5 s (2 passes of 4 bytes over 4 rows of 8), slowdown 10 %.
  // Exchanges 0 and 1 fly until 0.44, in which the first block does 0.4 of its work: it ends at 1.04.  The
  // third block goes into the buffer that the second was computed from, so exchange 2 flies from 2.04
  // to 2.26, beside the first merge: 0.2 of it, so that ends at 2.56.  Two blocks and two merges follow
  // undisturbed.
  Case c(4, 0.22);
  c.slowdown = 0.1;
  c.scenario.cluster.groups[0].node.device.memory_bandwidth.value = BytesPerSecond(512);
  const PhaseTime time = c.walk(0);
  CHECK(time.compute.value == Approx(5.5).epsilon(rounding));
  CHECK(time.slowdown.value == Approx(0.06).epsilon(rounding));
  CHECK(time.time.value == Approx(5.56).epsilon(rounding));
}

TEST_CASE("without communication a rank computes one block after the other") {
  Case c(1, 1.0);
  c.plan.transport = Transport::none;
  c.plan.ring = c.plan.inner_ring = 1;
  CHECK(c.walk(0).time.value == Approx(1.0).epsilon(rounding));
  CHECK(c.walk(1).time.value == Approx(2.5).epsilon(rounding));
}

TEST_CASE("an all-gather comes before all computing") {
  Case c(4, 0.5);
  c.plan.transport = Transport::all_gather;
  // Three blocks over the link, then four blocks of work; backward the same and the gradients after it.
  CHECK(c.walk(0).time.value == Approx(3 * 0.5 + 4.0).epsilon(rounding));
  CHECK(c.walk(1).time.value == Approx(3 * 0.5 + 4 * 2.5 + 3 * 0.5).epsilon(rounding));
}
