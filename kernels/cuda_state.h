// attention_state.h and tensor_copy.h for tensors in device memory: the same results, queued on a stream.
//
// Head dims must be even.  They return when the work is queued; `stream` is a cudaStream_t.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/attention_step.h"

namespace kernels {

void cuda_reset(const ForwardState& state, void* stream);
void cuda_reset(const GradientState& state, void* stream);
void cuda_merge(const ForwardState& into, const ForwardState& part, void* stream);
void cuda_finish(const ForwardState& state, const TensorView& output, const RowView& lse, void* stream);
void cuda_delta_of(const ConstTensorView& d_output, const ConstTensorView& output, const RowView& delta,
                   void* stream);

void cuda_convert(const ConstTensorView& from, const TensorView& to, void* stream);
void cuda_pack_heads(const ConstTensorView& view, int parts, std::span<std::byte> buffer, void* stream);
void cuda_pack_rows(const ConstTensorView& view, int parts, std::span<std::byte> buffer, void* stream);
void cuda_unpack_heads(std::span<const std::byte> buffer, int parts, const TensorView& view, void* stream);
void cuda_unpack_rows(std::span<const std::byte> buffer, int parts, const TensorView& view, void* stream);

// sum[i] = parts[0][i] + parts[1][i] + ... in this order, in fp32, rounded to the element type (fp32 or
// bf16). The parts lie one after the other, `count` numbers each.
void cuda_sum_parts(const void* parts, int number_of_parts, Element element, std::int64_t count, void* sum,
                    void* stream);

}  // namespace kernels
