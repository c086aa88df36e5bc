// The two ends of a model: embedding, and LM head with the loss.
//
// With tensor parallelism both are split over the vocabulary, so rows are summed after the embedding and
// gathered before the head.  Unfused losses hold what eager frameworks hold, formula 5.8; fused ones go over
// the rows in chunks.
#include "costmodel/schedule/lower_step.h"

namespace costmodel {

namespace {

constexpr std::int64_t loss_chunks = 64;  // as BurstEngine does; thunlp/BurstEngine 426eb7a

BufferId hidden(PhaseBuilder& builder, Bytes bytes, Lifetime lifetime, std::string_view name) {
  return builder.buffer(Payload::hidden, bytes, lifetime, name);
}

struct Weights {
  BufferId buffer = PhaseBuilder::no_buffer;
  OpId ready = PhaseBuilder::none;
};

// Sharded weights, gathered now: nothing computes beside.
Weights gather_now(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, std::int64_t parameters,
                   Lifetime lifetime, std::string_view name) {
  if (!shards_weights(shape, plan)) return {};
  Weights weights;
  weights.buffer = builder.buffer(Payload::weights, shape.weight_bytes(parameters), lifetime, name);
  weights.ready = builder.collective(weight_gather(shape, parameters), {}, {}, {weights.buffer});
  return weights;
}

// The final norm and, with tensor parallelism, the gather of its rows.
RowBuffer head_input(PhaseBuilder& builder, const StepShape& shape) {
  const BufferId input = hidden(builder, shape.shard_bytes(), Lifetime::arriving, "last layer output");
  const BufferId normed = hidden(builder, shape.shard_bytes(), Lifetime::touched, "final norm");
  const OpId norm = builder.pass(ElementwiseKind::norm, 2.0 * shape.shard_bytes(), {}, {input}, {normed});
  return gather_rows(builder, shape, Payload::head_activations, {normed, norm}, "final norm gathered");
}

}  // namespace

void lower_embedding(PhaseBuilder& builder, const StepShape& shape, const Plan& plan) {
  const Weights table =
      gather_now(builder, shape, plan, shape.parameters.embedding, Lifetime::touched, "embedding gathered");
  const BufferId rows = hidden(builder, shape.hidden_bytes(), Lifetime::leaving, "embedded tokens");
  const OpId looked_up = builder.pass(ElementwiseKind::embedding, 2.0 * shape.hidden_bytes(), {table.ready},
                                      {table.buffer}, {rows});
  scatter_rows(builder, shape, Payload::head_activations, {rows, looked_up}, "embedded tokens shard",
               Lifetime::leaving);
  // The first layer's attention weights: later ones come while the layer before computes.
  gather_now(builder, shape, plan, shape.parameters.attention, Lifetime::leaving,
             "next attention weights gathered");
}

void lower_embedding_backward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan,
                              Reduce reduce) {
  const BufferId gradient = hidden(builder, shape.shard_bytes(), Lifetime::arriving, "input gradient");
  const RowBuffer rows =
      gather_rows(builder, shape, Payload::head_activations, {gradient}, "input gradient gathered");
  const bool sharded = shards_gradients(shape, plan);
  const BufferId sums =
      sharded ? builder.buffer(Payload::weight_gradients, shape.weight_bytes(shape.parameters.embedding),
                               Lifetime::touched, "embedding gradients")
              : PhaseBuilder::no_buffer;
  if (sharded && reduce == Reduce::yes)
    builder.buffer(Payload::weight_gradients, shape.weight_bytes(shape.parameters.attention),
                   Lifetime::through, "attention weight gradients");
  // Rows are read, and their lines of the table read and written.
  const OpId summed = builder.pass(ElementwiseKind::embedding, 3.0 * shape.hidden_bytes(), {rows.ready},
                                   {rows.buffer}, {sums});
  if (reduce == Reduce::no) return;
  // Nothing is left to compute beside: the first layer's attention and, where the head's were not reduced
  // with the loss, the head's gradients come too.
  builder.collective(gradient_reduction(shape, plan,
                                        shape.parameters.embedding + shape.parameters.attention +
                                            (sharded && !shape.tied ? 0 : shape.head_gradients())),
                     {summed}, {sums}, {});
}

void lower_training_head(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, Reduce reduce) {
  if (shards_weights(shape, plan)) {
    // Those of the last layer stay: its backward pass comes next.
    builder.buffer(Payload::weights, shape.weight_bytes(shape.parameters.attention), Lifetime::through,
                   "attention weights gathered");
    builder.buffer(Payload::weights, shape.weight_bytes(shape.parameters.feed_forward), Lifetime::through,
                   "feed-forward weights gathered");
  }
  const RowBuffer input = head_input(builder, shape);
  const Weights weights =
      gather_now(builder, shape, plan, shape.parameters.head, Lifetime::touched, "LM head gathered");
  const bool fused = plan.fused_loss == FusedLoss::yes;
  const std::int64_t chunks = fused ? std::min(loss_chunks, std::max<std::int64_t>(1, shape.rows)) : 1;
  const std::int64_t m = (shape.rows + chunks - 1) / chunks;
  const double count = static_cast<double>(shape.rows) * static_cast<double>(shape.vocab);
  const double chunk_count = static_cast<double>(m) * static_cast<double>(shape.vocab);
  const BufferId logits =
      fused ? builder.buffer(Payload::logits, Bytes(chunk_count * (2.0 * shape.element)), Lifetime::touched,
                             "logits of a chunk")
            : builder.buffer(Payload::logits, Bytes(count * 4.0), Lifetime::touched, "logits");
  const BufferId gradient = hidden(builder, shape.hidden_bytes(), Lifetime::touched, "head input gradient");
  const BufferId sums =
      shards_gradients(shape, plan)
          ? builder.buffer(Payload::weight_gradients, shape.weight_bytes(shape.parameters.head),
                           Lifetime::touched, "LM head gradients")
          : PhaseBuilder::no_buffer;
  const double useful = static_cast<double>(shape.rows) / static_cast<double>(m * chunks);
  builder.gemm({"LM head", m, shape.vocab, shape.hidden, 1, chunks, useful}, {input.ready, weights.ready},
               {input.buffer, weights.buffer}, {logits});
  BufferId d_logits = logits;
  if (fused) {
    // Softmax and its gradient in place: logits read twice, written once.
    builder.pass(ElementwiseKind::loss, Bytes(count * 3.0 * shape.element), {}, {logits}, {logits});
  } else {
    const BufferId probabilities =
        builder.buffer(Payload::logits, Bytes(count * 4.0), Lifetime::touched, "log-probabilities");
    const BufferId d_probabilities =
        builder.buffer(Payload::logits, Bytes(count * 4.0), Lifetime::touched, "log-probability gradient");
    d_logits = builder.buffer(Payload::logits, Bytes(count * 4.0), Lifetime::touched, "logit gradient");
    // To fp32, log-softmax; then the gradients of both and back to the activation type.   Formula 3.10.
    builder.pass(ElementwiseKind::loss, Bytes(count * (shape.element + 12.0)), {}, {logits}, {probabilities});
    builder.pass(ElementwiseKind::loss, Bytes(count * (20.0 + shape.element)), {}, {probabilities, logits},
                 {d_probabilities, d_logits});
  }
  const OpId d_input =
      builder.gemm({"LM head, input gradient", m, shape.hidden, shape.vocab, 1, chunks, useful}, {},
                   {d_logits, weights.buffer}, {gradient});
  const OpId summed =
      builder.gemm({"LM head, weight gradient", shape.vocab, shape.hidden, m, 1, chunks, useful}, {},
                   {d_logits, input.buffer}, {sums});
  const RowBuffer shard = scatter_rows(builder, shape, Payload::head_activations, {gradient, d_input},
                                       "head input gradient shard");
  const BufferId output = hidden(builder, shape.shard_bytes(), Lifetime::leaving, "output gradient");
  builder.pass(ElementwiseKind::norm, 3.0 * shape.shard_bytes(), {shard.ready},
               {shard.buffer, hidden(builder, shape.shard_bytes(), Lifetime::arriving, "last layer output")},
               {output});
  // A shared matrix is reduced once, with the embedding.
  if (reduce == Reduce::yes && !shape.tied)
    builder.collective(gradient_reduction(shape, plan, shape.parameters.head), {summed}, {sums}, {});
}

void lower_prefill_head(PhaseBuilder& builder, const StepShape& shape, const Plan& plan,
                        const WorkloadSpec& workload) {
  RowBuffer input = head_input(builder, shape);
  const Weights weights =
      gather_now(builder, shape, plan, shape.parameters.head, Lifetime::touched, "LM head gathered");
  std::int64_t rows = shape.sizes.shape.batch;
  if (workload.logits == Logits::all) {
    rows = shape.sizes.shape.batch * shape.sizes.sequence;
    const int ranks = group_size(shape.grid, GroupKind::context);
    if (ranks > 1) {
      const BufferId all =
          hidden(builder, shape.bytes(rows, shape.hidden), Lifetime::touched, "final norm of all tokens");
      const OpId gathered = builder.collective(
          {CollectiveKind::all_gather, GroupKind::context,
           shape.hidden_bytes() * static_cast<double>(ranks - 1), Payload::head_activations},
          {input.ready}, {input.buffer}, {all});
      input = {all, gathered};
    }
  }
  const Bytes each = shape.bytes(rows, shape.vocab);
  const BufferId logits = builder.buffer(Payload::logits, each, Lifetime::leaving, "logits");
  // All ranks of a sequence compute the same logits.
  const double once = 1.0 / group_size(shape.grid, GroupKind::context);
  builder.gemm({"LM head", rows, shape.vocab, shape.hidden, 1, 1, once}, {input.ready, weights.ready},
               {input.buffer, weights.buffer}, {logits});
  if (workload.logits == Logits::all)
    builder.pass(ElementwiseKind::loss, 2.0 * each, {}, {logits},
                 {builder.buffer(Payload::logits, each, Lifetime::leaving, "probabilities")});
}

}  // namespace costmodel
