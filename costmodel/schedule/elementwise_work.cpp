// Bytes that the elementwise passes of attention touch per row.   Formulas 3.3, 3.4.
#include "costmodel/schedule/lowering.h"

namespace costmodel {

namespace {

// An accumulation reads the sum and the new part and writes the sum: 4 + e + 4 bytes an element for a sum in
// fp32, less for one that travels as e'.
double accumulated_bytes(const ShardSizes& sizes, ElementwiseKind kind) {
  return kind == ElementwiseKind::accumulate_travelling ? 2.0 * sizes.gradient_element + sizes.element
                                                        : 8.0 + sizes.element;
}

}  // namespace

// Merge of two fp32 partial outputs: the interpreter decides how many passes (calibration), one pass is 4
// bytes an element.
std::int32_t merge_work(PhaseBuilder& builder, const ShardSizes& sizes) {
  return builder.elementwise_work(ElementwiseKind::merge, sizes.query_bytes(1) * (4.0 / sizes.element),
                                  Bytes(0));
}

// delta = rowsum(dO * O): read two tensors of query width, write one fp32 number per head.
std::int32_t delta_work(PhaseBuilder& builder, const ShardSizes& sizes) {
  return builder.elementwise_work(ElementwiseKind::delta, 2.0 * sizes.query_bytes(1) + sizes.row_bytes(1),
                                  Bytes(0));
}

std::int32_t accumulate_queries_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind) {
  return builder.elementwise_work(
      kind, sizes.query_bytes(1) * (accumulated_bytes(sizes, kind) / sizes.element), Bytes(0));
}

std::int32_t accumulate_keys_work(PhaseBuilder& builder, const ShardSizes& sizes, ElementwiseKind kind) {
  return builder.elementwise_work(kind, Bytes(0),
                                  sizes.kv_bytes(1) * (accumulated_bytes(sizes, kind) / sizes.element));
}

}  // namespace costmodel
