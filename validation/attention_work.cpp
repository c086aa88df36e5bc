// Attention kernels and elementwise passes of a schedule, done by the steps of kernels/.
//
// The steps carry fp32 state, so what a schedule merges or adds to a local sum in a pass of its own is done
// when that pass comes: merge and accumulate_local have nothing left to do.
#include <stdexcept>
#include <vector>

#include "validation/rank_phase.h"
#include "validation/tensor_place.h"

namespace validation {

using costmodel::BlockRule;
using costmodel::BufferId;
using costmodel::Direction;
using costmodel::ElementwiseKind;
using costmodel::Op;
using costmodel::Payload;
using costmodel::ResolvedOp;
using costmodel::TokenRun;
using costmodel::TokenSet;
using kernels::Element;
using kernels::RowView;
using kernels::TensorView;

namespace {

struct QueryBlock {
  TensorView q, d_output;
  RowView lse, delta;
  TokenSet tokens;
};
struct KeyBlock {
  TensorView k, v, dk, dv;
  TokenSet tokens;
};

// The first buffer of that payload among those that an operation reads or writes; -1 when there is none.
BufferId read_of(const RankPhase& rank, const Op& op, Payload payload) {
  for (std::size_t i = 0; i < op.read_count; ++i)
    if (rank.buffer(op.reads[i]).payload == payload) return op.reads[i];
  return BufferId(-1);
}
BufferId written_of(const RankPhase& rank, const Op& op, Payload payload) {
  for (std::size_t i = 0; i < op.write_count; ++i)
    if (rank.buffer(op.writes[i]).payload == payload) return op.writes[i];
  return BufferId(-1);
}

RowView rows_in(const RankPhase& rank, std::span<std::byte> bytes) {
  return kernels::packed_rows(reinterpret_cast<float*>(bytes.data()), rank.problem.batch,
                              rank.phase.shape.heads, rank.rows());
}

std::int64_t numbers_of_queries(const RankPhase& rank) {
  return rank.problem.batch * rank.rows() * rank.phase.shape.heads * rank.problem.head_dim;
}
// Of K or V alone.
std::int64_t numbers_of_keys(const RankPhase& rank) {
  return rank.problem.batch * rank.rows() * rank.phase.shape.kv_heads * rank.problem.head_dim;
}

QueryBlock query_block(const RankPhase& rank, const ResolvedOp& resolved) {
  const Op& op = *resolved.op;
  const Element element = rank.problem.element;
  const std::int64_t heads = rank.phase.shape.heads, rows = rank.rows();
  QueryBlock block;
  block.tokens = resolved.queries;
  if (op.direction == Direction::backward && op.rule == BlockRule::visiting_queries) {
    const BufferId visiting = read_of(rank, op, Payload::query_bundle);
    const std::span<std::byte> bundle =
        visiting.value >= 0 ? rank.buffers.bytes(visiting) : rank.buffers.own_bundle();
    const std::size_t tensor = static_cast<std::size_t>(numbers_of_queries(rank) * bytes_of(element));
    const std::size_t numbers = (bundle.size() - 2 * tensor) / 2;
    block.q = rank.view(bundle, 0, element, rows, heads);
    block.d_output = rank.view(bundle, static_cast<std::int64_t>(tensor), element, rows, heads);
    block.lse = rows_in(rank, bundle.subspan(2 * tensor, numbers));
    block.delta = rows_in(rank, bundle.subspan(2 * tensor + numbers, numbers));
    return block;
  }
  block.q = rank.view(rank.buffers.bytes(read_of(rank, op, Payload::queries)), 0, element, rows, heads);
  if (op.direction == Direction::forward) return block;
  block.d_output =
      rank.view(rank.buffers.bytes(read_of(rank, op, Payload::output_gradient)), 0, element, rows, heads);
  block.lse = rows_in(rank, rank.buffers.bytes("LSE"));
  block.delta = rows_in(rank, rank.buffers.bytes("delta"));
  return block;
}

// One block, or for gathered keys one per ring position.
std::vector<KeyBlock> key_blocks(const RankPhase& rank, const ResolvedOp& resolved) {
  const Op& op = *resolved.op;
  const Element element = rank.problem.element;
  const std::span<std::byte> bytes = rank.buffers.bytes(read_of(rank, op, Payload::keys_values));
  const bool gathered = op.rule == BlockRule::gathered_keys;
  const std::int64_t one = numbers_of_keys(rank) * bytes_of(element);
  std::vector<KeyBlock> blocks(gathered ? static_cast<std::size_t>(rank.schedule.grid.ring()) : 1U);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const std::int64_t offset = 2 * one * static_cast<std::int64_t>(b);
    blocks[b].k = rank.view(bytes, offset, element, rank.rows(), rank.phase.shape.kv_heads);
    blocks[b].v = rank.view(bytes, offset + one, element, rank.rows(), rank.phase.shape.kv_heads);
    blocks[b].tokens = gathered ? rank.schedule.tokens(static_cast<int>(b)) : resolved.keys;
  }
  return blocks;
}

// Calls step(query rows, key block, key rows, position) for every pair of token runs.
struct Rows {
  std::int64_t first = 0, count = 0;
};
template <class Step>
void for_runs(const QueryBlock& queries, const std::vector<KeyBlock>& keys, Step step) {
  std::int64_t query_row = 0;
  for (int i = 0; i < queries.tokens.run_count; ++i) {
    const TokenRun& q = queries.tokens.runs[static_cast<std::size_t>(i)];
    for (const KeyBlock& block : keys) {
      std::int64_t key_row = 0;
      for (int j = 0; j < block.tokens.run_count; ++j) {
        const TokenRun& k = block.tokens.runs[static_cast<std::size_t>(j)];
        step(Rows{query_row, q.count}, block, Rows{key_row, k.count},
             kernels::PositionRule{q.first, q.stride, k.first, k.stride});
        key_row += k.count;
      }
    }
    query_row += q.count;
  }
}

kernels::StepOptions options_of(const RankPhase& rank) {
  kernels::StepOptions options = rank.step;
  rank.work.place(options);
  return options;
}

void forward(const RankPhase& rank, const ResolvedOp& resolved) {
  const kernels::StepOptions options = options_of(rank);
  const Op& op = *resolved.op;
  const QueryBlock queries = query_block(rank, resolved);
  const std::vector<KeyBlock> keys = key_blocks(rank, resolved);
  const std::size_t numbers = static_cast<std::size_t>(numbers_of_queries(rank));
  const std::size_t rows = numbers / static_cast<std::size_t>(rank.problem.head_dim);
  // The output state lies in its buffer where the schedule has one.
  const BufferId partial = written_of(rank, op, Payload::partial_output);
  const std::span<float> scratch = rank.kernel_scratch.floats(2 * rows + (partial.value < 0 ? numbers : 0));
  kernels::ForwardState state;
  state.running_max =
      kernels::packed_rows(scratch.data(), rank.problem.batch, rank.phase.shape.heads, rank.rows());
  state.running_sum =
      kernels::packed_rows(scratch.data() + rows, rank.problem.batch, rank.phase.shape.heads, rank.rows());
  void* output = partial.value < 0 ? static_cast<void*>(scratch.data() + 2 * rows)
                                   : static_cast<void*>(rank.buffers.bytes(partial).data());
  state.output = kernels::packed_view(output, Element::fp32, rank.problem.batch, rank.rows(),
                                      rank.phase.shape.heads, rank.problem.head_dim);
  if (op.step == 0) rank.work.reset(state);
  for_runs(queries, keys, [&](Rows q, const KeyBlock& block, Rows k, const kernels::PositionRule& position) {
    const kernels::ForwardStep step{rows_of(queries.q, q.first, q.count),
                                    rows_of(block.k, k.first, k.count),
                                    rows_of(block.v, k.first, k.count),
                                    position,
                                    rank.problem.mask,
                                    rank.problem.scale};
    rank.backend.forward_step(
        step,
        {rows_of(state.output, q.first, q.count), rows_of(state.running_max, q.first, q.count),
         rows_of(state.running_sum, q.first, q.count)},
        options);
  });
  const BufferId result = written_of(rank, op, Payload::output);
  if (result.value < 0) return;
  rank.work.finish(
      state,
      rank.view(rank.buffers.bytes(result), 0, rank.problem.element, rank.rows(), rank.phase.shape.heads),
      rows_in(rank, rank.buffers.bytes("LSE")));
}

// fp32 gradients that a step adds to: in their buffer, or in scratch when the buffer is narrower.
struct Gradient {
  std::span<std::byte> target;
  Element element = Element::fp32;
  std::span<float> fp32;

  void clear(kernels::TensorWork& work) const { work.fill(std::as_writable_bytes(fp32), std::byte{0}); }
  void round_into_target(kernels::TensorWork& work, std::int64_t dim) const {
    if (element == Element::fp32) return;
    const std::int64_t rows = static_cast<std::int64_t>(fp32.size()) / dim;
    work.convert(kernels::packed_view(static_cast<const void*>(fp32.data()), Element::fp32, 1, rows, 1, dim),
                 kernels::packed_view(target.data(), element, 1, rows, 1, dim));
  }
};

Gradient gradient_in(const RankPhase& rank, BufferId buffer, std::int64_t numbers, std::span<float> scratch) {
  Gradient gradient;
  gradient.target = rank.buffers.bytes(buffer);
  gradient.element = element_of(rank.buffer(buffer), numbers, rank.problem.element);
  gradient.fp32 =
      gradient.element == Element::fp32
          ? std::span(reinterpret_cast<float*>(gradient.target.data()), static_cast<std::size_t>(numbers))
          : scratch.first(static_cast<std::size_t>(numbers));
  return gradient;
}

void backward(const RankPhase& rank, const ResolvedOp& resolved) {
  const kernels::StepOptions options = options_of(rank);
  const Op& op = *resolved.op;
  const QueryBlock queries = query_block(rank, resolved);
  std::vector<KeyBlock> keys = key_blocks(rank, resolved);
  const std::int64_t query_numbers = numbers_of_queries(rank);
  const std::int64_t block_numbers = 2 * numbers_of_keys(rank);
  const std::int64_t key_numbers = block_numbers * static_cast<std::int64_t>(keys.size());
  const std::span<float> scratch =
      rank.kernel_scratch.floats(static_cast<std::size_t>(query_numbers + key_numbers));
  const Gradient dq =
      gradient_in(rank, written_of(rank, op, Payload::query_gradient), query_numbers, scratch);
  const Gradient dkv = gradient_in(rank, written_of(rank, op, Payload::kv_gradient), key_numbers,
                                   scratch.subspan(static_cast<std::size_t>(query_numbers)));
  // A sum that stays grows from step to step; what travels is one step's part.
  if (op.step == 0 || op.rule == BlockRule::visiting_queries) dq.clear(rank.work);
  if (op.step == 0 || op.rule == BlockRule::visiting_keys) dkv.clear(rank.work);
  const TensorView dq_view =
      kernels::packed_view(static_cast<void*>(dq.fp32.data()), Element::fp32, rank.problem.batch, rank.rows(),
                           rank.phase.shape.heads, rank.problem.head_dim);
  float* at = dkv.fp32.data();
  for (KeyBlock& block : keys)
    for (TensorView* view : {&block.dk, &block.dv}) {
      *view = kernels::packed_view(static_cast<void*>(at), Element::fp32, rank.problem.batch, rank.rows(),
                                   rank.phase.shape.kv_heads, rank.problem.head_dim);
      at += block_numbers / 2;
    }
  for_runs(queries, keys, [&](Rows q, const KeyBlock& block, Rows k, const kernels::PositionRule& position) {
    const kernels::BackwardStep step{rows_of(queries.q, q.first, q.count),
                                     rows_of(block.k, k.first, k.count),
                                     rows_of(block.v, k.first, k.count),
                                     rows_of(queries.d_output, q.first, q.count),
                                     rows_of(queries.lse, q.first, q.count),
                                     rows_of(queries.delta, q.first, q.count),
                                     position,
                                     rank.problem.mask,
                                     rank.problem.scale};
    rank.backend.backward_step(step,
                               {rows_of(dq_view, q.first, q.count), rows_of(block.dk, k.first, k.count),
                                rows_of(block.dv, k.first, k.count)},
                               options);
  });
  dq.round_into_target(rank.work, rank.problem.head_dim);
  dkv.round_into_target(rank.work, rank.problem.head_dim);
}

// sum += part, in fp32, rounded to the type of the sum.
void add_part(const RankPhase& rank, BufferId part, BufferId sum) {
  const std::int64_t numbers =
      rank.buffer(sum).payload == Payload::kv_gradient ? 2 * numbers_of_keys(rank) : numbers_of_queries(rank);
  const std::int64_t dim = rank.problem.head_dim, rows = numbers / dim;
  const TensorView from =
      kernels::packed_view(rank.buffers.bytes(part).data(),
                           element_of(rank.buffer(part), numbers, rank.problem.element), 1, rows, 1, dim);
  const TensorView to =
      kernels::packed_view(rank.buffers.bytes(sum).data(),
                           element_of(rank.buffer(sum), numbers, rank.problem.element), 1, rows, 1, dim);
  rank.work.add(from, to);
}

}  // namespace

void run_attention(const RankPhase& rank, const ResolvedOp& op) {
  if (op.op->direction == Direction::forward)
    forward(rank, op);
  else
    backward(rank, op);
}

void run_elementwise(const RankPhase& rank, const ResolvedOp& resolved) {
  const Op& op = *resolved.op;
  const ElementwiseKind kind = rank.phase.elementwise.at(static_cast<std::size_t>(op.work)).kind;
  switch (kind) {
    case ElementwiseKind::merge:
    case ElementwiseKind::accumulate_local: return;
    case ElementwiseKind::accumulate_travelling: add_part(rank, op.reads[0], op.writes[0]); return;
    case ElementwiseKind::delta: {
      const auto view = [&](Payload payload) {
        return rank.view(rank.buffers.bytes(read_of(rank, op, payload)), 0, rank.problem.element, rank.rows(),
                         rank.phase.shape.heads);
      };
      rank.work.delta_of(view(Payload::output_gradient), view(Payload::output),
                         rows_in(rank, rank.buffers.bytes(op.writes[0])));
      return;
    }
    default: break;
  }
  throw std::logic_error("run_elementwise: " + std::string(name_of(kind)) +
                         " is not part of the attention operator");
}

}  // namespace validation
