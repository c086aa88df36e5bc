#include "validation/trace_overlay.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "costmodel/answer/open_axes.h"
#include "costmodel/base/error.h"
#include "costmodel/spec/scenario_reader.h"
#include "tests/catch.h"
#include "validation/intervals.h"
#include "validation/measured_trace.h"
#include "validation/torch_trace.h"

using namespace validation;
using costmodel::Error;

namespace {

const std::string samples = std::string(RINGSIDE_SOURCE_DIR) + "/examples/import/";

struct Case {
  costmodel::Scenario scenario;
  costmodel::Pricer pricer;
  costmodel::Plan plan;

  explicit Case(costmodel::Scenario s)
      : scenario(std::move(s)), pricer(scenario), plan(costmodel::scenario_plan(pricer)) {}
  Case() : Case(costmodel::read_scenario(samples + "zigzag-4xa100.toml")) {}
};

std::vector<GpuTrace> sample_ranks() {
  return {read_torch_trace(samples + "torch-rank0.json"), read_torch_trace(samples + "torch-rank1.json")};
}

const OverlaidKind& kind(const RankOverlay& rank, KernelKind wanted) {
  return *std::find_if(rank.kinds.begin(), rank.kinds.end(),
                       [&](const OverlaidKind& entry) { return entry.kind == wanted; });
}

void add(GpuTrace& trace, const std::string& name, double start, double end, int stream = 7) {
  trace.names.push_back(name);
  trace.events.push_back(
      {static_cast<std::uint32_t>(trace.names.size() - 1), kernel_class(name), stream, start, end});
}

// Two attention kernels, a message beside the first, a pass after the second; 10 s a step, 3 s between.
GpuTrace two_kernel_steps(int count) {
  GpuTrace trace;
  trace.file = "made.json";
  for (int s = 0; s < count; ++s) {
    const double at = 13.0 * s;
    add(trace, "elementwise_kernel", at, at + 1);
    add(trace, "flash_fwd_kernel", at + 1, at + 4);
    add(trace, "ncclDevKernel_SendRecv", at + 1, at + 6, 20);
    add(trace, "flash_fwd_kernel", at + 6, at + 9);
    add(trace, "elementwise_kernel", at + 9, at + 10);
  }
  finish(trace);
  return trace;
}

const std::vector<KernelKind> two_forward(2, KernelKind::attention_forward);

}  // namespace

TEST_CASE("trace steps: cut at the longest pause between the attention of two steps") {
  const TraceSteps found = find_steps(two_kernel_steps(3), two_forward, "");
  REQUIRE(found.steps.size() == 3);
  CHECK(found.outside == 0);
  for (const TraceStep& step : found.steps) {
    CHECK(step.events.size() == 5);
    CHECK(step.time() == Approx(10));
  }
  CHECK(found.steps[1].start == Approx(13));
}

TEST_CASE("trace steps: what is no whole step is left out and counted") {
  GpuTrace trace = two_kernel_steps(3);
  add(trace, "fill_kernel", -50, -49);
  add(trace, "flash_fwd_kernel", 39, 42);  // half of a fourth step
  finish(trace);
  const TraceSteps found = find_steps(trace, two_forward, "");
  CHECK(found.steps.size() == 3);
  CHECK(found.outside == 2);
  const std::vector<KernelKind> forward_backward{KernelKind::attention_forward,
                                                 KernelKind::attention_backward};
  CHECK_THROWS_WITH(find_steps(trace, forward_backward, ""),
                    ContainsSubstring("7 forward and 0 backward attention kernels") &&
                        ContainsSubstring("1 forward and 1 backward"));
}

TEST_CASE("trace steps: by an annotation, or by the kernel that begins one") {
  GpuTrace trace = two_kernel_steps(3);
  trace.marks = {{"ProfilerStep#4", 13, 24}, {"ProfilerStep#5", 26, 37}};
  finish(trace);
  const TraceSteps marked = find_steps(trace, {}, "ProfilerStep");
  REQUIRE(marked.steps.size() == 2);
  CHECK(marked.steps[0].start == Approx(13));
  CHECK(marked.outside == 5);
  CHECK_THROWS_WITH(find_steps(trace, {}, "train"),
                    ContainsSubstring("its annotations on the GPU are \"ProfilerStep\""));
  trace.marks[1].start = 20;
  CHECK_THROWS_WITH(find_steps(trace, {}, "ProfilerStep"), ContainsSubstring("overlap"));

  GpuTrace started;
  started.file = "made.json";
  for (int s = 0; s < 3; ++s) {
    add(started, "begin_kernel", 10 * s, 10 * s + 1);
    if (s < 2) add(started, "flash_fwd_kernel", 10 * s + 1, 10 * s + 5);
  }
  finish(started);
  const TraceSteps by_kernel = find_steps(started, {}, "begin_kernel");
  CHECK(by_kernel.steps.size() == 2);  // the recording ended in the third
  CHECK(by_kernel.outside == 1);
}

TEST_CASE("intervals: what is outside of others") {
  const Intervals a = merged({{4, 6}, {0, 2}, {1, 3}});
  CHECK(a == Intervals{{0, 3}, {4, 6}});
  CHECK(length_of(a) == Approx(5));
  CHECK(length_outside(a, merged({{2, 5}})) == Approx(3));
  CHECK(length_outside(a, {}) == Approx(5));
  CHECK(length_outside({}, a) == Approx(0));
}

TEST_CASE("overlay: counts, totals and exposed time of the sample are its own") {
  Case c;
  const TraceOverlay found = overlay(c.pricer, c.plan, sample_ranks(), "");
  REQUIRE(found.ranks.size() == 2);
  const RankOverlay& rank = found.ranks[0];
  // By hand, from make-traces: one diagonal and three other kernels each way, with conversions of dQ behind.
  const OverlaidKind& forward = kind(rank, KernelKind::attention_forward);
  CHECK(forward.measured.calls == 4);
  CHECK(forward.predicted.calls == 4);
  CHECK(forward.measured.total == Approx(45.1e-3).epsilon(0.01));
  const OverlaidKind& backward = kind(rank, KernelKind::attention_backward);
  CHECK(backward.measured.calls == 4);
  CHECK(backward.measured.total == Approx(116.5e-3 + 4 * 0.19e-3).epsilon(0.01));
  const OverlaidKind& exchange = kind(rank, KernelKind::exchange);
  CHECK(exchange.measured.calls == 9);
  CHECK(exchange.predicted.calls == 9);
  CHECK(exchange.measured.exposed < exchange.measured.total);
  CHECK(kind(rank, KernelKind::elementwise).measured.calls == 19);
  // Predicted: the step is that of the price.
  CHECK(rank.expected.time == Approx(c.pricer.price(c.plan).time.value));
  CHECK(found.inside());
  CHECK(found.remarks.empty());
  // The same steps, whichever way they are found.
  const TraceOverlay marked = overlay(c.pricer, c.plan, sample_ranks(), "ProfilerStep");
  CHECK(marked.ranks[0].measured == Approx(rank.measured));
}

TEST_CASE("overlay: every event of a step is matched or listed, and so is every operation") {
  Case c;
  const TraceOverlay found = overlay(c.pricer, c.plan, sample_ranks(), "");
  for (const RankOverlay& rank : found.ranks) {
    std::size_t matched = 0;
    for (const std::int32_t op : rank.matched[0]) matched += op == no_op ? 0 : 1;
    double measured = 0, predicted = 0;
    for (const LeftOver& left : rank.left_over)
      (left.side == Side::measured ? measured : predicted) += left.calls;
    CHECK(matched + static_cast<std::size_t>(measured + 0.5) == rank.steps.steps[0].events.size());
    CHECK(matched + static_cast<std::size_t>(predicted + 0.5) == rank.expected.ops.size());
    CHECK(matched == 4 + 4 + 9);
  }
}

TEST_CASE("overlay: another number of messages is not guessed at") {
  Case c;
  std::vector<GpuTrace> traces{sample_ranks()[0]};
  std::erase_if(traces[0].events, [n = 0](const GpuEvent& event) mutable {
    return event.what.kind == KernelKind::exchange && n++ % 9 == 8;
  });
  const TraceOverlay found = overlay(c.pricer, c.plan, traces, "");
  const RankOverlay& rank = found.ranks[0];
  CHECK(kind(rank, KernelKind::exchange).measured.calls == 8);
  const auto listed = [&](Side side, const std::string& name) {
    return std::any_of(rank.left_over.begin(), rank.left_over.end(), [&](const LeftOver& left) {
      return left.side == side && left.name == name &&
             left.why.find("another number of calls") != std::string::npos;
    });
  };
  CHECK(listed(Side::measured, "ncclDevKernel_SendRecv"));
  CHECK(listed(Side::predicted, "K,V (exchange)"));
}

TEST_CASE("overlay: clocks that disagree are refused, with both files and the gap") {
  Case c;
  std::vector<GpuTrace> traces = sample_ranks();
  traces[1].origin -= 2'000'000;  // 2 ms, longer than any message
  CHECK_THROWS_WITH(overlay(c.pricer, c.plan, traces, ""),
                    ContainsSubstring("torch-rank1.json: its clock is not that of") &&
                        ContainsSubstring("torch-rank0.json") && ContainsSubstring("PTP"));
  traces = sample_ranks();
  traces[0].origin += 3;  // nanoseconds
  CHECK(overlay(c.pricer, c.plan, traces, "").remarks.empty());
  // A receiver that begins late proves nothing, since messages wait in buffers; all of them late is said.
  traces = sample_ranks();
  traces[1].origin += 3'000'000;
  const TraceOverlay late = overlay(c.pricer, c.plan, traces, "");
  REQUIRE(late.remarks.size() == 1);
  CHECK(late.remarks[0].find("Every message that rank 0 sends ends there") == 0);
  // Ranks 0 and 2 of a ring of four send nothing to each other.
  traces = sample_ranks();
  traces[1].rank = 2;
  REQUIRE(overlay(c.pricer, c.plan, traces, "").remarks.size() == 1);
  CHECK(overlay(c.pricer, c.plan, traces, "").remarks[0].find("was not checked") != std::string::npos);
}

TEST_CASE("overlay: traces of another plan or of no rank are refused") {
  Case c;
  const auto refused = [&](auto change, const std::string& why) {
    std::vector<GpuTrace> traces = sample_ranks();
    change(traces);
    CHECK_THROWS_WITH(overlay(c.pricer, c.plan, traces, ""), ContainsSubstring(why));
  };
  refused([](auto& t) { t[0].world = 8; }, "one of 8 ranks, and the plan has 4");
  refused([](auto& t) { t[0].rank = -1; }, "expected --rank");
  refused([](auto& t) { t[0].rank = 4, t[0].world = 0; }, "is of rank 4");
  refused([](auto& t) { t[0].rank = 1; }, "expected every rank once");
}

TEST_CASE("overlay: another scale of time is remarked on") {
  Case c;
  std::vector<GpuTrace> traces{sample_ranks()[0]};
  for (GpuEvent& event : traces[0].events) event.start *= 1000, event.end *= 1000;
  const TraceOverlay found = overlay(c.pricer, c.plan, traces, "");
  REQUIRE(found.remarks.size() == 2);
  CHECK(found.remarks[0].find("attention forward takes") == 0);
}

TEST_CASE("measured trace: names and lanes of the plan, every event once") {
  Case c;
  const TraceOverlay found = overlay(c.pricer, c.plan, sample_ranks(), "");
  const auto json = nlohmann::json::parse(chrome_trace(found, c.pricer.map(), "zigzag-ring 4"));
  std::size_t slices = 0, attention = 0, gradients = 0;
  std::vector<std::string> lanes;
  for (const auto& event : json["traceEvents"]) {
    if (event["name"] == "thread_name" && event["pid"] == 0) lanes.push_back(event["args"]["name"]);
    if (event["ph"] != "X") continue;
    CHECK(event["ts"].get<double>() >= 0);
    ++slices;
    attention += event["name"] == "attention backward, step 3" ? 1 : 0;
    gradients += event["name"] == "dK,dV (exchange)" && event["tid"] == 3 ? 1 : 0;
  }
  CHECK(slices == 80);
  CHECK(attention == 2);
  CHECK(gradients == 6);
  CHECK(lanes == std::vector<std::string>{"compute", "ring", "gradient ring"});
}

TEST_CASE("a training step is listed as often as its phases run") {
  costmodel::Scenario scenario = costmodel::read_scenario(std::string(RINGSIDE_SOURCE_DIR) +
                                                          "/examples/llama-7b-128k-8xa100-training.toml");
  scenario.plan_text = "ring:ulysses=1";
  const costmodel::Pricer pricer(scenario);
  costmodel::Plan plan;
  plan.transport = costmodel::Transport::ring;
  plan.ring = plan.inner_ring = 8;
  plan.layout = costmodel::Layout::zigzag;
  plan.checkpoint = costmodel::Checkpoint::attention_output;
  plan.zero = 3;
  const costmodel::Schedule schedule = schedule_of(scenario, plan);
  const ExpectedStep step = expected_step(pricer, schedule, costmodel::Rank(3));
  const auto count = [&](KernelKind wanted) {
    return std::count_if(step.ops.begin(), step.ops.end(),
                         [&](const ExpectedOp& op) { return op.kind == wanted; });
  };
  // By hand: 32 layers, a ring of 8, the attention output kept.
  CHECK(count(KernelKind::attention_forward) == 32 * 8 * schedule.micro_batches);
  CHECK(count(KernelKind::attention_backward) == 32 * 8 * schedule.micro_batches);
  for (std::size_t i = 1; i < step.ops.size(); ++i) CHECK(step.ops[i].end <= step.time * (1 + 1e-9));
}
