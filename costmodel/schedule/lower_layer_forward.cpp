// One transformer layer forward: norm, QKV, rotary embedding, attention by the plan's transport, output
// projection, norm, feed-forward; with tensor parallelism a gather before and a scatter after each half.
//
// Matrix products: formula 1.6.  Elementwise passes count what eager frameworks read and write: formula 3.10.
#include "costmodel/schedule/lower_step.h"

namespace costmodel {

namespace {

class LayerForward {
 public:
  LayerForward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, AttentionPart part,
               Purpose purpose)
      : builder_(builder),
        shape_(shape),
        plan_(plan),
        part_(part),
        tensor_(shape.grid.tensor > 1),
        ahead_(purpose == Purpose::model && shards_weights(shape, plan)),
        output_(purpose == Purpose::model ? Lifetime::leaving : Lifetime::touched) {
    if (!shards_weights(shape, plan)) return;
    attention_weights_ = builder.buffer(Payload::weights, shape.weight_bytes(shape.parameters.attention),
                                        Lifetime::arriving, "attention weights gathered");
    feed_forward_weights_ =
        builder.buffer(Payload::weights, shape.weight_bytes(shape.parameters.feed_forward),
                       ahead_ ? Lifetime::touched : Lifetime::arriving, "feed-forward weights gathered");
  }

  void run() {
    if (ahead_) gather_ahead(shape_.parameters.feed_forward, feed_forward_weights_, Repetitions::all);
    attention_half();
    const OpId weights = ahead_ ? builder_.drain() : PhaseBuilder::none;
    if (ahead_)
      gather_ahead(shape_.parameters.attention,
                   builder_.buffer(Payload::weights, shape_.weight_bytes(shape_.parameters.attention),
                                   Lifetime::leaving, "next attention weights gathered"),
                   Repetitions::all_but_last);
    feed_forward_half(weights);
    if (ahead_) builder_.drain();
  }

 private:
  BufferId hidden(Bytes bytes, std::string_view name, Lifetime lifetime = Lifetime::phase) {
    return builder_.buffer(Payload::hidden, bytes, lifetime, name);
  }
  void gather_ahead(std::int64_t parameters, BufferId to, Repetitions repetitions) {
    builder_.background(weight_gather(shape_, parameters), PhaseBuilder::none, PhaseBuilder::no_buffer, to,
                        background_pieces(shape_), repetitions);
  }

  RowBuffer gathered(RowBuffer shard, std::string_view name) {
    return gather_rows(builder_, shape_, Payload::activations, shard, name, Lifetime::phase);
  }
  RowBuffer scattered(RowBuffer partial, std::string_view name) {
    return scatter_rows(builder_, shape_, Payload::activations, partial, name);
  }

  // A product in fp8 takes its rows from a pass that quantises them.   Formula 3.10.
  OpId linear(Gemm gemm, double operand, PhaseBuilder::Waits waits, PhaseBuilder::Buffers from,
              PhaseBuilder::Buffers to, std::string_view quantised) {
    if (operand >= shape_.element) return builder_.gemm(gemm, waits, from, to);
    const double elements = static_cast<double>(gemm.m * gemm.batch) * static_cast<double>(gemm.k);
    const BufferId rows =
        builder_.buffer(Payload::hidden, Bytes(elements * operand), Lifetime::touched, quantised);
    const OpId ready = builder_.pass(ElementwiseKind::quantise, Bytes(elements * (shape_.element + operand)),
                                     waits, {*from.begin()}, {rows});
    gemm.operand = operand;
    return builder_.gemm(gemm, {ready}, {rows, *(from.end() - 1)}, to);
  }

  void attention_half() {
    const Bytes shard = shape_.shard_bytes();
    const std::int64_t qkv_width = shape_.query_width + 2 * shape_.kv_width;
    input_ = hidden(shard, "layer input");
    const BufferId normed = hidden(shard, tensor_ ? "norm 1 shard" : "norm 1");
    const OpId norm = builder_.pass(ElementwiseKind::norm, 2.0 * shard, {}, {input_}, {normed});
    const RowBuffer rows = gathered({normed, norm}, "norm 1");
    const AttentionInputs qkv = attention_inputs(builder_, shape_.sizes, plan_, Direction::forward);
    linear({"QKV projection", shape_.rows, qkv_width, shape_.hidden}, shape_.projection_operand, {rows.ready},
           {rows.buffer, attention_weights_}, {qkv.first, qkv.second}, "norm 1 in fp8");
    const OpId rotary = builder_.pass(ElementwiseKind::rotary,
                                      2.0 * shape_.bytes(shape_.rows, shape_.query_width + shape_.kv_width),
                                      {}, {qkv.first, qkv.second}, {qkv.first, qkv.second});
    const AttentionResult attention =
        append_transport(builder_, shape_.grid, shape_.sizes, plan_, Direction::forward, part_, rotary);
    const BufferId projected = hidden(shape_.hidden_bytes(), "projected attention", Lifetime::touched);
    const OpId projection = linear({"output projection", shape_.rows, shape_.hidden, shape_.query_width},
                                   shape_.projection_operand, {attention.last},
                                   {attention.first, attention_weights_}, {projected}, "O in fp8");
    const RowBuffer sum = scattered({projected, projection}, "projected attention shard");
    residual_ = hidden(shard, "attention residual");
    normed_again_ = hidden(shard, tensor_ ? "norm 2 shard" : "norm 2");
    // The residual is added and normed: two reads, two writes.
    ready_ = builder_.pass(ElementwiseKind::norm, 4.0 * shard, {sum.ready}, {input_, sum.buffer},
                           {residual_, normed_again_});
  }

  void feed_forward_half(OpId weights) {
    const Bytes shard = shape_.shard_bytes();
    RowBuffer rows = gathered({normed_again_, ready_}, "norm 2");
    if (shape_.experts > 0) rows = dispatched(rows);
    const std::int64_t batch = shape_.expert_products(), m = shape_.expert_rows();
    const double useful = shape_.useful_expert_rows();
    const BufferId gates =
        builder_.buffer(Payload::feed_forward, shape_.gate_bytes(), Lifetime::phase, "gate, up");
    const BufferId product =
        builder_.buffer(Payload::feed_forward, shape_.product_bytes(), Lifetime::phase, "product");
    const Gemm up{shape_.gates == 2 ? "gate, up projection" : "up projection",
                  m,
                  shape_.gates * shape_.ffn,
                  shape_.hidden,
                  batch,
                  1,
                  useful};
    linear(up, shape_.ffn_operand, {rows.ready, weights}, {rows.buffer, feed_forward_weights_}, {gates},
           "norm 2 in fp8");
    if (shape_.gates == 2) {
      // The activation of the gate, then its product with the other half: 2 + 3 tensors.
      const BufferId activated =
          builder_.buffer(Payload::feed_forward, shape_.product_bytes(), Lifetime::phase, "activation");
      builder_.pass(ElementwiseKind::activation, 2.0 * shape_.product_bytes(), {}, {gates}, {activated});
      builder_.pass(ElementwiseKind::activation, 3.0 * shape_.product_bytes(), {}, {gates, activated},
                    {product});
    } else {
      builder_.pass(ElementwiseKind::activation, 2.0 * shape_.product_bytes(), {}, {gates}, {product});
    }
    const BufferId down =
        hidden(shape_.bytes(shape_.ffn_rows(), shape_.hidden), "feed-forward output", Lifetime::touched);
    OpId made = linear({"down projection", m, shape_.hidden, shape_.ffn, batch, 1, useful},
                       shape_.ffn_operand, {}, {product, feed_forward_weights_}, {down}, "product in fp8");
    BufferId combined = down;
    if (shape_.experts > 0) {
      combined = hidden(shape_.hidden_bytes(), "experts combined", Lifetime::touched);
      made = builder_.pass(ElementwiseKind::dispatch,
                           shape_.bytes(shape_.ffn_rows(), shape_.hidden) + shape_.hidden_bytes(), {}, {down},
                           {combined});
    }
    const RowBuffer sum = scattered({combined, made}, "feed-forward output shard");
    const BufferId output =
        hidden(shard, output_ == Lifetime::leaving ? "layer output" : "layer output recomputed", output_);
    builder_.pass(ElementwiseKind::residual, 3.0 * shard, {sum.ready}, {residual_, sum.buffer}, {output});
  }

  // Each token's row goes to its active experts, found by the router.
  RowBuffer dispatched(const RowBuffer& rows) {
    builder_.gemm({"router", shape_.rows, shape_.experts, shape_.hidden, 1, 1, 1.0 / shape_.grid.tensor},
                  {rows.ready}, {rows.buffer, feed_forward_weights_}, {});
    const Bytes spread = shape_.bytes(shape_.ffn_rows(), shape_.hidden);
    const BufferId inputs = hidden(spread, "expert inputs");
    return {inputs, builder_.pass(ElementwiseKind::dispatch, shape_.hidden_bytes() + spread, {},
                                  {rows.buffer}, {inputs})};
  }

  PhaseBuilder& builder_;
  const StepShape& shape_;
  const Plan& plan_;
  AttentionPart part_;
  bool tensor_, ahead_;
  Lifetime output_;
  BufferId attention_weights_ = PhaseBuilder::no_buffer, feed_forward_weights_ = PhaseBuilder::no_buffer;
  BufferId input_, residual_, normed_again_;
  OpId ready_ = PhaseBuilder::none;
};

}  // namespace

void lower_layer_forward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, AttentionPart part,
                         Purpose purpose) {
  LayerForward(builder, shape, plan, part, purpose).run();
  if (purpose == Purpose::recompute || plan.checkpoint != Checkpoint::half_attention_output) return;
  // The later half of the rows is the one worth keeping: under a causal mask it costs three quarters.  With
  // contiguous tokens the later ranks hold nothing else, and keep all of theirs.
  const double share = plan.layout == Layout::contiguous && shape.grid.ring() > 1 ? 1.0 : 0.5;
  builder.buffer(Payload::output, share * shape.bytes(shape.rows, shape.query_width), Lifetime::phase,
                 "O of the later half");
  builder.buffer(Payload::lse, share * shape.sizes.row_bytes(shape.sizes.tokens), Lifetime::phase,
                 "LSE of the later half");
}

}  // namespace costmodel
