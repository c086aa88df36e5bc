// Attention steps of the cpu backend on one core: one head, dim 128, fp32, causal, as long as a ring block.
//
// fraction_of_peak is the achieved flop/s over that of a loop of nothing but multiply-adds in registers, which
// runs before and after in the same process; the faster of the two counts.  A forward step does 4 x dim flop
// per kept (query, key) pair, a backward step 10 x dim.  Both rates are over CPU time of the one thread; the
// achieved one is the median over the iterations.  The instruction set is the argument: 0 portable, 1 AVX2,
// 2 AVX-512; those that the machine lacks are skipped.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "kernels/attention_state.h"
#include "kernels/backend.h"
#include "kernels/cpu_peak.h"

namespace {

using namespace kernels;

constexpr std::int64_t rows = 4096;
constexpr std::int64_t dim = 128;

struct Problem {
  std::vector<float> q, k, v, d_output, output, dq, dk, dv, max, sum, lse, delta;
  ForwardStep forward;
  BackwardStep backward;
  ForwardState state;
  GradientState gradients;

  Problem() {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (std::vector<float>* tensor : {&q, &k, &v, &d_output}) {
      tensor->resize(rows * dim);
      for (float& x : *tensor) x = normal(random);
    }
    for (std::vector<float>* tensor : {&output, &dq, &dk, &dv}) tensor->resize(rows * dim);
    for (std::vector<float>* numbers : {&max, &sum, &lse, &delta}) numbers->resize(rows);
    const auto view = [](std::vector<float>& tensor) {
      return packed_view(tensor.data(), Element::fp32, 1, rows, 1, dim);
    };
    const auto per_row = [](std::vector<float>& numbers) { return packed_rows(numbers.data(), 1, 1, rows); };
    forward = {view(q), view(k), view(v), {}, {}, softmax_scale(dim)};
    state = {view(output), per_row(max), per_row(sum)};
    reset(state);
    backend_named("cpu").forward_step(forward, state, {});
    std::vector<float> finished(rows * dim);
    finish(state, view(finished), per_row(lse));
    delta_of(view(d_output), view(finished), per_row(delta));
    backward = {view(q), view(k), view(v), view(d_output), per_row(lse), per_row(delta), {}, {}, softmax_scale(dim)};
    gradients = {view(dq), view(dk), view(dv)};
  }
};

template <class Step>
void measure(benchmark::State& state, double flop, const Step& step) {
  const auto level = static_cast<CpuLevel>(state.range(0));
  const auto levels = available_cpu_levels();
  if (std::find(levels.begin(), levels.end(), level) == levels.end()) {
    state.SkipWithError("this processor lacks the instruction set");
    return;
  }
  StepOptions options;
  options.cpu_level = level;
  state.SetLabel(backend_named("cpu").description(options));
  step(options);
  double peak = measured_fma_peak(level);
  std::vector<double> rates;
  for (auto _ : state) {
    const double start = thread_cpu_seconds();
    step(options);
    rates.push_back(flop / (thread_cpu_seconds() - start));
  }
  peak = std::max(peak, measured_fma_peak(level));
  std::nth_element(rates.begin(), rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2), rates.end());
  const double median = rates[rates.size() / 2];
  state.counters["flop_per_second"] = median;
  state.counters["peak_flop_per_second"] = peak;
  state.counters["fraction_of_peak"] = median / peak;
}

double pairs() { return static_cast<double>(kept_pairs({}, {}, rows, rows)); }

void cpu_forward(benchmark::State& state) {
  Problem problem;
  measure(state, 4.0 * dim * pairs(), [&](const StepOptions& options) {
    backend_named("cpu").forward_step(problem.forward, problem.state, options);
  });
}
BENCHMARK(cpu_forward)->Name("attention/cpu_forward")->Arg(2)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->MinTime(2);

void cpu_backward(benchmark::State& state) {
  Problem problem;
  measure(state, 10.0 * dim * pairs(), [&](const StepOptions& options) {
    backend_named("cpu").backward_step(problem.backward, problem.gradients, options);
  });
}
BENCHMARK(cpu_backward)->Name("attention/cpu_backward")->Arg(2)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->MinTime(2);

}  // namespace
