// Bytes that one GPU sends, to the last byte, against closed formulas written out here from the model and
// the degrees alone.
#include <cstdint>
#include <vector>

#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr std::int64_t d = 16;   // head size
constexpr std::int64_t e = 2;    // bytes of bf16
constexpr std::int64_t f32 = 4;  // bytes of fp32
constexpr std::int64_t B = 3;    // sequences

struct Sent {
  double inner = 0, outer = 0;  // exchanges inside the inner ring, and to another one
  double gather = 0, scatter = 0, all_to_all = 0;

  double all() const { return inner + outer + gather + scatter + all_to_all; }
};

Sent sent(const Schedule& schedule, Direction direction) {
  Sent bytes;
  for (const Phase& phase : schedule.phases) {
    if (phase.direction != direction) continue;
    for (const Op& op : phase.ops) {
      const std::size_t work = static_cast<std::size_t>(op.work);
      if (op.kind == OpKind::exchange) {
        const Transfer& transfer = phase.transfers[work];
        (transfer.shift.outer == 0 ? bytes.inner : bytes.outer) += transfer.bytes.value;
      } else if (op.kind == OpKind::collective) {
        const Collective& collective = phase.collectives[work];
        switch (collective.kind) {
          case CollectiveKind::all_gather: bytes.gather += collective.bytes.value; break;
          case CollectiveKind::reduce_scatter: bytes.scatter += collective.bytes.value; break;
          case CollectiveKind::all_reduce: break;
          case CollectiveKind::all_to_all: bytes.all_to_all += collective.bytes.value; break;
        }
      }
    }
  }
  return bytes;
}

struct Heads {
  std::int64_t h, k;
};
const std::vector<Heads> head_counts{{2304, 2304}, {2304, 576}};  // multi-head, grouped 4:1
const std::vector<int> ring_sizes{2, 3, 4, 6, 8, 12, 16, 48, 64};

Schedule schedule_of(const Plan& plan, Heads heads, std::int64_t N) {
  Scenario scenario = tests::scenario_for(plan);
  scenario.model = tests::small_model(heads.h, heads.k, d);
  scenario.workload.sequence = N;
  scenario.workload.batch = B;
  const auto rejection = reject(scenario, plan);
  if (rejection) FAIL(rejection->text);
  return lower(scenario, plan);
}

Plan ring_plan(int outer, int inner, BackwardSide side, GradDtype dtype, Layout layout = Layout::zigzag) {
  Plan plan;
  plan.transport = Transport::ring;
  plan.ring = outer * inner;
  plan.inner_ring = inner;
  plan.backward = side;
  plan.grad_dtype = dtype;
  plan.layout = layout;
  return plan;
}

double number(std::int64_t n) { return static_cast<double>(n); }

}  // namespace

TEST_CASE("a flat ring sends 2(G-1)nKe forward and G-1 gradients more backward") {
  for (const Heads heads : head_counts)
    for (const std::int64_t G : ring_sizes)
      for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
        for (const GradDtype dtype : {GradDtype::bf16, GradDtype::fp32}) {
          const std::int64_t n = 10, N = n * G, K = heads.k * d;
          const std::int64_t gradient = dtype == GradDtype::fp32 ? f32 : e;
          const Schedule schedule =
              schedule_of(ring_plan(1, static_cast<int>(G), BackwardSide::kv, dtype, layout), heads, N);
          CAPTURE(G, heads.k, gradient);
          REQUIRE(sent(schedule, Direction::forward).all() == number(B * 2 * (G - 1) * n * K * e));
          REQUIRE(sent(schedule, Direction::backward).all() ==
                  number(B * (G - 1) * (2 * n * K * e + 2 * n * K * gradient)));
        }
}

TEST_CASE("burst sends (G-1)(2nHe + 2nh4) and G-1 query gradients backward") {
  for (const Heads heads : head_counts)
    for (const std::int64_t G : ring_sizes)
      for (const GradDtype dtype : {GradDtype::bf16, GradDtype::fp32}) {
        const std::int64_t n = 10, N = n * G, H = heads.h * d, K = heads.k * d;
        const std::int64_t gradient = dtype == GradDtype::fp32 ? f32 : e;
        const Schedule schedule =
            schedule_of(ring_plan(1, static_cast<int>(G), BackwardSide::q, dtype), heads, N);
        CAPTURE(G, heads.k, gradient);
        REQUIRE(sent(schedule, Direction::forward).all() == number(B * 2 * (G - 1) * n * K * e));
        REQUIRE(sent(schedule, Direction::backward).all() ==
                number(B * (G - 1) * (2 * n * H * e + 2 * n * heads.h * f32 + n * H * gradient)));
      }
}

TEST_CASE("a double ring sends as much as a flat one, M(L-1) blocks inside and M-1 outside") {
  struct Levels {
    std::int64_t M, L;
  };
  for (const Heads heads : head_counts)
    for (const auto [M, L] :
         std::vector<Levels>{{2, 2}, {3, 2}, {2, 3}, {4, 3}, {3, 4}, {2, 8}, {8, 8}, {8, 2}})
      for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q})
        for (const GradDtype dtype : {GradDtype::bf16, GradDtype::fp32}) {
          const std::int64_t n = 6, N = n * M * L, h = heads.h, H = h * d, K = heads.k * d;
          const std::int64_t grad_bytes = dtype == GradDtype::fp32 ? f32 : e;
          const std::int64_t block = 2 * n * K * e;
          const std::int64_t bundle = side == BackwardSide::kv ? block : 2 * n * H * e + 2 * n * h * f32;
          const std::int64_t gradient = (side == BackwardSide::kv ? 2 * n * K : n * H) * grad_bytes;
          const Schedule schedule =
              schedule_of(ring_plan(static_cast<int>(M), static_cast<int>(L), side, dtype), heads, N);
          const Sent forward = sent(schedule, Direction::forward);
          const Sent backward = sent(schedule, Direction::backward);
          CAPTURE(M, L, heads.k, grad_bytes);
          REQUIRE(forward.inner == number(B * M * (L - 1) * block));
          REQUIRE(forward.outer == number(B * (M - 1) * block));
          REQUIRE(backward.inner == number(B * M * (L - 1) * (bundle + gradient)));
          REQUIRE(backward.outer == number(B * ((M - 1) * bundle + M * gradient)));
        }
}

TEST_CASE("all-gather sends 2(G-1)nKe, and backward again with the gradients scattered") {
  for (const Heads heads : head_counts)
    for (const std::int64_t G : ring_sizes)
      for (const GradDtype dtype : {GradDtype::bf16, GradDtype::fp32}) {
        const std::int64_t n = 10, N = n * G, K = heads.k * d;
        Plan plan = ring_plan(1, static_cast<int>(G), BackwardSide::kv, dtype);
        plan.transport = Transport::all_gather;
        const Schedule schedule = schedule_of(plan, heads, N);
        const double gathered = number(B * 2 * (G - 1) * n * K * e);
        CAPTURE(G, heads.k);
        REQUIRE(sent(schedule, Direction::forward).gather == gathered);
        REQUIRE(sent(schedule, Direction::forward).all() == gathered);
        REQUIRE(sent(schedule, Direction::backward).gather == gathered);
        REQUIRE(sent(schedule, Direction::backward).scatter ==
                number(B * 2 * (G - 1) * n * K * (dtype == GradDtype::fp32 ? f32 : e)));
      }
}

TEST_CASE("Ulysses sends (G-1)/G of Q, K, V and O each way") {
  for (const Heads heads : head_counts)
    for (const std::int64_t G : ring_sizes) {
      const std::int64_t n = 10, N = n * G, H = heads.h * d, K = heads.k * d;
      Plan plan;
      plan.transport = Transport::all_to_all;
      plan.ulysses = static_cast<int>(G);
      plan.layout = Layout::contiguous;
      const Schedule schedule = schedule_of(plan, heads, N);
      const double expected = number(B * (G - 1) * (2 * n * H + 2 * n * K) * e / G);
      CAPTURE(G, heads.k);
      REQUIRE(B * (G - 1) * (2 * n * H + 2 * n * K) * e % G == 0);
      REQUIRE(sent(schedule, Direction::forward).all() == expected);
      REQUIRE(sent(schedule, Direction::backward).all() == expected);
    }
}

TEST_CASE("USP sends Ulysses over U and a ring of its share of the heads over R") {
  struct Mesh {
    std::int64_t U, R;
  };
  for (const Heads heads : head_counts)
    for (const auto [U, R] : std::vector<Mesh>{{2, 2}, {3, 2}, {2, 3}, {8, 2}, {4, 3}, {8, 8}, {2, 32}})
      for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q}) {
        // n tokens a GPU; a ring position holds n U tokens of 1/U of the heads.
        const std::int64_t n = 6, N = n * U * R, h = heads.h, H = h * d, K = heads.k * d;
        Plan plan = ring_plan(1, static_cast<int>(R), side, GradDtype::fp32);
        plan.transport = Transport::hybrid;
        plan.ulysses = static_cast<int>(U);
        const Schedule schedule = schedule_of(plan, heads, N);
        const double swapped = number(B * (U - 1) * (2 * n * H + 2 * n * K) * e / U);
        const Sent forward = sent(schedule, Direction::forward);
        const Sent backward = sent(schedule, Direction::backward);
        CAPTURE(U, R, heads.k);
        REQUIRE(forward.all_to_all == swapped);
        REQUIRE(backward.all_to_all == swapped);
        REQUIRE(forward.inner == number(B * 2 * (R - 1) * n * K * e));
        if (side == BackwardSide::kv)
          REQUIRE(backward.inner == number(B * (R - 1) * (2 * n * K * e + 2 * n * K * f32)));
        else
          REQUIRE(backward.inner == number(B * (R - 1) * (2 * n * H * e + 2 * n * h * f32 + n * H * f32)));
      }
}

TEST_CASE("tensor parallelism gathers and scatters (t-1)/t of N hidden states each way") {
  for (const Heads heads : head_counts)
    for (const std::int64_t t : ring_sizes) {
      const std::int64_t N = 10 * t, H = heads.h * d;
      Plan plan;
      plan.transport = Transport::tensor;
      plan.tensor = static_cast<int>(t);
      plan.layout = Layout::contiguous;
      const Schedule schedule = schedule_of(plan, heads, N);
      for (const Direction direction : {Direction::forward, Direction::backward}) {
        const Sent bytes = sent(schedule, direction);
        REQUIRE(bytes.gather == number(B * (t - 1) * (N / t) * H * e));
        REQUIRE(bytes.scatter == bytes.gather);
        REQUIRE(bytes.all() == 2 * bytes.gather);
      }
    }
}

TEST_CASE("tensor parallelism around a ring divides the ring's bytes by its heads") {
  const Heads heads = head_counts[1];
  const std::int64_t t = 4, R = 6, n = 8, N = n * t * R, H = heads.h * d, K = heads.k * d;
  Plan plan = ring_plan(1, R, BackwardSide::kv, GradDtype::bf16);
  plan.tensor = t;
  const Sent forward = sent(schedule_of(plan, heads, N), Direction::forward);
  // A ring position holds n t tokens and 1/t of the heads.
  CHECK(forward.inner == number(B * 2 * (R - 1) * n * K * e));
  CHECK(forward.gather == number(B * (t - 1) * n * H * e));
  CHECK(forward.scatter == forward.gather);
}

TEST_CASE("replicas and a single GPU send nothing more") {
  Plan single;
  single.transport = Transport::none;
  single.layout = Layout::contiguous;
  CHECK(sent(schedule_of(single, head_counts[0], 64), Direction::backward).all() == 0);
  Plan ring = ring_plan(1, 8, BackwardSide::q, GradDtype::bf16);
  const double alone = sent(schedule_of(ring, head_counts[0], 64), Direction::backward).all();
  ring.data = 4;
  CHECK(sent(schedule_of(ring, head_counts[0], 64), Direction::backward).all() == alone);
}

TEST_CASE("at head size 128 burst moves 5 and a bf16 ring 6 times N hidden elements, give or take a hop") {
  // Per GPU and per N x hidden elements of e bytes, as G grows: 2 + 3 + 8/(128 e) against 2 + 4.
  const std::int64_t G = 64, n = 4, N = n * G, h = 64, H = h * 128;
  const auto moved = [&](BackwardSide side) {
    Scenario scenario = tests::scenario_for(ring_plan(1, G, side, GradDtype::bf16));
    scenario.model = tests::small_model(h, h, 128);
    scenario.workload.sequence = N;
    const Schedule schedule = lower(scenario, ring_plan(1, G, side, GradDtype::bf16));
    return (sent(schedule, Direction::forward).all() + sent(schedule, Direction::backward).all()) /
           number(N * H * e);
  };
  CHECK(moved(BackwardSide::kv) == Approx(6 * 63.0 / 64).epsilon(1e-12));
  CHECK(moved(BackwardSide::q) == Approx((5 + 8.0 / 256) * 63.0 / 64).epsilon(1e-12));
}
