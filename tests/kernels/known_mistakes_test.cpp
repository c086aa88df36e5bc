// Mistakes that other implementations of distributed attention shipped, each as a test.
#include <cmath>
#include <limits>

#include "kernels/attention_state.h"
#include "kernels/tensor_copy.h"
#include "tests/catch.h"
#include "tests/kernels/attention_problem.h"
#include "tests/kernels/refusal.h"

using namespace kernels;
using namespace kernel_tests;

namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

// A state of one row with one number of output.
struct OneRow {
  OwnedTensor output{Element::fp32, 1, 1, 1, 1};
  OwnedRows max{1, 1, 1}, sum{1, 1, 1};

  OneRow() { reset(state()); }
  OneRow(float o, float m, float l) : OneRow() {
    write_row(&o, output.view(), 0, 0, 0);
    max.numbers[0] = m;
    sum.numbers[0] = l;
  }
  ForwardState state() { return {output.view(), max.view(), sum.view()}; }
  double finished_output() {
    OwnedTensor out = output;
    OwnedRows lse = max;
    finish(state(), out.view(), lse.view());
    return out.numbers()[0];
  }
  float finished_lse() {
    OwnedTensor out = output;
    OwnedRows lse = max;
    finish(state(), out.view(), lse.view());
    return lse.numbers[0];
  }
};

// Two blocks of eight keys, one head: forward state of each block alone, or of both.
struct TwoBlocks {
  TwoBlocks() : problem(Shape{1, 16, 1, 1, 16}, Element::fp32, Mask{MaskKind::full}) {}

  Problem problem;
  OwnedTensor dq{Element::fp32, 1, 16, 1, 16}, dk = dq, dv = dq;

  OwnedRows lse_of(const std::vector<Run>& blocks, OwnedTensor& output) {
    OwnedTensor carried = dq;
    OwnedRows max{1, 1, 16}, sum = max, lse = max;
    const ForwardState state = {carried.view(), max.view(), sum.view()};
    reset(state);
    for (const Run& block : blocks)
      reference_forward_step({problem.q(),
                              rows_of(problem.k(), block.first, block.count),
                              rows_of(problem.v(), block.first, block.count),
                              {},
                              problem.mask,
                              problem.scale},
                             state);
    finish(state, output.view(), lse.view());
    return lse;
  }

  void backward(const Run& block, const OwnedRows& lse, const OwnedTensor& output) {
    OwnedRows delta = lse;
    delta_of(problem.d_output(), output.view(), delta.view());
    const auto cut = [&](TensorView view) { return rows_of(view, block.first, block.count); };
    reference_backward_step({problem.q(),
                             rows_of(problem.k(), block.first, block.count),
                             rows_of(problem.v(), block.first, block.count),
                             problem.d_output(),
                             lse.view(),
                             delta.view(),
                             {},
                             problem.mask,
                             problem.scale},
                            {dq.view(), cut(dk.view()), cut(dv.view())});
  }
};

}  // namespace

TEST_CASE("merging states whose maxima are far apart does not overflow") {
  OneRow low(1, -500, 1), high(3, 500, 1);
  merge(low.state(), high.state());
  CHECK(low.finished_output() == 3);
  CHECK(low.finished_lse() == 500);
  OneRow first(3, 500, 1), second(1, -500, 1);
  merge(first.state(), second.state());
  CHECK(first.finished_output() == 3);
  CHECK(first.finished_lse() == 500);
}

TEST_CASE("merging with a state that saw no key changes nothing, and two such states stay empty") {
  OneRow seen(6, 2, 3), empty;
  merge(seen.state(), empty.state());
  CHECK(seen.finished_output() == 2);
  CHECK(seen.max.numbers[0] == 2);
  OneRow other;
  merge(other.state(), seen.state());
  CHECK(other.finished_output() == 2);
  OneRow nothing;
  merge(nothing.state(), empty.state());
  CHECK(nothing.finished_output() == 0);
  CHECK(nothing.finished_lse() == minus_infinity);
}

TEST_CASE("merged parts equal the steps carried one after the other") {
  const Problem problem({1, 64, 2, 1, 32}, Element::fp32, {MaskKind::full});
  OwnedTensor carried(Element::fp32, 1, 64, 2, 32), part = carried, merged = carried, together = carried;
  OwnedRows max(1, 2, 64), sum = max, part_max = max, part_sum = max, lse = max, lse_together = max;
  const ForwardState chain = {together.view(), max.view(), sum.view()};
  OwnedRows merged_max = max, merged_sum = max;
  const ForwardState total = {merged.view(), merged_max.view(), merged_sum.view()};
  reset(chain);
  reset(total);
  for (std::int64_t first = 0; first < 64; first += 16) {
    const ForwardStep step = {
        problem.q(),  rows_of(problem.k(), first, 16), rows_of(problem.v(), first, 16), {}, problem.mask,
        problem.scale};
    const ForwardState alone = {part.view(), part_max.view(), part_sum.view()};
    reset(alone);
    backend_named("cpu").forward_step(step, alone, {});
    merge(total, alone);
    backend_named("cpu").forward_step(step, chain, {});
  }
  OwnedTensor output = carried, output_together = carried;
  finish(total, output.view(), lse.view());
  finish(chain, output_together.view(), lse_together.view());
  CHECK(relative_error(output.numbers(), output_together.numbers()) < 3e-7);
  CHECK(relative_error(output.numbers(), problem.dense().output) < 1e-6);
}

TEST_CASE("a row that sees no key gives zero and -infinity, never NaN, forward and backward") {
  // Keys at positions 100 ... 163, queries at 90 ... 121: the first ten queries see nothing.
  const Problem problem({1, 64, 2, 1, 32}, Element::fp32, {});
  const PositionRule position{90, 1, 100, 1};
  for (const Runner& runner : runners()) {
    INFO(runner.name);
    const ConstTensorView q = rows_of(problem.q(), 0, 32);
    OwnedTensor carried(Element::fp32, 1, 32, 2, 32), output = carried;
    OwnedRows max(1, 2, 32), sum = max, lse = max, delta = max;
    const ForwardState state = {carried.view(), max.view(), sum.view()};
    reset(state);
    runner.backend->forward_step({q, problem.k(), problem.v(), position, problem.mask, problem.scale}, state,
                                 runner.options);
    finish(state, output.view(), lse.view());
    const DenseAttention dense =
        dense_attention(q, problem.k(), problem.v(), position, problem.mask, problem.scale);
    CHECK(relative_error(output.numbers(), dense.output) < 1e-6);
    CHECK(lse_error(lse.numbers, dense.lse) < 2e-5);
    const std::vector<double> numbers = output.numbers();
    for (std::size_t i = 0; i < 10 * 2 * 32; ++i) REQUIRE(numbers[i] == 0);
    CHECK(lse.numbers[9] == minus_infinity);
    CHECK(lse.numbers[10] > minus_infinity);

    const ConstTensorView d_output = rows_of(problem.d_output(), 0, 32);
    delta_of(d_output, output.view(), delta.view());
    OwnedTensor dq = carried, dk(Element::fp32, 1, 64, 1, 32), dv = dk;
    reset(GradientState{dq.view(), dk.view(), dv.view()});
    runner.backend->backward_step({q, problem.k(), problem.v(), d_output, lse.view(), delta.view(), position,
                                   problem.mask, problem.scale},
                                  {dq.view(), dk.view(), dv.view()}, runner.options);
    const DenseGradients truth =
        dense_gradients(q, problem.k(), problem.v(), d_output, position, problem.mask, problem.scale);
    CHECK(relative_error(dq.numbers(), truth.dq) < 1e-6);
    CHECK(relative_error(dk.numbers(), truth.dk) < 1e-6);
    CHECK(relative_error(dv.numbers(), truth.dv) < 1e-6);
    for (std::size_t i = 0; i < 10 * 2 * 32; ++i) REQUIRE(dq.numbers()[i] == 0);
  }
}

TEST_CASE(
    "backward with the LSE and output of one block alone is visibly wrong, with those of the row right") {
  const std::vector<Run> blocks = {{0, 1, 8}, {8, 1, 8}};
  TwoBlocks whole;
  OwnedTensor output = whole.dq;
  const OwnedRows lse = whole.lse_of(blocks, output);
  for (const Run& block : blocks) whole.backward(block, lse, output);
  const DenseGradients truth = whole.problem.gradients();
  CHECK(relative_error(whole.dq.numbers(), truth.dq) < 1e-6);
  CHECK(relative_error(whole.dk.numbers(), truth.dk) < 1e-6);
  CHECK(relative_error(whole.dv.numbers(), truth.dv) < 1e-6);

  TwoBlocks apart;
  for (const Run& block : blocks) {
    OwnedTensor output_of_block = apart.dq;
    const OwnedRows lse_of_block = apart.lse_of(std::vector<Run>(1, block), output_of_block);
    apart.backward(block, lse_of_block, output_of_block);
  }
  CHECK(relative_error(apart.dq.numbers(), truth.dq) > 0.05);
  CHECK(relative_error(apart.dk.numbers(), truth.dk) > 0.05);
}

TEST_CASE("what is carried from step to step cannot be fp16 or bf16") {
  const Problem problem({1, 16, 1, 1, 16}, Element::bf16, {});
  OwnedTensor narrow(Element::bf16, 1, 16, 1, 16), wide(Element::fp32, 1, 16, 1, 16);
  OwnedRows numbers(1, 1, 16);
  const ForwardStep forward = {problem.q(), problem.k(), problem.v(), {}, problem.mask, problem.scale};
  const BackwardStep backward = {problem.q(),    problem.k(),    problem.v(), problem.d_output(),
                                 numbers.view(), numbers.view(), {},          problem.mask,
                                 problem.scale};
  for (const Runner& runner : runners()) {
    INFO(runner.name);
    const std::string output = message_of([&] {
      runner.backend->forward_step(forward, {narrow.view(), numbers.view(), numbers.view()}, runner.options);
    });
    CHECK(output.find("output is bf16") != std::string::npos);
    CHECK(output.find("must be fp32") != std::string::npos);
    const std::string dq = message_of([&] {
      runner.backend->backward_step(backward, {narrow.view(), wide.view(), wide.view()}, runner.options);
    });
    CHECK(dq.find("dq is bf16") != std::string::npos);
    const std::string dv = message_of([&] {
      runner.backend->backward_step(backward, {wide.view(), wide.view(), narrow.view()}, runner.options);
    });
    CHECK(dv.find("dv is bf16") != std::string::npos);
  }
}

TEST_CASE("carrying bf16 from step to step would break the rule for rings that carrying fp32 keeps") {
  // Forward only, 32 steps of 8 keys; `narrow` rounds what is carried to bf16 after each, as partial results
  // of the inputs' type do.
  const Problem problem({1, 256, 1, 1, 64}, Element::bf16, {MaskKind::full});
  const std::vector<double> truth = problem.dense().output;
  const auto error_of = [&](std::int64_t keys_per_step, bool narrow) {
    OwnedTensor carried(Element::fp32, 1, 256, 1, 64), rounded(Element::bf16, 1, 256, 1, 64),
        output = rounded;
    OwnedRows max(1, 1, 256), sum = max, lse = max;
    const ForwardState state = {carried.view(), max.view(), sum.view()};
    reset(state);
    for (std::int64_t first = 0; first < 256; first += keys_per_step) {
      backend_named("cpu").forward_step({problem.q(),
                                         rows_of(problem.k(), first, keys_per_step),
                                         rows_of(problem.v(), first, keys_per_step),
                                         {},
                                         problem.mask,
                                         problem.scale},
                                        state, {});
      if (!narrow) continue;
      convert(carried.view(), rounded.view());
      convert(rounded.view(), carried.view());
    }
    finish(state, output.view(), lse.view());
    return relative_error(output.numbers(), truth);
  };
  CHECK(error_of(8, false) <= 1.2 * error_of(256, false));
  CHECK(error_of(8, true) > 1.5 * error_of(256, false));
}

TEST_CASE("the order of LSE and tensors in memory changes nothing") {
  // Rows before heads, padded; and heads before rows.
  const Problem problem({2, 40, 4, 2, 32}, Element::fp32, {});
  const auto forward = [&](const Runner& runner, const ForwardState& state) {
    reset(state);
    runner.backend->forward_step({problem.q(), problem.k(), problem.v(), {}, problem.mask, problem.scale},
                                 state, runner.options);
  };
  for (const Runner& runner : runners()) {
    INFO(runner.name);
    OwnedTensor output(Element::fp32, 2, 40, 4, 32), finished = output;
    OwnedRows max(2, 4, 40), sum = max, lse = max;
    const ForwardState state = {output.view(), max.view(), sum.view()};
    forward(runner, state);
    finish(state, finished.view(), lse.view());

    std::vector<float> memory(2 * 4 * 40 * 32), numbers(3 * 2 * 50 * 5, -7.0F), out(memory.size());
    const TensorView heads_first = {memory.data(), Element::fp32, 2, 40, 4, 32, 4 * 40 * 32, 32, 40 * 32};
    TensorView finished_heads_first = heads_first;
    finished_heads_first.data = out.data();
    const auto rows_first = [&](std::int64_t which) {
      return RowView{numbers.data() + which * 500, 2, 4, 40, 250, 1, 5};
    };
    const ForwardState strided = {heads_first, rows_first(0), rows_first(1)};
    forward(runner, strided);
    finish(strided, finished_heads_first, rows_first(2));
    for (std::int64_t b = 0; b < 2; ++b)
      for (std::int64_t h = 0; h < 4; ++h)
        for (std::int64_t r = 0; r < 40; ++r) {
          REQUIRE(rows_first(2).at(b, h, r) == lse.view().at(b, h, r));
          for (std::int64_t d = 0; d < 32; ++d)
            REQUIRE(number_at(finished_heads_first, b, r, h, d) == number_at(finished.view(), b, r, h, d));
        }
    // What lies between the rows is untouched.
    CHECK(numbers[4] == -7.0F);
    CHECK(numbers[240] == -7.0F);
  }
}

TEST_CASE("balanced layouts work without a causal mask, also when parts are single rows") {
  for (const Layout layout : {Layout::zigzag, Layout::striped}) {
    const Problem problem({1, 16, 2, 1, 16}, Element::fp32, {MaskKind::full});
    for (const Runner& runner : runners()) {
      INFO(runner.name << ", " << name_of(layout));
      const Result result = run_ring(problem, layout, 8, *runner.backend, runner.options);
      CHECK(relative_error(result.output, problem.dense().output) < 1e-6);
      CHECK(relative_error(result.dk, problem.gradients().dk) < 1e-6);
    }
  }
}

TEST_CASE("a NaN in the inputs is not hidden") {
  const Problem problem({1, 48, 1, 1, 16}, Element::fp32, {MaskKind::full});
  OwnedTensor q(Element::fp32, 1, 48, 1, 16);
  convert(problem.q(), q.view());
  const std::vector<float> row(16, std::numeric_limits<float>::quiet_NaN());
  write_row(row.data(), q.view(), 0, 5, 0);
  for (const Runner& runner : runners()) {
    INFO(runner.name);
    OwnedTensor carried(Element::fp32, 1, 48, 1, 16), output = carried;
    OwnedRows max(1, 1, 48), sum = max, lse = max;
    const ForwardState state = {carried.view(), max.view(), sum.view()};
    reset(state);
    runner.backend->forward_step({q.view(), problem.k(), problem.v(), {}, problem.mask, problem.scale}, state,
                                 runner.options);
    finish(state, output.view(), lse.view());
    CHECK(std::isnan(output.numbers()[5 * 16]));
    CHECK_FALSE(std::isnan(output.numbers()[4 * 16]));
    CHECK_FALSE(std::isnan(output.numbers()[6 * 16]));
  }
}
