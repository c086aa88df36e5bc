// A ring written by hand over the `threads` communicator: every rank owns its shard, blocks travel, and the
// gathered result equals dense attention.  Forward and kv-side backward: K, V travel, and dK, dV one hop
// behind them.  q-side backward: Q, dO, LSE, delta travel, and dQ one hop behind them.
#include <cstring>
#include <functional>
#include <mutex>

#include "kernels/attention_state.h"
#include "kernels/tensor_copy.h"
#include "kernels/thread_ranks.h"
#include "tests/catch.h"
#include "tests/kernels/attention_problem.h"

using namespace kernels;
using namespace kernel_tests;

namespace {

// Memory that travels: sent to the next rank while the same amount comes from the one before.
using Bytes = std::vector<std::byte>;

void rotate(Communicator& ranks, Bytes& block, int tag) {
  Bytes incoming(block.size());
  ranks.exchange({block, (ranks.rank() + 1) % ranks.size(), incoming,
                  (ranks.rank() + ranks.size() - 1) % ranks.size(), tag});
  block.swap(incoming);
}

void rotate(Communicator& ranks, OwnedRows& block, int tag) {
  std::vector<float> incoming(block.numbers.size());
  ranks.exchange({std::as_bytes(std::span(block.numbers)), (ranks.rank() + 1) % ranks.size(),
                  std::as_writable_bytes(std::span(incoming)),
                  (ranks.rank() + ranks.size() - 1) % ranks.size(), tag});
  block.numbers.swap(incoming);
}

// The rows of a whole tensor that a rank holds, one run after the other.
template <class Copy>
void for_runs(Layout layout, std::int64_t rows, int parts, int rank, Copy copy) {
  std::int64_t first = 0;
  for (const Run& run : runs_of(layout, rows, parts, rank)) {
    copy(run, first);
    first += run.count;
  }
}

struct Ring {
  const Problem& problem;
  Layout layout;
  int parts;
  const Runner& runner;

  std::int64_t share() const { return problem.shape.rows / parts; }

  OwnedTensor shard_of(const ConstTensorView& whole, int rank) const {
    OwnedTensor shard(whole.element, whole.batch, share(), whole.heads, whole.dim);
    for_runs(layout, whole.rows, parts, rank, [&](const Run& run, std::int64_t first) {
      convert(rows_of(whole, run.first, run.count, run.stride), rows_of(shard.view(), first, run.count));
    });
    return shard;
  }
  void put_shard(const ConstTensorView& shard, int rank, const TensorView& whole) const {
    for_runs(layout, whole.rows, parts, rank, [&](const Run& run, std::int64_t first) {
      convert(rows_of(shard, first, run.count), rows_of(whole, run.first, run.count, run.stride));
    });
  }
  // Calls step(first query row, rows, first key row, rows, positions) for the pairs of runs of two shards.
  template <class Step>
  void for_pairs(int query_rank, int key_rank, const Step& step) const {
    for_runs(layout, problem.shape.rows, parts, query_rank, [&](const Run& q, std::int64_t q_first) {
      for_runs(layout, problem.shape.rows, parts, key_rank, [&](const Run& k, std::int64_t k_first) {
        step(q_first, q.count, k_first, k.count, PositionRule{q.first, q.stride, k.first, k.stride});
      });
    });
  }
  void backward(int query_rank, int key_rank, const OwnedTensor& q, const OwnedTensor& k,
                const OwnedTensor& v, const OwnedTensor& d_output, const OwnedRows& lse,
                const OwnedRows& delta, OwnedTensor& dq, OwnedTensor& dk, OwnedTensor& dv) const {
    for_pairs(query_rank, key_rank,
              [&](std::int64_t qf, std::int64_t qn, std::int64_t kf, std::int64_t kn,
                  const PositionRule& position) {
                runner.backend->backward_step(
                    {rows_of(q.view(), qf, qn), rows_of(k.view(), kf, kn), rows_of(v.view(), kf, kn),
                     rows_of(d_output.view(), qf, qn), rows_of(lse.view(), qf, qn),
                     rows_of(delta.view(), qf, qn), position, problem.mask, problem.scale},
                    {rows_of(dq.view(), qf, qn), rows_of(dk.view(), kf, kn), rows_of(dv.view(), kf, kn)},
                    runner.options);
              });
  }
};

enum class Side { kv, q };

// One rank's program; writes its rows of the results.
void run_rank(const Ring& ring, Side side, Communicator& ranks, const TensorView& output,
              const TensorView& dq_whole, const TensorView& dk_whole, const TensorView& dv_whole) {
  const int me = ranks.rank(), size = ranks.size();
  const Shape& s = ring.problem.shape;
  OwnedTensor q = ring.shard_of(ring.problem.q(), me), d_output = ring.shard_of(ring.problem.d_output(), me);
  OwnedTensor k = ring.shard_of(ring.problem.k(), me), v = ring.shard_of(ring.problem.v(), me);

  OwnedTensor carried(Element::fp32, s.batch, ring.share(), s.heads, s.dim);
  OwnedRows max(s.batch, s.heads, ring.share()), sum = max, lse = max, delta = max;
  const ForwardState state = {carried.view(), max.view(), sum.view()};
  reset(state);
  OwnedTensor visiting_k = k, visiting_v = v;
  for (int hop = 0; hop < size; ++hop) {
    const OwnedTensor& block_k = visiting_k;
    const OwnedTensor& block_v = visiting_v;
    ring.for_pairs(me, (me + size - hop) % size,
                   [&](std::int64_t qf, std::int64_t qn, std::int64_t kf, std::int64_t kn,
                       const PositionRule& position) {
                     ring.runner.backend->forward_step(
                         {rows_of(q.view(), qf, qn), rows_of(block_k.view(), kf, kn),
                          rows_of(block_v.view(), kf, kn), position, ring.problem.mask, ring.problem.scale},
                         {rows_of(state.output, qf, qn), rows_of(state.running_max, qf, qn),
                          rows_of(state.running_sum, qf, qn)},
                         ring.runner.options);
                   });
    if (hop + 1 == size) break;
    rotate(ranks, visiting_k.bytes, 0);
    rotate(ranks, visiting_v.bytes, 0);
  }
  OwnedTensor finished(ring.problem.element, s.batch, ring.share(), s.heads, s.dim);
  finish(state, finished.view(), lse.view());
  delta_of(d_output.view(), finished.view(), delta.view());
  ring.put_shard(finished.view(), me, output);

  // Gradients start at home with the block that they belong to and follow it; the last hop brings them back.
  OwnedTensor dq(Element::fp32, s.batch, ring.share(), s.heads, s.dim);
  OwnedTensor dk(Element::fp32, s.batch, ring.share(), s.kv_heads, s.dim), dv = dk;
  for (int hop = 0; hop < size; ++hop) {
    const int visitor = (me + size - hop) % size;
    if (side == Side::kv)
      ring.backward(me, visitor, q, k, v, d_output, lse, delta, dq, dk, dv);
    else
      ring.backward(visitor, me, q, k, v, d_output, lse, delta, dq, dk, dv);
    if (side == Side::kv) {
      rotate(ranks, k.bytes, 0);
      rotate(ranks, v.bytes, 0);
      rotate(ranks, dk.bytes, 1);
      rotate(ranks, dv.bytes, 1);
    } else {
      rotate(ranks, q.bytes, 0);
      rotate(ranks, d_output.bytes, 0);
      rotate(ranks, lse, 0);
      rotate(ranks, delta, 0);
      rotate(ranks, dq.bytes, 1);
    }
  }
  ring.put_shard(dq.view(), me, dq_whole);
  ring.put_shard(dk.view(), me, dk_whole);
  ring.put_shard(dv.view(), me, dv_whole);
}

void check_ring(const Problem& problem, Layout layout, int parts, Side side, const Runner& runner) {
  const Shape& s = problem.shape;
  OwnedTensor output(problem.element, s.batch, s.rows, s.heads, s.dim),
      dq(Element::fp32, s.batch, s.rows, s.heads, s.dim);
  OwnedTensor dk(Element::fp32, s.batch, s.rows, s.kv_heads, s.dim), dv = dk;
  const Ring ring{problem, layout, parts, runner};
  run_ranks(parts, {}, [&](Communicator& ranks) {
    run_rank(ring, side, ranks, output.view(), dq.view(), dk.view(), dv.view());
  });
  const bool exact = problem.element == Element::fp32;
  const DenseGradients gradients = problem.gradients();
  CHECK(relative_error(output.numbers(), problem.dense().output) < (exact ? 1e-6 : 4e-3));
  CHECK(relative_error(dq.numbers(), gradients.dq) < (exact ? 1e-6 : 6e-3));
  CHECK(relative_error(dk.numbers(), gradients.dk) < (exact ? 1e-6 : 6e-3));
  CHECK(relative_error(dv.numbers(), gradients.dv) < (exact ? 1e-6 : 6e-3));
}

}  // namespace

TEST_CASE("a ring of ranks, forward and backward on either side, equals dense attention") {
  for (const Element element : {Element::fp32, Element::bf16})
    for (const Mask& mask : {Mask{MaskKind::causal}, Mask{MaskKind::sliding, 21}}) {
      const Problem problem({2, 64, 4, 2, 32}, element, mask);
      for (const Side side : {Side::kv, Side::q})
        for (const Layout layout : {Layout::contiguous, Layout::zigzag, Layout::striped})
          for (const int parts : {2, 4}) {
            INFO(name_of(element) << ", " << text_of(mask) << ", " << name_of(layout) << ", " << parts
                                  << " ranks, " << (side == Side::kv ? "kv side" : "q side"));
            check_ring(problem, layout, parts, side, runners().at(1));
          }
    }
}

TEST_CASE("every backend runs a zigzag ring of eight ranks") {
  const Problem problem({1, 64, 2, 1, 32}, Element::fp32, {});
  for (const Runner& runner : runners()) {
    INFO(runner.name);
    check_ring(problem, Layout::zigzag, 8, Side::kv, runner);
    check_ring(problem, Layout::zigzag, 8, Side::q, runner);
  }
}

TEST_CASE("attention split by heads through two all-to-alls equals dense attention") {
  constexpr int parts = 2;
  const Problem problem({2, 48, 4, 2, 32}, Element::bf16, {});
  const Shape& s = problem.shape;
  OwnedTensor output(Element::bf16, s.batch, s.rows, s.heads, s.dim);
  run_ranks(parts, {}, [&](Communicator& ranks) {
    const std::int64_t share = s.rows / parts, first = share * ranks.rank();
    // All heads of some rows -> some heads of all rows.
    const auto to_heads = [&](const ConstTensorView& whole) {
      const ConstTensorView mine = rows_of(whole, first, share);
      Bytes out(static_cast<std::size_t>(bytes_of(mine))), in(out.size());
      pack_heads(mine, parts, out);
      ranks.all_to_all(out, in);
      OwnedTensor split(whole.element, whole.batch, whole.rows, whole.heads / parts, whole.dim);
      unpack_rows(in, parts, split.view());
      return split;
    };
    const OwnedTensor q = to_heads(problem.q()), k = to_heads(problem.k()), v = to_heads(problem.v());
    OwnedTensor carried(Element::fp32, s.batch, s.rows, s.heads / parts, s.dim);
    OwnedTensor finished(Element::bf16, s.batch, s.rows, s.heads / parts, s.dim);
    OwnedRows max(s.batch, s.heads / parts, s.rows), sum = max, lse = max;
    const ForwardState state = {carried.view(), max.view(), sum.view()};
    reset(state);
    backend_named("cpu").forward_step({q.view(), k.view(), v.view(), {}, problem.mask, problem.scale}, state,
                                      {});
    finish(state, finished.view(), lse.view());
    // And back.
    Bytes out(finished.bytes.size()), in(out.size());
    pack_rows(finished.view(), parts, out);
    ranks.all_to_all(out, in);
    unpack_heads(in, parts, rows_of(output.view(), first, share));
  });
  CHECK(relative_error(output.numbers(), problem.dense().output) < 4e-3);
}
