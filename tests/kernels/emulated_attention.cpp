#include "tests/kernels/emulated_attention.h"

#include "kernels/cuda/sm80_backward_rows.h"
#include "kernels/cuda/sm80_forward.h"
#include "kernels/cuda/sm90_forward.h"
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
EmulationCounts forward_90(const ForwardArguments& a, Element element, WarpOrder order) {
  using Config = Sm90Forward<dim>;
  const BlockShape& s = a.shape;
  const Sm90ForwardArguments<TensorBox> arguments = {
      tensor_box(a.q, element, dim, s.rows, s.heads, s.batch, Config::row_tile),
      tensor_box(a.k, element, dim, s.keys, s.key_heads, s.batch, Config::key_tile),
      tensor_box(a.v, element, dim, s.keys, s.key_heads, s.batch, Config::key_tile), a};
  return run_emulated(grid_of<Config>(tiles(s.rows, Config::row_tile), s.heads, s.batch, order),
                      [&](EmulatedThread& gpu) { sm90_forward<Number, Config>(gpu, arguments); });
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

template <class Number, int dim>
EmulationCounts forward_on(GpuKernels gpu, const ForwardArguments& a, Element element, WarpOrder order) {
  return gpu == GpuKernels::sm80 ? forward<Number, dim>(a, order)
                                 : forward_90<Number, dim>(a, element, order);
}

std::string rejects(const StepNeeds& needs) { return gpu_rejects(needs.dim, needs.element); }
std::string description(const StepOptions&) { return "kernels on an emulated GPU"; }

template <GpuKernels gpu, WarpOrder order>
constexpr Backend backend = {"emulated", rejects, description,
                             [](const ForwardStep& step, const ForwardState& state, const StepOptions&) {
                               emulate(gpu, step, state, order);
                             },
                             [](const BackwardStep& step, const GradientState& state, const StepOptions&) {
                               emulate(step, state, order);
                             }};

}  // namespace

const Backend& emulated(GpuKernels gpu, WarpOrder order) {
  const bool up = order == WarpOrder::ascending;
  if (gpu == GpuKernels::sm80)
    return up ? backend<GpuKernels::sm80, WarpOrder::ascending>
              : backend<GpuKernels::sm80, WarpOrder::descending>;
  return up ? backend<GpuKernels::sm90a, WarpOrder::ascending>
            : backend<GpuKernels::sm90a, WarpOrder::descending>;
}

EmulationCounts emulate(GpuKernels gpu, const ForwardStep& step, const ForwardState& state, WarpOrder order) {
  const ForwardArguments a = arguments_of("forward step (emulated)", step, state);
  const Element element = step.q.element;
  if (element == Element::bf16)
    return step.q.dim == 64 ? forward_on<Bf16, 64>(gpu, a, element, order)
                            : forward_on<Bf16, 128>(gpu, a, element, order);
  return step.q.dim == 64 ? forward_on<Fp16, 64>(gpu, a, element, order)
                          : forward_on<Fp16, 128>(gpu, a, element, order);
}

EmulationCounts emulate(const BackwardStep& step, const GradientState& state, WarpOrder order) {
  const BackwardArguments a = arguments_of("backward step (emulated)", step, state);
  if (step.q.element == Element::bf16)
    return step.q.dim == 64 ? backward<Bf16, 64>(a, order) : backward<Bf16, 128>(a, order);
  return step.q.dim == 64 ? backward<Fp16, 64>(a, order) : backward<Fp16, 128>(a, order);
}

}  // namespace kernel_tests
