// Exchanges and collectives of a schedule, on the communicator of their lane.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "kernels/group_communicator.h"
#include "validation/rank_phase.h"
#include "validation/tensor_place.h"

namespace validation {

using costmodel::BufferId;
using costmodel::Collective;
using costmodel::CollectiveKind;
using costmodel::Direction;
using costmodel::GroupKind;
using costmodel::Op;
using costmodel::Payload;
using costmodel::RankCoordinates;
using costmodel::ResolvedOp;
using kernels::Communicator;
using kernels::Element;
using kernels::TensorView;

namespace {

using Bytes = std::span<std::byte>;

// The ranks of this rank's group, in the order of the group.
std::vector<int> members_of(const RankPhase& rank, GroupKind kind) {
  const costmodel::RankGrid& grid = rank.schedule.grid;
  std::vector<int> members;
  for (int m = 0; m < group_size(grid, kind); ++m) {
    RankCoordinates at = rank.at();
    switch (kind) {
      case GroupKind::tensor: at.tensor = m; break;
      case GroupKind::ulysses: at.ulysses = m; break;
      case GroupKind::ring:
        at.outer = m / grid.inner;
        at.inner = m % grid.inner;
        break;
      case GroupKind::context:
      case GroupKind::replicas:
        throw std::logic_error("run_collective: no collective of the attention operator has this group");
    }
    members.push_back(grid.rank(at).value);
  }
  return members;
}

Element element_of_numbers(Bytes bytes, std::int64_t numbers, Element inputs) {
  return static_cast<std::int64_t>(bytes.size()) == 4 * numbers ? Element::fp32 : inputs;
}

// The parts are sent as they are and summed here: communicators do not know all types, nor where tensors lie.
void reduce_scatter(const RankPhase& rank, Communicator& group, Element element, Bytes send, Bytes receive) {
  const std::span<float> room = rank.message_scratch.floats((send.size() + 3) / 4);
  const Bytes parts(reinterpret_cast<std::byte*>(room.data()), send.size());
  group.all_to_all(send, parts);
  rank.work.sum_parts(parts, element, receive);
}

// ---- head split (Ulysses) ----

// A tensor in both splits: all heads of the tensor rank by some tokens, and some heads by all tokens.
struct SplitTensor {
  TensorView tokens, heads;
};

TensorView heads_of(TensorView view, std::int64_t first, std::int64_t count) {
  view.data = view.at(0, 0, first);
  view.heads = count;
  return view;
}

enum class SplitTo { heads, tokens };

// What goes to, or comes from, member m lies in the message as (batch, row, head, dim) of the own tokens of
// one and the heads of the other, tensor by tensor.
void change_split(const RankPhase& rank, Communicator& group, const std::vector<SplitTensor>& tensors,
                  SplitTo to) {
  const Element element = rank.problem.element;
  const std::int64_t members = group.size();
  std::int64_t part = 0;
  for (const SplitTensor& t : tensors)
    part += t.heads.batch * t.tokens.rows * t.heads.heads * t.heads.dim * bytes_of(element);
  const std::size_t all = static_cast<std::size_t>(part * members);
  const std::span<float> room = rank.message_scratch.floats((2 * all + 3) / 4);
  const Bytes send(reinterpret_cast<std::byte*>(room.data()), all), receive = Bytes(send.data() + all, all);
  const auto for_parts = [&](Bytes message, bool of_heads, auto copy) {
    std::int64_t offset = 0;
    for (std::int64_t m = 0; m < members; ++m)
      for (const SplitTensor& t : tensors) {
        const TensorView piece = of_heads ? rows_of(t.heads, m * t.tokens.rows, t.tokens.rows)
                                          : heads_of(t.tokens, m * t.heads.heads, t.heads.heads);
        const TensorView packed = kernels::packed_view(message.data() + offset, element, piece.batch,
                                                       piece.rows, piece.heads, piece.dim);
        copy(piece, packed);
        offset += piece.batch * piece.rows * piece.heads * piece.dim * bytes_of(element);
      }
  };
  for_parts(send, to == SplitTo::tokens,
            [&](const TensorView& piece, const TensorView& packed) { rank.work.convert(piece, packed); });
  rank.work.wait();
  group.all_to_all(send, receive);
  for_parts(receive, to == SplitTo::heads,
            [&](const TensorView& piece, const TensorView& packed) { rank.work.convert(packed, piece); });
}

void run_head_split(const RankPhase& rank, const Collective& collective, Communicator& group) {
  const std::int64_t rows = rank.rows(), own_rows = rows / rank.schedule.grid.ulysses;
  const std::int64_t u = rank.schedule.grid.ulysses;
  const std::int64_t heads = rank.phase.shape.heads, kv_heads = rank.phase.shape.kv_heads;
  const Element inputs = rank.problem.element;
  const std::int64_t q_numbers = rank.problem.batch * rows * heads * rank.problem.head_dim;
  const std::int64_t k_numbers = rank.problem.batch * rows * kv_heads * rank.problem.head_dim;
  std::vector<SplitTensor> tensors;
  const auto add = [&](Bytes by_tokens, std::int64_t token_offset, Bytes by_heads, std::int64_t head_offset,
                       Element element, std::int64_t tensor_heads) {
    tensors.push_back({rank.view(by_tokens, token_offset, inputs, own_rows, tensor_heads * u),
                       rank.view(by_heads, head_offset, element, rows, tensor_heads)});
  };
  // Q, K, V or their gradients: one buffer by tokens, two by heads.
  const auto add_three = [&](Bytes by_tokens, Bytes queries, Bytes keys) {
    const Element q = element_of_numbers(queries, q_numbers, inputs);
    const Element k = element_of_numbers(keys, 2 * k_numbers, inputs);
    const std::int64_t q_bytes = q_numbers * bytes_of(inputs), k_bytes = k_numbers * bytes_of(inputs);
    add(by_tokens, 0, queries, 0, q, heads);
    add(by_tokens, q_bytes, keys, 0, k, kv_heads);
    add(by_tokens, q_bytes + k_bytes, keys, k_numbers * bytes_of(k), k, kv_heads);
  };
  PhaseBuffers& buffers = rank.buffers;
  const bool forward = rank.phase.direction == Direction::forward;
  const auto one_of = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
      if (find_buffer(rank.phase, name).value >= 0) return buffers.bytes(name);
    throw std::logic_error("run_head_split: no buffer of gradients");
  };
  if (collective.payload == Payload::head_split && forward) {
    add_three(buffers.bytes("Q,K,V by tokens"), buffers.bytes("Q"), buffers.bytes("K,V"));
    change_split(rank, group, tensors, SplitTo::heads);
  } else if (collective.payload == Payload::output) {
    add(buffers.bytes("O by tokens"), 0, buffers.bytes("O"), 0, inputs, heads);
    change_split(rank, group, tensors, SplitTo::tokens);
  } else if (collective.payload == Payload::output_gradient) {
    add(buffers.bytes("dO by tokens"), 0, buffers.bytes("dO"), 0, inputs, heads);
    change_split(rank, group, tensors, SplitTo::heads);
  } else {
    add_three(buffers.bytes("dQ,dK,dV by tokens"), one_of({"dQ fp32", "dQ"}),
              one_of({"dK,dV fp32", "dK,dV"}));
    change_split(rank, group, tensors, SplitTo::tokens);
  }
}

// ---- tensor parallelism: between columns of the layer and heads ----

// Numbers of the layer and of heads that belong together: columns side by side, of all tokens of one shard.
// Rows of the tensor group lie shard by shard, each (batch, row, column).
struct ColumnPiece {
  TensorView columns, heads;
};

// Every number of this rank's heads once, in pieces.  Heads take their columns in order, and from the first
// again after the last.
std::vector<ColumnPiece> column_pieces(const RankPhase& rank, Bytes layer, const TensorView& heads) {
  const Element element = rank.problem.element;
  const std::int64_t tensor = rank.schedule.grid.tensor, hidden = rank.problem.hidden;
  const std::int64_t shard = rank.rows() / rank.schedule.grid.ulysses / tensor;
  std::vector<ColumnPiece> pieces;
  for (std::int64_t s = 0; s < tensor; ++s) {
    TensorView rows =
        kernels::packed_view(layer.data() + s * rank.problem.batch * shard * hidden * bytes_of(element),
                             element, rank.problem.batch, shard, 1, hidden);
    for (std::int64_t at = 0; at < heads.heads * heads.dim;) {
      const std::int64_t h = at / heads.dim, d = at % heads.dim;
      const std::int64_t column = rank.problem.column(rank.at().tensor * heads.heads + h, d);
      const std::int64_t left = hidden - column;  // columns before the first comes again
      const std::int64_t whole = d == 0 ? std::min(heads.heads - h, left / heads.dim) : 0;
      const std::int64_t width = whole > 0 ? heads.dim : std::min(heads.dim - d, left);
      ColumnPiece piece{rows,
                        rows_of(heads_of(heads, h, std::max<std::int64_t>(1, whole)), s * shard, shard)};
      piece.columns.heads = piece.heads.heads;
      piece.columns.head_stride = heads.dim;
      piece.columns.dim = piece.heads.dim = width;
      piece.columns.data = rows.at(0, 0, 0) + column * bytes_of(element);
      piece.heads.data = piece.heads.at(0, 0, 0) + d * bytes_of(heads.element);
      at += width * piece.heads.heads;
      pieces.push_back(piece);
    }
  }
  return pieces;
}

void columns_to_heads(const RankPhase& rank, Bytes gathered, const TensorView& heads) {
  for (const ColumnPiece& piece : column_pieces(rank, gathered, heads))
    rank.work.convert(piece.columns, piece.heads);
}

// This rank's part of the layer's output: its heads in their columns, zero elsewhere.
void heads_to_columns(const RankPhase& rank, const TensorView& heads, Bytes partial) {
  rank.work.fill(partial, std::byte{0});
  for (const ColumnPiece& piece : column_pieces(rank, partial, heads))
    rank.work.add(piece.heads, piece.columns);
}

// All heads of the tensor rank by its group's tokens, at the start of a buffer.
TensorView operator_side(const RankPhase& rank, Bytes bytes, Element element) {
  const std::int64_t u = rank.schedule.grid.ulysses;
  return rank.view(bytes, 0, element, rank.rows() / u, rank.phase.shape.heads * u);
}

void run_tensor(const RankPhase& rank, const Op& op, const Collective& collective, Communicator& group) {
  const bool forward = rank.phase.direction == Direction::forward;
  const auto has = [&](std::string_view name) { return find_buffer(rank.phase, name).value >= 0; };
  if (collective.kind == CollectiveKind::all_gather) {
    const Bytes gathered = rank.buffers.bytes(op.writes[0]);
    group.all_gather(rank.buffers.bytes(op.reads[0]), gathered);
    const std::string_view split = forward ? "Q,K,V by tokens" : "dO by tokens";
    const std::string_view plain = forward ? "Q" : "dO";
    columns_to_heads(
        rank, gathered,
        operator_side(rank, rank.buffers.alive(has(split) ? split : plain), rank.problem.element));
    return;
  }
  const std::string_view split = forward ? "O by tokens" : "dQ,dK,dV by tokens";
  const std::string_view plain = forward ? "O" : has("dQ fp32") ? "dQ fp32" : "dQ";
  const Bytes result = rank.buffers.bytes(has(split) ? split : plain);
  const std::int64_t numbers =
      rank.problem.batch * rank.rows() * rank.phase.shape.heads * rank.problem.head_dim;
  const Element element =
      has(split) ? rank.problem.element : element_of_numbers(result, numbers, rank.problem.element);
  const Bytes partial = rank.buffers.bytes(op.reads[0]);
  heads_to_columns(rank, operator_side(rank, result, element), partial);
  rank.work.wait();
  reduce_scatter(rank, group, rank.problem.element, partial, rank.buffers.bytes(op.writes[0]));
}

// ---- keys of all ring positions ----

void run_ring_group(const RankPhase& rank, const Op& op, const Collective& collective, Communicator& group) {
  const Bytes from = rank.buffers.bytes(op.reads[0]), to = rank.buffers.bytes(op.writes[0]);
  if (collective.kind == CollectiveKind::all_gather) {
    group.all_gather(from, to);
    return;
  }
  const std::int64_t numbers =
      2 * rank.problem.batch * rank.rows() * rank.phase.shape.kv_heads * rank.problem.head_dim;
  reduce_scatter(rank, group, element_of_numbers(to, numbers, rank.problem.element), from, to);
}

}  // namespace

void run_exchange(const RankPhase& rank, const ResolvedOp& resolved, Communicator& lane) {
  const Op& op = *resolved.op;
  const costmodel::Transfer& transfer = rank.phase.transfers.at(static_cast<std::size_t>(op.work));
  const bool own_bundle =
      transfer.payload == Payload::query_bundle && rank.buffer(op.reads[0]).payload == Payload::queries;
  const Bytes send = own_bundle ? rank.buffers.own_bundle() : rank.buffers.bytes(op.reads[0]);
  lane.exchange({send, resolved.to.value, rank.buffers.bytes(op.writes[0]), resolved.from.value,
                 rank.first_tag + static_cast<int>(resolved.tag)});
}

void run_collective(const RankPhase& rank, const ResolvedOp& resolved, Communicator& lane) {
  const Op& op = *resolved.op;
  const Collective& collective = rank.phase.collectives.at(static_cast<std::size_t>(op.work));
  const auto run = [&](Communicator& group) {
    switch (collective.group) {
      case GroupKind::ulysses: run_head_split(rank, collective, group); return;
      case GroupKind::tensor: run_tensor(rank, op, collective, group); return;
      default: run_ring_group(rank, op, collective, group); return;
    }
  };
  std::vector<int> members = members_of(rank, collective.group);
  if (static_cast<int>(members.size()) == lane.size()) {
    run(lane);
    return;
  }
  kernels::GroupCommunicator group(lane, std::move(members),
                                   rank.group_tags + static_cast<int>(collective.group));
  run(group);
}

}  // namespace validation
