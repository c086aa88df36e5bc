// Attention steps of the cpu backend on one core: one head, fp32, causal, 4,096 queries and keys, as long as
// a block of a ring.
//
// fraction_of_peak is the achieved flop/s over that of a loop of nothing but multiply-adds in registers,
// which runs before and after in the same process; the faster of the two counts.  A forward step does 4 x dim
// flop per kept (query, key) pair, a backward step 10 x dim.  Both rates are over CPU time of the one thread;
// the achieved one is the median over the iterations.  attention/cpu_forward and attention/cpu_backward have
// dim 128 and the best instruction set of the machine; the others change one of these.
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

struct Problem {
  std::int64_t dim;
  std::vector<float> q, k, v, d_output, output, dq, dk, dv, max, sum, lse, delta;

  explicit Problem(std::int64_t dim_) : dim(dim_) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (std::vector<float>* tensor : {&q, &k, &v, &d_output}) {
      tensor->resize(static_cast<std::size_t>(rows * dim));
      for (float& x : *tensor) x = normal(random);
    }
    for (std::vector<float>* tensor : {&output, &dq, &dk, &dv}) tensor->resize(q.size());
    for (std::vector<float>* numbers : {&max, &sum, &lse, &delta}) numbers->resize(rows);
    // What backward needs of forward.
    reset(state());
    backend_named("cpu").forward_step(forward(), state(), {});
    std::vector<float> finished(q.size());
    finish(state(), view(finished), per_row(lse));
    delta_of(view(d_output), view(finished), per_row(delta));
  }

  TensorView view(std::vector<float>& tensor) const {
    return packed_view(tensor.data(), Element::fp32, 1, rows, 1, dim);
  }
  static RowView per_row(std::vector<float>& numbers) { return packed_rows(numbers.data(), 1, 1, rows); }
  ForwardStep forward() { return {view(q), view(k), view(v), {}, {}, softmax_scale(dim)}; }
  ForwardState state() { return {view(output), per_row(max), per_row(sum)}; }
  BackwardStep backward() {
    return {view(q),        view(k), view(v), view(d_output),    per_row(lse),
            per_row(delta), {},      {},      softmax_scale(dim)};
  }
  GradientState gradients() { return {view(dq), view(dk), view(dv)}; }
};

double pairs() { return static_cast<double>(kept_pairs({}, {}, rows, rows)); }

template <class Step>
void measure(benchmark::State& bench, CpuLevel level, double flop, const Step& step) {
  const auto levels = available_cpu_levels();
  if (std::find(levels.begin(), levels.end(), level) == levels.end()) {
    bench.SkipWithError("this processor lacks the instruction set");
    return;
  }
  StepOptions options;
  options.cpu_level = level;
  bench.SetLabel(backend_named("cpu").description(options));
  step(options);
  double peak = measured_fma_peak(level);
  std::vector<double> rates;
  for (auto _ : bench) {
    const double start = thread_cpu_seconds();
    step(options);
    rates.push_back(flop / (thread_cpu_seconds() - start));
  }
  peak = std::max(peak, measured_fma_peak(level));
  const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
  std::nth_element(rates.begin(), middle, rates.end());
  bench.counters["flop_per_second"] = *middle;
  bench.counters["peak_flop_per_second"] = peak;
  bench.counters["fraction_of_peak"] = *middle / peak;
}

void cpu_forward(benchmark::State& bench, std::int64_t dim, CpuLevel level) {
  Problem problem(dim);
  measure(bench, level, 4.0 * static_cast<double>(dim) * pairs(), [&](const StepOptions& options) {
    backend_named("cpu").forward_step(problem.forward(), problem.state(), options);
  });
}

void cpu_backward(benchmark::State& bench, std::int64_t dim, CpuLevel level) {
  Problem problem(dim);
  measure(bench, level, 10.0 * static_cast<double>(dim) * pairs(), [&](const StepOptions& options) {
    backend_named("cpu").backward_step(problem.backward(), problem.gradients(), options);
  });
}

BENCHMARK_CAPTURE(cpu_forward, best, 128, best_cpu_level())
    ->Name("attention/cpu_forward")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cpu_forward, d64, 64, best_cpu_level())
    ->Name("attention/cpu_forward_d64")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cpu_forward, avx2, 128, CpuLevel::avx2)
    ->Name("attention/cpu_forward_avx2")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cpu_forward, portable, 128, CpuLevel::portable)
    ->Name("attention/cpu_forward_portable")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cpu_backward, best, 128, best_cpu_level())
    ->Name("attention/cpu_backward")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cpu_backward, d64, 64, best_cpu_level())
    ->Name("attention/cpu_backward_d64")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cpu_backward, avx2, 128, CpuLevel::avx2)
    ->Name("attention/cpu_backward_avx2")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cpu_backward, portable, 128, CpuLevel::portable)
    ->Name("attention/cpu_backward_portable")
    ->Unit(benchmark::kMillisecond);

}  // namespace
