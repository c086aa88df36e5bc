// A schedule: what each rank does, in order.  It says nothing about time.
//
// A phase is a part of the work that runs again and again: the attention operator of one layer, or a whole
// layer, the LM head, the optimizer step of a training step.  Every method of the plan space is SPMD: all
// ranks run the same list of operations, in which only the peer and the token block depend on the rank.  So a
// phase holds ONE program of O(steps) operations, and `resolve` gives the operation of one rank on demand in
// O(1); the global graph of ranks x steps is never built.
//
// Two ordering rules, the same in every interpreter (costmodel, simulator, executor):
//   1. operations of one rank on one lane run in program order;
//   2. an operation starts when all operations it waits for (earlier ones of the same rank) have finished.
// An exchange moves its bytes when both the sender and the receiver have reached it, and ends for a rank when
// both its send and its receive have.
#pragma once

#include <array>
#include <cstdint>
#include <string>
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
enum class Lane : std::uint8_t {
  compute,
  ring,
  outer_ring,
  gradient_ring,
  outer_gradient_ring,
  collective,
  parameters,  // weights and weight gradients of sharded or replicated parameters
  host,        // copies between the GPU and its host, and work of the host
};
constexpr int lane_count = 8;
std::string_view name_of(Lane lane);

enum class OpKind : std::uint8_t {
  attention,    // scores, softmax and products of one (query block, key block) pair
  elementwise,  // merges, accumulations, norms, activations, optimizer: bound by device memory
  gemm,         // dense matrix products of one shape
  exchange,     // send to one rank, receive from one rank
  collective,   // all ranks of a group
  host,         // a copy to or from the host, or an update there
};

enum class Direction : std::uint8_t { forward, backward };

// Whether an operation is the model's, or repeats one whose result was not kept.
enum class Purpose : std::uint8_t { model, recompute };

// In which repetitions of its phase an operation has something to do: what is fetched for the next one is not
// fetched in the last, what the one before left is not there in the first.
enum class Repetitions : std::uint8_t { all, all_but_first, all_but_last };

// Which query rows an operation works on: all of its block, or those of the first half of the sequence (the
// recomputation when the attention output of the later half was kept).
enum class Rows : std::uint8_t { all, first_half };

// What travels or is stored; the name in timelines, tables and memory reports.
enum class Payload : std::uint8_t {
  queries,           // Q
  keys_values,       // K, V
  output,            // O
  lse,               // log-sum-exp per row and head, fp32
  delta,             // rowsum(dO * O) per row and head, fp32
  output_gradient,   // dO
  query_gradient,    // dQ
  kv_gradient,       // dK, dV
  query_bundle,      // Q, dO, LSE, delta
  activations,       // the layer's input or output, tokens x hidden
  head_split,        // Q, K, V or their gradients changing between token split and head split
  partial_output,    // fp32 output state of the kernel
  hidden,            // residual stream, norm outputs
  feed_forward,      // gate, up, activation, product
  head_activations,  // embeddings and LM head inputs between token shards and vocabulary shards
  logits,
  weights,
  weight_gradients,
  optimizer_states,
  kv_cache,
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

enum class CollectiveKind : std::uint8_t { all_gather, reduce_scatter, all_to_all, all_reduce };
std::string_view name_of(CollectiveKind kind);

struct Collective {
  CollectiveKind kind = CollectiveKind::all_gather;
  GroupKind group = GroupKind::ring;
  Bytes bytes;  // sent by each rank in total, (g - 1) / g or (g - 1) included
  Payload payload = Payload::keys_values;
  int pieces = 1;  // of a larger collective that moves in so many pieces: latency is paid once for all
};

// Memory traffic of an elementwise pass: bytes per query row and per key row of the block it follows, or a
// fixed number for passes over whole tensors.
enum class ElementwiseKind : std::uint8_t {
  merge,
  delta,
  accumulate_local,
  accumulate_travelling,
  norm,
  rotary,
  activation,
  residual,
  dispatch,  // tokens to experts and back
  quantise,  // operands of a product to fp8
  embedding,
  loss,
  optimizer,
};
std::string_view name_of(ElementwiseKind kind);
struct Elementwise {
  ElementwiseKind kind = ElementwiseKind::merge;
  Bytes per_query_row;  // all local heads and sequences of the batch
  Bytes per_key_row;
  Bytes fixed{};  // reads and writes, whatever the block

  bool by_block() const { return fixed.value == 0; }
};

// Dense products C[m x n] += A[m x k] B[k x n]; C is in the activation type.
struct Gemm {
  std::string_view name;  // "QKV projection"; a literal
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t batch = 1;  // products side by side in one kernel (experts)
  std::int64_t calls = 1;  // kernels of this shape one after the other (chunks)
  double useful =
      1.0;  // share of the flop that is the model's: the rest is padding, or repeated on other ranks
  double operand = 0;  // bytes of an element of A and B; 0: the activation type

  Flops useful_flops() const { return useful * flops(); }
  Flops flops() const {
    return Flops(2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) *
                 static_cast<double>(batch * calls));
  }
};

enum class HostKind : std::uint8_t { to_host, update, to_device };
std::string_view name_of(HostKind kind);
struct HostWork {
  HostKind kind = HostKind::to_host;
  Bytes bytes;  // copied, or read and written in host memory by an update
  Payload payload = Payload::weight_gradients;
};

// A buffer on every rank, and when it is alive.
enum class Lifetime : std::uint8_t {
  phase,     // the whole phase
  touched,   // from the first operation that touches it to the last
  arriving,  // from the start of the phase to the last operation that touches it
  leaving,   // from the first operation that touches it to the end of the phase
  through,   // the whole phase, also inside a layer: it comes from before, or goes on after
  kept,      // outside of this phase's own count: Phase::kept_until
};
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
  Direction direction = Direction::forward;   // of an attention kernel
  Purpose purpose = Purpose::model;
  Repetitions repetitions = Repetitions::all;
  Rows rows = Rows::all;  // attention and elementwise
  std::uint8_t wait_count = 0;
  std::uint8_t read_count = 0;
  std::uint8_t write_count = 0;
  std::int32_t step = 0;  // ring step, from 0
  std::int32_t work = 0;  // index into transfers, collectives, elementwise, gemms or host_works of the phase
  RingShift visit;        // attention and elementwise: moves that the visiting block has made
  std::array<OpId, 3> waits{};
  std::array<BufferId, 4> reads{};
  std::array<BufferId, 3> writes{};
};

// Heads and sequences that one rank works on.
struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t batch = 1;
};

// When a phase runs.  A step is: for every micro-batch the phases of that micro-batch in order, each `repeat`
// times; then the phases that close the step.
enum class Cadence : std::uint8_t { every_micro_batch, all_but_last, last_micro_batch, step };

// How often a phase runs in a step of so many micro-batches.
int runs_of(Cadence cadence, int repeat, int micro_batches);

// A part of the work that runs `repeat` times one after the other.
struct Phase {
  std::string_view name;  // "attention forward"; a literal
  Direction direction = Direction::forward;
  int repeat = 1;
  Cadence cadence = Cadence::every_micro_batch;
  int kept_until = -1;  // each repetition leaves its `kept` buffers until this phase of the schedule ends
  AttentionShape shape;
  std::vector<Op> ops;
  std::vector<Transfer> transfers;
  std::vector<Collective> collectives;
  std::vector<Elementwise> elementwise;
  std::vector<Gemm> gemms;
  std::vector<HostWork> host_works;
  std::vector<Buffer> buffers;

  // Bytes that one repetition leaves behind.
  Bytes kept_bytes() const;
};

// What bytes on the links are for.  Formulas 2.1 to 2.10.
enum class TrafficItem : std::uint8_t {
  attention,      // of context-parallel transports, forward and backward
  tensor,         // activations gathered and scattered by tensor parallelism in the layers
  recomputation,  // either of the two, repeated because activations were not kept
  head,           // between token and vocabulary shards at the embedding and the LM head
  parameters,     // weights gathered
  gradients,      // weight gradients reduced
};
constexpr int traffic_item_count = 6;
std::string_view name_of(TrafficItem item);
// Of an exchange or a collective.
TrafficItem traffic_item(const Phase& phase, const Op& op);

// "attention forward, step 3", "gate, up projection", "K,V (exchange)": the name in reports and timelines.
std::string op_name(const Phase& phase, const Op& op);

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
  std::int64_t sequence = 0;  // N: the tokens that are computed
  std::int64_t cached = 0;  // tokens before them whose K and V are there already, split evenly over the ring
  Mask mask;
  int micro_batches = 1;
  std::vector<Phase> phases;
  std::vector<Buffer> resident;  // alive during all of it: weights, gradients, optimizer states

  int world_size() const { return grid.size(); }
  // How often a phase runs in the whole schedule.
  int runs(const Phase& phase) const;

  // The tokens of a ring position, and the blocks an attention operation works on.
  TokenSet tokens(int ring_position) const { return tokens_of(layout, sequence, grid.ring(), ring_position); }
  struct Blocks {
    TokenSet queries;
    TokenSet keys;
  };
  Blocks blocks(const Op& op, const RankCoordinates& at) const;
  // What the mask leaves of them, cached keys included.  In a ring every packed document is split over the
  // ranks like a sequence of its own, so there it is the sum over documents.   Formula 1.3.
  BlockGeometry geometry(const Op& op, const RankCoordinates& at) const;
  BlockGeometry geometry(const Blocks& blocks, const Op& op) const;

  Rank peer(Rank rank, RingShift shift) const;

  ResolvedOp resolve(const Phase& phase, OpId id, Rank rank) const;
  // All operations of one rank, in order.
  std::vector<ResolvedOp> ops(const Phase& phase, Rank rank) const;
};

}  // namespace costmodel
