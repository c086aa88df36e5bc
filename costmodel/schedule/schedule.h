// A schedule: what each rank does, in order.  It says nothing about time.
//
// Every method of the plan space is SPMD: all ranks run the same list of operations, in which only the peer
// and the token block depend on the rank.  So a phase holds ONE program of O(steps) operations, and `resolve`
// gives the operation of one rank on demand in O(1); the global graph of ranks x steps is never built.
//
// Two ordering rules, the same in every interpreter (costmodel, simulator, executor):
//   1. operations of one rank on one lane run in program order;
//   2. an operation starts when all operations it waits for (earlier ones of the same rank) have finished.
// An exchange moves its bytes when both the sender and the receiver have reached it, and ends for a rank when
// both its send and its receive have.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "costmodel/base/index.h"
#include "costmodel/base/units.h"
#include "costmodel/plan/plan.h"
#include "costmodel/schedule/rank_grid.h"
#include "costmodel/schedule/tokens.h"
#include "costmodel/spec/workload_spec.h"

namespace costmodel {

// An ordered queue on one rank: a CUDA stream, a row of the timeline.
enum class Lane : std::uint8_t { compute, ring, outer_ring, gradient_ring, outer_gradient_ring, collective };
constexpr int lane_count = 6;
std::string_view name_of(Lane lane);

enum class OpKind : std::uint8_t {
  attention,    // scores, softmax and products of one (query block, key block) pair
  elementwise,  // merge of partial outputs, accumulation of gradients, delta
  exchange,     // send to one rank, receive from one rank
  collective,   // all ranks of a group
};

enum class Direction : std::uint8_t { forward, backward };

// What travels or is stored; the name in timelines, tables and memory reports.
enum class Payload : std::uint8_t {
  queries,          // Q
  keys_values,      // K, V
  output,           // O
  lse,              // log-sum-exp per row and head, fp32
  delta,            // rowsum(dO * O) per row and head, fp32
  output_gradient,  // dO
  query_gradient,   // dQ
  kv_gradient,      // dK, dV
  query_bundle,     // Q, dO, LSE, delta
  activations,      // the layer's input or output, tokens x hidden
  head_split,       // Q, K, V or their gradients changing between token split and head split
  partial_output,   // fp32 output state of the kernel
};
std::string_view name_of(Payload payload);

// Which blocks an attention operation works on.
enum class BlockRule : std::uint8_t {
  visiting_keys,     // own queries, keys of the ring position `visit` steps back
  visiting_queries,  // queries of the ring position `visit` steps back, own keys
  gathered_keys,     // own queries, all keys
  everything,        // all queries, all keys (heads are split, or nothing is)
};

// Point-to-point along the ring.  The receiver is `shift` away; so every rank sends and receives one message.
struct Transfer {
  RingShift shift;
  Bytes bytes;  // sent by each rank
  Payload payload = Payload::keys_values;
};

enum class CollectiveKind : std::uint8_t { all_gather, reduce_scatter, all_to_all };
std::string_view name_of(CollectiveKind kind);

struct Collective {
  CollectiveKind kind = CollectiveKind::all_gather;
  GroupKind group = GroupKind::ring;
  Bytes bytes;  // sent by each rank in total, (g - 1) / g or (g - 1) included
  Payload payload = Payload::keys_values;
};

// Memory traffic of an elementwise pass, in bytes per query row and per key row of the block it follows.
enum class ElementwiseKind : std::uint8_t { merge, delta, accumulate_local, accumulate_travelling };
std::string_view name_of(ElementwiseKind kind);
struct Elementwise {
  ElementwiseKind kind = ElementwiseKind::merge;
  Bytes per_query_row;  // all local heads and sequences of the batch
  Bytes per_key_row;
};

// A buffer on every rank.  It lives for the whole phase, or from the first operation that touches it to the
// last.
enum class Lifetime : std::uint8_t { phase, touched };
struct Buffer {
  Payload payload = Payload::queries;
  Bytes bytes;
  Lifetime lifetime = Lifetime::phase;
  std::string_view name;  // "kv receive 0"; a literal
};

struct Op {
  OpKind kind = OpKind::attention;
  Lane lane = Lane::compute;
  BlockRule rule = BlockRule::visiting_keys;  // attention and elementwise
  std::uint8_t wait_count = 0;
  std::uint8_t read_count = 0;
  std::uint8_t write_count = 0;
  std::int32_t step = 0;  // ring step, from 0
  std::int32_t work = 0;  // index into transfers, collectives or elementwise of the phase
  RingShift visit;        // attention and elementwise: moves that the visiting block has made
  std::array<OpId, 3> waits{};
  std::array<BufferId, 3> reads{};
  std::array<BufferId, 3> writes{};
};

// Heads and sequences that one rank works on.
struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t batch = 1;
};

// A part of the step that runs `repeat` times one after the other.
struct Phase {
  std::string_view name;  // "attention forward"; a literal
  Direction direction = Direction::forward;
  int repeat = 1;
  AttentionShape shape;
  std::vector<Op> ops;
  std::vector<Transfer> transfers;
  std::vector<Collective> collectives;
  std::vector<Elementwise> elementwise;
  std::vector<Buffer> buffers;
};

// One rank's operation with everything filled in.
struct ResolvedOp {
  OpId id;
  const Op* op = nullptr;
  Rank to;           // exchange
  Rank from;         // exchange
  Bytes bytes;       // exchange and collective: sent by this rank
  TokenSet queries;  // attention and elementwise
  TokenSet keys;
  std::int64_t tag = 0;  // equal on both sides of an exchange, unique in the phase
};

struct Schedule {
  RankGrid grid;
  Layout layout = Layout::contiguous;
  std::int64_t sequence = 0;
  Mask mask;
  std::vector<Phase> phases;

  int world_size() const { return grid.size(); }

  // The tokens of a ring position, and the blocks an attention operation works on.
  TokenSet tokens(int ring_position) const { return tokens_of(layout, sequence, grid.ring(), ring_position); }
  struct Blocks {
    TokenSet queries;
    TokenSet keys;
  };
  Blocks blocks(const Op& op, const RankCoordinates& at) const;

  Rank peer(Rank rank, RingShift shift) const;

  ResolvedOp resolve(const Phase& phase, OpId id, Rank rank) const;
  // All operations of one rank, in order.
  std::vector<ResolvedOp> ops(const Phase& phase, Rank rank) const;
};

}  // namespace costmodel
