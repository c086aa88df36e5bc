// One transformer layer backward, its recomputation first: feed-forward half, then attention half, each with
// the gradient of its input and of its weights.  Weight gradients of a half are reduced while the other half
// computes; sharded weights of the layer before come meanwhile.
#include "costmodel/schedule/lower_step.h"

namespace costmodel {

namespace {

class LayerBackward {
 public:
  LayerBackward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, Reduce reduce)
      : builder_(builder), shape_(shape), plan_(plan), reduce_(reduce) {}

  void run() {
    const RankParameters& p = shape_.parameters;
    if (shards_weights(shape_, plan_)) {
      attention_weights_ = weights(p.attention, Lifetime::arriving, "attention weights gathered");
      feed_forward_weights_ = weights(p.feed_forward, Lifetime::arriving, "feed-forward weights gathered");
    }
    output_gradient_ = hidden(shape_.shard_bytes(), "output gradient", Lifetime::arriving);
    if (reduce_ == Reduce::yes) {
      // Those of the layer behind, made at the end of its backward pass.
      const BufferId made = shards_gradients(shape_, plan_)
                                ? gradients(p.attention, Lifetime::arriving, "attention gradients behind")
                                : PhaseBuilder::no_buffer;
      reduce_beside(p.attention, PhaseBuilder::none, made, Repetitions::all_but_first);
    }
    if (shards_weights(shape_, plan_))
      gather_beside(weights(p.attention, Lifetime::leaving, "next attention weights gathered"), p.attention);
    recompute();
    feed_forward_half();
    if (shards_weights(shape_, plan_))
      gather_beside(weights(p.feed_forward, Lifetime::leaving, "next feed-forward weights gathered"),
                    p.feed_forward);
    attention_half();
    builder_.drain();
  }

 private:
  BufferId hidden(Bytes bytes, std::string_view name, Lifetime lifetime = Lifetime::touched) {
    return builder_.buffer(Payload::hidden, bytes, lifetime, name);
  }
  BufferId weights(std::int64_t count, Lifetime lifetime, std::string_view name) {
    return builder_.buffer(Payload::weights, shape_.weight_bytes(count), lifetime, name);
  }
  BufferId gradients(std::int64_t count, Lifetime lifetime, std::string_view name) {
    return builder_.buffer(Payload::weight_gradients, shape_.weight_bytes(count), lifetime, name);
  }
  BufferId feed_forward(Bytes bytes, std::string_view name, Lifetime lifetime = Lifetime::touched) {
    return builder_.buffer(Payload::feed_forward, bytes, lifetime, name);
  }
  void reduce_beside(std::int64_t count, OpId wait, BufferId from, Repetitions repetitions) {
    builder_.background(gradient_reduction(shape_, plan_, count), wait, from, PhaseBuilder::no_buffer,
                        background_pieces(shape_), repetitions);
  }
  void gather_beside(BufferId to, std::int64_t count) {
    builder_.background(weight_gather(shape_, count), PhaseBuilder::none, PhaseBuilder::no_buffer, to,
                        background_pieces(shape_), Repetitions::all_but_last);
  }

  void recompute() {
    if (plan_.checkpoint == Checkpoint::none) return;
    AttentionPart part = AttentionPart::all;
    if (plan_.checkpoint == Checkpoint::attention_output) part = AttentionPart::inputs;
    if (plan_.checkpoint == Checkpoint::half_attention_output) part = AttentionPart::first_half;
    builder_.set_purpose(Purpose::recompute);
    builder_.set_direction(Direction::forward);
    lower_layer_forward(builder_, shape_, plan_, part, Purpose::recompute);
    builder_.set_purpose(Purpose::model);
    builder_.set_direction(Direction::backward);
  }

  // A product of a linear layer; in fp8 the gradient that it multiplies is quantised first.   Formula 3.10.
  OpId linear(Gemm gemm, double operand, PhaseBuilder::Waits waits, PhaseBuilder::Buffers from,
              PhaseBuilder::Buffers to) {
    if (operand < shape_.element) gemm.operand = operand;
    return builder_.gemm(gemm, waits, from, to);
  }
  OpId quantise(double operand, std::int64_t rows, std::int64_t width, OpId wait, BufferId gradient) {
    if (operand >= shape_.element) return wait;
    const double elements = static_cast<double>(rows) * static_cast<double>(width);
    return builder_.pass(ElementwiseKind::quantise, Bytes(elements * (shape_.element + operand)), {wait},
                         {gradient}, {});
  }

  RowBuffer gathered(RowBuffer shard, std::string_view name) {
    return gather_rows(builder_, shape_, Payload::activations, shard, name);
  }
  RowBuffer scattered(RowBuffer partial, std::string_view name) {
    return scatter_rows(builder_, shape_, Payload::activations, partial, name);
  }

  void feed_forward_half() {
    const std::int64_t batch = shape_.expert_products(), m = shape_.expert_rows();
    const double useful = shape_.useful_expert_rows();
    const std::int64_t width = shape_.gates * shape_.ffn;
    const Bytes product = shape_.product_bytes(), spread = shape_.bytes(shape_.ffn_rows(), shape_.hidden);
    const BufferId sums =
        shards_gradients(shape_, plan_)
            ? gradients(shape_.parameters.feed_forward, Lifetime::touched, "feed-forward weight gradients")
            : PhaseBuilder::no_buffer;
    RowBuffer rows = gathered({output_gradient_}, "output gradient gathered");
    if (shape_.experts > 0) {
      const BufferId spread_rows = hidden(spread, "expert output gradient");
      rows = {spread_rows, builder_.pass(ElementwiseKind::dispatch, shape_.hidden_bytes() + spread,
                                         {rows.ready}, {rows.buffer}, {spread_rows})};
    }
    const BufferId d_product = feed_forward(product, "product gradient");
    const BufferId d_gates = feed_forward(shape_.gate_bytes(), "gate, up gradient");
    const BufferId gates = feed_forward(shape_.gate_bytes(), "gate, up", Lifetime::phase);
    const BufferId made = feed_forward(product, "product", Lifetime::phase);
    const double operand = shape_.ffn_operand;
    rows.ready = quantise(operand, m * batch, shape_.hidden, rows.ready, rows.buffer);
    linear({"down projection, input gradient", m, shape_.ffn, shape_.hidden, batch, 1, useful}, operand,
           {rows.ready}, {rows.buffer, feed_forward_weights_}, {d_product});
    linear({"down projection, weight gradient", shape_.ffn, shape_.hidden, m, batch, 1, useful}, operand, {},
           {rows.buffer, made}, {sums});
    if (shape_.gates == 2) {
      // Backward of the product, 3 + 3 tensors, and of the activation, 3.
      const BufferId activated = feed_forward(product, "activation", Lifetime::phase);
      const BufferId d_activated = feed_forward(product, "activation gradient");
      builder_.pass(ElementwiseKind::activation, 6.0 * product, {}, {d_product, gates, activated},
                    {d_activated, d_gates});
      builder_.pass(ElementwiseKind::activation, 3.0 * product, {}, {d_activated, gates}, {d_gates});
    } else {
      builder_.pass(ElementwiseKind::activation, 3.0 * product, {}, {d_product, gates}, {d_gates});
    }
    BufferId d_input = hidden(spread, "norm 2 gradient");
    OpId last =
        linear({shape_.gates == 2 ? "gate, up projection, input gradient" : "up projection, input gradient",
                m, shape_.hidden, width, batch, 1, useful},
               operand, {quantise(operand, m * batch, width, PhaseBuilder::none, d_gates)},
               {d_gates, feed_forward_weights_}, {d_input});
    const BufferId input = shape_.experts > 0 ? hidden(spread, "expert inputs", Lifetime::phase)
                                              : hidden(shape_.hidden_bytes(), "norm 2", Lifetime::phase);
    const OpId summed =
        linear({shape_.gates == 2 ? "gate, up projection, weight gradient" : "up projection, weight gradient",
                width, shape_.hidden, m, batch, 1, useful},
               operand, {}, {d_gates, input}, {sums});
    if (reduce_ == Reduce::yes) reduce_beside(shape_.parameters.feed_forward, summed, sums, Repetitions::all);
    if (shape_.experts > 0) {
      const BufferId combined = hidden(shape_.hidden_bytes(), "norm 2 gradient combined");
      last =
          builder_.pass(ElementwiseKind::dispatch, spread + shape_.hidden_bytes(), {}, {d_input}, {combined});
      d_input = combined;
      // The router's two gradients.
      builder_.gemm(
          {"router, gradients", shape_.rows, shape_.experts, shape_.hidden, 1, 2, 1.0 / shape_.grid.tensor},
          {}, {combined, feed_forward_weights_}, {combined});
    }
    norm_backward(scattered({d_input, last}, "norm 2 gradient shard"), "attention residual", output_gradient_,
                  "attention residual gradient", Lifetime::touched);
  }

  // Backward of a norm and of the residual beside it: three reads, one write.
  void norm_backward(const RowBuffer& d_normed, std::string_view input, BufferId beside,
                     std::string_view result, Lifetime lifetime) {
    const Bytes shard = shape_.shard_bytes();
    gradient_ = hidden(shard, result, lifetime);
    gradient_ready_ =
        builder_.pass(ElementwiseKind::norm, 4.0 * shard, {d_normed.ready},
                      {d_normed.buffer, hidden(shard, input, Lifetime::phase), beside}, {gradient_});
  }

  void attention_half() {
    const std::int64_t qkv_width = shape_.query_width + 2 * shape_.kv_width;
    const BufferId sums = shards_gradients(shape_, plan_)
                              ? gradients(shape_.parameters.attention,
                                          reduce_ == Reduce::yes ? Lifetime::leaving : Lifetime::touched,
                                          "attention weight gradients")
                              : PhaseBuilder::no_buffer;
    const BufferId beside = gradient_;
    const double operand = shape_.projection_operand;
    RowBuffer rows = gathered({gradient_, gradient_ready_}, "attention residual gradient gathered");
    rows.ready = quantise(operand, shape_.rows, shape_.hidden, rows.ready, rows.buffer);
    const AttentionInputs d_output = attention_inputs(builder_, shape_.sizes, plan_, Direction::backward);
    const bool heads_split = plan_.transport == Transport::all_to_all || plan_.transport == Transport::hybrid;
    const Bytes width = shape_.sizes.query_bytes(shape_.sizes.tokens);
    // As attention left it; after an all-to-all it is its scratch no more.
    const BufferId output =
        builder_.buffer(Payload::output, width, Lifetime::phase, heads_split ? "O by tokens" : "O");
    const OpId d_attention =
        linear({"output projection, input gradient", shape_.rows, shape_.query_width, shape_.hidden}, operand,
               {rows.ready}, {rows.buffer, attention_weights_}, {d_output.first});
    linear({"output projection, weight gradient", shape_.query_width, shape_.hidden, shape_.rows}, operand,
           {}, {rows.buffer, output}, {sums});
    const AttentionResult attention = append_transport(builder_, shape_.grid, shape_.sizes, plan_,
                                                       Direction::backward, AttentionPart::all, d_attention);
    const OpId rotary = builder_.pass(
        ElementwiseKind::rotary, 2.0 * shape_.bytes(shape_.rows, shape_.query_width + shape_.kv_width),
        {attention.last}, {attention.first, attention.second}, {attention.first, attention.second});
    const BufferId d_normed = hidden(shape_.hidden_bytes(), "norm 1 gradient");
    const OpId d_input = linear({"QKV projection, input gradient", shape_.rows, shape_.hidden, qkv_width},
                                operand, {quantise(operand, shape_.rows, qkv_width, rotary, attention.first)},
                                {attention.first, attention.second, attention_weights_}, {d_normed});
    linear({"QKV projection, weight gradient", qkv_width, shape_.hidden, shape_.rows}, operand, {},
           {attention.first, attention.second, hidden(shape_.hidden_bytes(), "norm 1", Lifetime::phase)},
           {sums});
    norm_backward(scattered({d_normed, d_input}, "norm 1 gradient shard"), "layer input", beside,
                  "input gradient", Lifetime::leaving);
  }

  PhaseBuilder& builder_;
  const StepShape& shape_;
  const Plan& plan_;
  Reduce reduce_;
  BufferId attention_weights_ = PhaseBuilder::no_buffer, feed_forward_weights_ = PhaseBuilder::no_buffer;
  BufferId output_gradient_ = PhaseBuilder::no_buffer, gradient_ = PhaseBuilder::no_buffer;
  OpId gradient_ready_ = PhaseBuilder::none;
};

}  // namespace

void lower_layer_backward(PhaseBuilder& builder, const StepShape& shape, const Plan& plan, Reduce reduce) {
  LayerBackward(builder, shape, plan, reduce).run();
}

}  // namespace costmodel
