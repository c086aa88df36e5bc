#include "tests/kernels/emulated_attention.h"

#include "kernels/cuda/sm80_backward_rows.h"
#include "kernels/cuda/sm80_forward.h"
#include "kernels/cuda/step_arguments.h"

namespace kernel_tests {

using namespace kernels;

namespace {

int tiles(int count, int tile) { return (count + tile - 1) / tile; }

template <class Config>
EmulatedGrid grid_of(int x, int heads, int batch, WarpOrder order) {
  return {x, heads, batch, Config::threads, Config::shared_bytes, order};
}

void add(EmulationCounts& all, const EmulationCounts& counts) {
  all.matrix_loads += counts.matrix_loads;
  all.bank_conflicts += counts.bank_conflicts;
  all.products += counts.products;
}

template <class Number, int dim>
EmulationCounts forward(const ForwardArguments& a, WarpOrder order) {
  using Config = Sm80Forward<dim>;
  return run_emulated(
      grid_of<Config>(tiles(a.shape.rows, Config::row_tile), a.shape.heads, a.shape.batch, order),
      [&](EmulatedThread& gpu) { sm80_forward<Number, Config>(gpu, a); });
}

template <class Number, int dim>
EmulationCounts backward(const BackwardArguments& a, WarpOrder order) {
  using Keys = Sm80BackwardKeys<dim>;
  using Rows = Sm80BackwardRows<dim>;
  EmulationCounts counts = run_emulated(
      grid_of<Keys>(tiles(a.shape.keys, Keys::key_tile), a.shape.key_heads, a.shape.batch, order),
      [&](EmulatedThread& gpu) { sm80_backward_keys<Number, Keys>(gpu, a); });
  add(counts,
      run_emulated(grid_of<Rows>(tiles(a.shape.rows, Rows::row_tile), a.shape.heads, a.shape.batch, order),
                   [&](EmulatedThread& gpu) { sm80_backward_rows<Number, Rows>(gpu, a); }));
  return counts;
}

std::string rejects(const StepNeeds& needs) { return gpu_rejects(needs.dim, needs.element); }
std::string description(const StepOptions&) { return "sm_80 kernels on an emulated GPU"; }

template <WarpOrder order>
constexpr Backend emulated = {"emulated sm_80", rejects, description,
                              [](const ForwardStep& step, const ForwardState& state, const StepOptions&) {
                                emulate_sm80(step, state, order);
                              },
                              [](const BackwardStep& step, const GradientState& state, const StepOptions&) {
                                emulate_sm80(step, state, order);
                              }};

}  // namespace

const Backend& emulated_sm80(WarpOrder order) {
  static constexpr Backend ascending = emulated<WarpOrder::ascending>;
  static constexpr Backend descending = emulated<WarpOrder::descending>;
  return order == WarpOrder::ascending ? ascending : descending;
}

EmulationCounts emulate_sm80(const ForwardStep& step, const ForwardState& state, WarpOrder order) {
  const ForwardArguments a = arguments_of("forward step (emulated)", step, state);
  if (step.q.element == Element::bf16)
    return step.q.dim == 64 ? forward<Bf16, 64>(a, order) : forward<Bf16, 128>(a, order);
  return step.q.dim == 64 ? forward<Fp16, 64>(a, order) : forward<Fp16, 128>(a, order);
}

EmulationCounts emulate_sm80(const BackwardStep& step, const GradientState& state, WarpOrder order) {
  const BackwardArguments a = arguments_of("backward step (emulated)", step, state);
  if (step.q.element == Element::bf16)
    return step.q.dim == 64 ? backward<Bf16, 64>(a, order) : backward<Bf16, 128>(a, order);
  return step.q.dim == 64 ? backward<Fp16, 64>(a, order) : backward<Fp16, 128>(a, order);
}

}  // namespace kernel_tests
