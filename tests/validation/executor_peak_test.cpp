// The predicted peak of memory against what buffers of the executor take, whatever lane runs ahead.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "costmodel/price/buffer_spans.h"
#include "costmodel/price/memory.h"
#include "tests/catch.h"
#include "tests/schedule/buffer_races.h"
#include "tests/validation/run_plan.h"

using namespace costmodel;
using namespace validation;
using namespace validation_tests;

namespace {

// The buffers of one phase on one rank, without an executor: operations begin and end as the test says.
class Buffers {
 public:
  Buffers(const Scenario& scenario, const Plan& plan, const Schedule& schedule, const Phase& phase)
      : memory_(kernels::host_tensor_memory()), loader_(memory_->new_work()), pool_(*memory_, 1LL << 40) {
    for (const TensorPlace& place : result_places(schedule, phase, Rank(0), problem_of(scenario, plan)))
      results_.push_back(place.buffer);
    buffers_ = std::make_unique<PhaseBuffers>(phase, pool_, *loader_, given_, results_, Fresh::as_is);
  }
  void begin(const Op& op) { buffers_->begin(op); }
  void end(const Op& op) { buffers_->end(op); }
  double peak() const { return static_cast<double>(pool_.peak()); }

 private:
  std::unique_ptr<kernels::TensorMemory> memory_;
  std::unique_ptr<kernels::TensorWork> loader_;
  MemoryPool pool_;
  Contents given_;
  std::vector<BufferId> results_;
  std::unique_ptr<PhaseBuffers> buffers_;
};

// At an instant, lanes can be where everything is alive that may be then: what must be there has begun, and
// of what came before it only what had to has ended.
double reached_at(const Scenario& scenario, const Plan& plan, const Schedule& schedule, const Phase& phase,
                  std::int32_t instant) {
  BufferSpans spans;
  find_buffer_spans(phase, SpanOrder::lanes, spans);
  const tests::Order order(phase);
  std::set<std::size_t> begun;
  std::vector<char> seen(phase.buffers.size(), 0);
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const Op& op = phase.ops[i];
    const auto first_touch = [&](BufferId id) {
      const Lifetime lifetime = phase.buffers[id.at()].lifetime;
      const bool comes = lifetime == Lifetime::touched || lifetime == Lifetime::leaving;
      if (seen[id.at()]++ == 0 && comes && spans.buffers[id.at()].contains(instant)) begun.insert(i);
    };
    for (std::size_t b = 0; b < op.read_count; ++b) first_touch(op.reads[b]);
    for (std::size_t b = 0; b < op.write_count; ++b) first_touch(op.writes[b]);
  }
  Buffers buffers(scenario, plan, schedule, phase);
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const bool ended =
        std::any_of(begun.begin(), begun.end(), [&](std::size_t b) { return order.before(i, b); });
    if (!ended && !begun.contains(i)) continue;
    buffers.begin(phase.ops[i]);
    if (ended) buffers.end(phase.ops[i]);
  }
  return buffers.peak();
}

double most_reached(const Scenario& scenario, const Plan& plan, const Schedule& schedule,
                    const Phase& phase) {
  BufferSpans spans;
  find_buffer_spans(phase, SpanOrder::lanes, spans);
  double most = 0;
  for (std::int32_t instant = 0; instant < spans.instants; ++instant)
    most = std::max(most, reached_at(scenario, plan, schedule, phase, instant));
  return most;
}

// Holds the compute lane of every rank at the operation where the peak is, until all that other lanes may do
// meanwhile has begun.
class Holdup {
 public:
  Holdup(const Schedule& schedule, const MemoryPeak& peak)
      : peak_(peak), begun_(static_cast<std::size_t>(schedule.world_size())) {
    for (const Phase& phase : schedule.phases)
      if (phase.name == peak.phase) phase_ = &phase;
    BufferSpans spans;
    find_buffer_spans(*phase_, SpanOrder::lanes, spans);
    for (std::size_t i = 0; i < phase_->ops.size(); ++i)
      if (phase_->ops[i].lane != Lane::compute && spans.ops[i].first <= spans.ops[peak.op.at()].first)
        ++ahead_;
  }
  void operator()(Rank rank, const Phase& phase, OpId id) {
    if (phase.name != peak_.phase) return;
    std::atomic<int>& begun = begun_[rank.at()];
    if (phase.ops[id.at()].lane != Lane::compute) ++begun;
    if (id != peak_.op) return;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (begun < ahead_ && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    // The last of them has yet to take its buffers.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

 private:
  const MemoryPeak& peak_;
  const Phase* phase_ = nullptr;
  std::vector<std::atomic<int>> begun_;
  int ahead_ = 0;
};

}  // namespace

TEST_CASE("peak: lanes that run ahead or lag can reach the predicted peak of every plan") {
  for (const int ranks : {1, 2, 3, 4, 8})
    for (const Plan& plan : tests::every_plan(ranks))
      for (const std::int64_t kv_heads : {8, 2})
        for (const Dtype dtype : {Dtype::fp32, Dtype::bf16}) {
          const std::int64_t heads = ranks == 3 ? 24 : 8;
          const Scenario scenario = scenario_for(
              plan, {.sequence = 48, .heads = heads, .kv_heads = heads / 8 * kv_heads}, {}, dtype);
          if (reject(scenario, plan)) continue;
          const Schedule schedule = lower(scenario, plan);
          double most = 0;
          for (const Phase& phase : schedule.phases)
            most = std::max(most, most_reached(scenario, plan, schedule, phase));
          INFO(axes_text(plan) << ", " << kv_heads << " of 8 key heads, dtype " << static_cast<int>(dtype));
          CHECK(most == peak_bytes(schedule, Bytes(0)).value);
        }
}

TEST_CASE("peak: a run holds no more than predicted, and as much when its messages run ahead") {
  for (const BackwardSide side : {BackwardSide::kv, BackwardSide::q})
    for (const std::int64_t kv_heads : {8, 1})
      for (const int inner : {2, 4}) {
        Plan plan;
        plan.transport = Transport::ring;
        plan.ring = 4;
        plan.inner_ring = inner;
        plan.backward = side;
        plan.layout = Layout::zigzag;
        plan.grad_dtype = GradDtype::bf16;
        const Scenario scenario = scenario_for(plan, {.kv_heads = kv_heads}, {}, Dtype::bf16);
        const Schedule schedule = lower(scenario, plan);
        const MemoryPeak peak = memory_peak(schedule, Bytes(0));
        INFO(axes_text(plan) << ", " << kv_heads << " key heads, at " << peak.op_name);
        for (const RankRecord& rank : run(scenario, plan).ranks)
          CHECK(static_cast<double>(rank.peak) <= peak.buffers.value);
        Holdup holdup(schedule, peak);
        RunOptions options;
        options.before_operation = std::ref(holdup);
        for (const RankRecord& rank : run(scenario, plan, options).ranks)
          CHECK(static_cast<double>(rank.peak) == peak.buffers.value);
      }
}
