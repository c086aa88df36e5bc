#include "kernels/attention_step.h"

#include <cmath>
#include <string>

namespace kernels {

namespace {

[[noreturn]] void fail(const char* operation, const std::string& what) {
  throw ArgumentError(std::string(operation) + ": " + what);
}

void check_view(const char* operation, const char* name, const ConstTensorView& view) {
  if (view.batch < 0 || view.rows < 0 || view.heads < 0 || view.dim < 0)
    fail(operation, std::string(name) + " is " + text_of(view) + "; no extent may be negative");
  if (view.data == nullptr && view.batch * view.rows * view.heads * view.dim > 0)
    fail(operation, std::string(name) + " is " + text_of(view) + " but has no memory; set data");
}

// What a step writes: fp32, and no two rows in one place, as when a stride was forgotten.
void check_carried(const char* operation, const char* name, const ConstTensorView& view) {
  if ((view.batch > 1 && view.batch_stride == 0) || (view.rows > 1 && view.row_stride == 0) ||
      (view.heads > 1 && view.head_stride == 0))
    fail(operation, std::string(name) + " is " + text_of(view) + " with strides " +
                        std::to_string(view.batch_stride) + ", " + std::to_string(view.row_stride) + ", " +
                        std::to_string(view.head_stride) +
                        " (batch, row, head); a stride of 0 would write several rows to one place");
  if (view.element != Element::fp32)
    fail(operation, std::string(name) + " is " + std::string(name_of(view.element)) +
                        "; what is carried from step to step must be fp32");
}

void check_inputs(const char* operation, const ConstTensorView& q, const ConstTensorView& k,
                  const ConstTensorView& v, const PositionRule& position, const Mask& mask, double scale) {
  check_view(operation, "q", q);
  check_view(operation, "k", k);
  check_same_shape(operation, "v", v, "k", k);
  if (q.batch != k.batch || q.dim != k.dim)
    fail(operation, "q is " + text_of(q) + ", k is " + text_of(k) +
                        " (batch x rows x heads x dim); batch and dim must agree");
  if (q.heads > 0 && (k.heads == 0 || q.heads % k.heads != 0))
    fail(operation, "q has " + std::to_string(q.heads) + " heads, k has " + std::to_string(k.heads) +
                        "; the heads of k must divide those of q");
  if (q.element != k.element || q.element != v.element)
    fail(operation, "q is " + std::string(name_of(q.element)) + ", k " + std::string(name_of(k.element)) +
                        ", v " + std::string(name_of(v.element)) + "; they must be of one type");
  if (!(scale > 0) || !std::isfinite(scale))
    fail(operation,
         "scale is " + std::to_string(scale) + "; it must be positive, usually softmax_scale(dim)");
  if (position.q_stride < 1 || position.k_stride < 1)
    fail(operation, "q_stride is " + std::to_string(position.q_stride) + ", k_stride is " +
                        std::to_string(position.k_stride) + "; both must be at least 1");
  if (mask.kind == MaskKind::sliding && mask.window < 1)
    fail(operation,
         "the window of the sliding mask is " + std::to_string(mask.window) + "; it must be at least 1");
}

}  // namespace

double softmax_scale(std::int64_t dim) {
  if (dim < 1)
    throw ArgumentError("softmax_scale: dim is " + std::to_string(dim) + "; it must be at least 1");
  return 1.0 / std::sqrt(static_cast<double>(dim));
}

void check_same_shape(const char* operation, const char* name, const ConstTensorView& view,
                      const char* expected_name, const ConstTensorView& expected) {
  check_view(operation, name, view);
  if (view.batch != expected.batch || view.rows != expected.rows || view.heads != expected.heads ||
      view.dim != expected.dim)
    fail(operation, std::string(name) + " is " + text_of(view) + ", " + expected_name + " is " +
                        text_of(expected) + " (batch x rows x heads x dim); they must have one shape");
}

void check_per_row(const char* operation, const char* name, const ConstRowView& view,
                   const ConstTensorView& of) {
  if (view.batch != of.batch || view.heads != of.heads || view.rows != of.rows)
    fail(operation, std::string(name) + " is " + text_of(view) + " (batch x heads x rows) but belongs to " +
                        text_of(of) +
                        " (batch x rows x heads x dim); it needs one number per batch, head and row");
  if (view.data == nullptr && view.batch * view.heads * view.rows > 0)
    fail(operation, std::string(name) + " has no memory; set data");
}

namespace {

void check_carried_rows(const char* operation, const char* name, const ConstRowView& view,
                        const ConstTensorView& of) {
  check_per_row(operation, name, view, of);
  if ((view.batch > 1 && view.batch_stride == 0) || (view.heads > 1 && view.head_stride == 0) ||
      (view.rows > 1 && view.row_stride == 0))
    fail(operation, std::string(name) + " has strides " + std::to_string(view.batch_stride) + ", " +
                        std::to_string(view.head_stride) + ", " + std::to_string(view.row_stride) +
                        " (batch, head, row); a stride of 0 would write several rows to one place");
}

}  // namespace

void check(const char* operation, const ForwardStep& step, const ForwardState& state) {
  check_inputs(operation, step.q, step.k, step.v, step.position, step.mask, step.scale);
  check_same_shape(operation, "output", state.output, "q", step.q);
  check_carried(operation, "output", state.output);
  check_carried_rows(operation, "running_max", state.running_max, step.q);
  check_carried_rows(operation, "running_sum", state.running_sum, step.q);
}

void check(const char* operation, const BackwardStep& step, const GradientState& state) {
  check_inputs(operation, step.q, step.k, step.v, step.position, step.mask, step.scale);
  check_same_shape(operation, "d_output", step.d_output, "q", step.q);
  check_per_row(operation, "lse", step.lse, step.q);
  check_per_row(operation, "delta", step.delta, step.q);
  check_same_shape(operation, "dq", state.dq, "q", step.q);
  check_same_shape(operation, "dk", state.dk, "k", step.k);
  check_same_shape(operation, "dv", state.dv, "k", step.k);
  check_carried(operation, "dq", state.dq);
  check_carried(operation, "dk", state.dk);
  check_carried(operation, "dv", state.dv);
}

}  // namespace kernels
