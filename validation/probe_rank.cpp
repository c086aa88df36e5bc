#include "validation/probe_rank.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

#include "kernels/attention_step.h"
#include "kernels/cpu_peak.h"

namespace validation {

using kernels::Element;
using kernels::RowView;
using kernels::TensorView;

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

kernels::Mask mask_of(const Probe& probe) {
  return {probe.mask == costmodel::MaskKind::causal ? kernels::MaskKind::causal : kernels::MaskKind::full, 0};
}

TensorView fp32(std::span<std::byte> bytes, std::int64_t rows, std::int64_t heads, const Probe& probe) {
  return kernels::packed_view(bytes.data(), Element::fp32, probe.shape.batch, rows, heads,
                              probe.shape.head_dim);
}

RowView rows(std::span<std::byte> bytes, const Probe& probe) {
  return kernels::packed_rows(reinterpret_cast<float*>(bytes.data()), probe.shape.batch, probe.shape.heads,
                              probe.queries);
}

std::span<std::byte> first(std::span<std::byte> bytes, std::int64_t count) {
  return bytes.first(static_cast<std::size_t>(count));
}

std::int64_t bytes_of(const TensorView& view) {
  return view.batch * view.rows * view.heads * view.dim * kernels::bytes_of(view.element);
}

}  // namespace

ProbeRank::ProbeRank(const RankEnds& ends, const kernels::Backend& backend, Element element,
                     const std::vector<Probe>& probes)
    : ends_(ends), backend_(backend), element_(element), work_(ends.memory.new_work()) {
  for (const Probe& probe : probes) need(probe);
  const std::int64_t narrow = kernels::bytes_of(element), wide = kernels::bytes_of(Element::fp32);
  work_->enter();
  for (auto* const tensor : {&q_, &d_output_, &output_}) *tensor = block(queries_ * narrow);
  for (auto* const tensor : {&k_, &v_}) *tensor = block(keys_ * narrow);
  for (auto* const tensor : {&state_, &dq_}) *tensor = block(queries_ * wide);
  for (auto* const tensor : {&dk_, &dv_}) *tensor = block(keys_ * wide);
  for (auto* const tensor : {&maximum_, &sum_, &lse_, &delta_}) *tensor = block(rows_ * wide);
  for (auto* const tensor : {&send_, &receive_}) *tensor = block(message_);
  for (const std::span<std::byte> tensor : {q_, k_, v_, d_output_, output_}) fill_with_numbers(tensor);
  // Whatever the LSE is, p stays finite and the work is the same.
  const std::vector<float> constant(static_cast<std::size_t>(rows_), 8.0F);
  work_->read_in(std::as_bytes(std::span(constant)), lse_);
  for (const std::span<std::byte> tensor : {delta_, state_, dq_, dk_, dv_, send_, receive_})
    work_->fill(tensor, std::byte{0});
  work_->wait();
}

void ProbeRank::need(const Probe& probe) {
  const costmodel::AttentionShape& shape = probe.shape;
  const std::int64_t head = shape.batch * shape.head_dim;
  queries_ = std::max(queries_, probe.queries * shape.heads * head);
  keys_ = std::max(keys_, probe.keys * shape.kv_heads * head);
  rows_ = std::max(rows_, probe.queries * shape.heads * shape.batch);
  if (probe.kind != ProbeKind::allocate) message_ = std::max(message_, probe.bytes);
}

std::span<std::byte> ProbeRank::block(std::int64_t bytes) {
  if (bytes == 0) return {};
  MemoryBlock memory(ends_.memory.allocate(bytes), FreeBlock{&ends_.memory});
  if (memory == nullptr)
    throw OutOfMemory("no memory for " + std::to_string(bytes) +
                      " bytes of what calibrating measures; expected a rank to have 1 GB");
  owned_.push_back(std::move(memory));
  return {owned_.back().get(), static_cast<std::size_t>(bytes)};
}

void ProbeRank::fill_with_numbers(std::span<std::byte> bytes) {
  if (bytes.empty()) return;
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  const std::int64_t count = static_cast<std::int64_t>(bytes.size()) / kernels::bytes_of(element_);
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = normal(random);
  std::vector<std::byte> converted(bytes.size());
  kernels::host_tensor_memory()->new_work()->convert(
      kernels::packed_view(static_cast<const void*>(numbers.data()), Element::fp32, 1, 1, 1, count),
      kernels::packed_view(static_cast<void*>(converted.data()), element_, 1, 1, 1, count));
  work_->read_in(converted, bytes);
}

kernels::ConstTensorView ProbeRank::input(std::span<std::byte> bytes, std::int64_t rows, std::int64_t heads,
                                          const Probe& probe) const {
  return kernels::packed_view(static_cast<const void*>(bytes.data()), element_, probe.shape.batch, rows,
                              heads, probe.shape.head_dim);
}

// As the executor runs the only step of a block: state from nothing, the step, O and LSE.
void ProbeRank::forward(const Probe& probe) {
  kernels::StepOptions options;
  work_->place(options);
  const kernels::ForwardStep step{input(q_, probe.queries, probe.shape.heads, probe),
                                  input(k_, probe.keys, probe.shape.kv_heads, probe),
                                  input(v_, probe.keys, probe.shape.kv_heads, probe),
                                  {},
                                  mask_of(probe),
                                  kernels::softmax_scale(probe.shape.head_dim)};
  const kernels::ForwardState state{fp32(state_, probe.queries, probe.shape.heads, probe),
                                    rows(maximum_, probe), rows(sum_, probe)};
  work_->reset(state);
  backend_.forward_step(step, state, options);
  // Not lse_: backward steps of other sizes read it.
  work_->finish(state,
                kernels::packed_view(output_.data(), element_, probe.shape.batch, probe.queries,
                                     probe.shape.heads, probe.shape.head_dim),
                rows(maximum_, probe));
}

void ProbeRank::backward(const Probe& probe) {
  kernels::StepOptions options;
  work_->place(options);
  const kernels::BackwardStep step{input(q_, probe.queries, probe.shape.heads, probe),
                                   input(k_, probe.keys, probe.shape.kv_heads, probe),
                                   input(v_, probe.keys, probe.shape.kv_heads, probe),
                                   input(d_output_, probe.queries, probe.shape.heads, probe),
                                   rows(lse_, probe),
                                   rows(delta_, probe),
                                   {},
                                   mask_of(probe),
                                   kernels::softmax_scale(probe.shape.head_dim)};
  const kernels::GradientState state{fp32(dq_, probe.queries, probe.shape.heads, probe),
                                     fp32(dk_, probe.keys, probe.shape.kv_heads, probe),
                                     fp32(dv_, probe.keys, probe.shape.kv_heads, probe)};
  work_->fill(first(dq_, bytes_of(state.dq)), std::byte{0});
  work_->fill(first(dk_, bytes_of(state.dk)), std::byte{0});
  work_->fill(first(dv_, bytes_of(state.dv)), std::byte{0});
  backend_.backward_step(step, state, options);
}

void ProbeRank::send(const Probe& probe, kernels::Communicator& lane) {
  const int rank = lane.rank(), size = lane.size();
  const std::span<std::byte> to = first(receive_, probe.bytes), from = first(send_, probe.bytes);
  switch (probe.flows) {
    case Flows::all: lane.exchange({from, (rank + 1) % size, to, (rank + size - 1) % size, 1}); return;
    case Flows::pair:
      if (rank < 2) lane.exchange({from, 1 - rank, to, 1 - rank, 1});
      return;
    case Flows::one:
      // The other half of the exchange is empty.
      if (rank == 0) lane.exchange({from, 1, first(receive_, 0), 1, 1});
      if (rank == 1) lane.exchange({first(send_, 0), 0, to, 0, 1});
      return;
  }
}

void ProbeRank::once(const Probe& probe) {
  switch (probe.kind) {
    case ProbeKind::attention_forward: forward(probe); break;
    case ProbeKind::attention_backward: backward(probe); break;
    case ProbeKind::delta:
      work_->delta_of(input(d_output_, probe.queries, probe.shape.heads, probe),
                      input(output_, probe.queries, probe.shape.heads, probe), rows(maximum_, probe));
      break;
    case ProbeKind::add: {
      // A part in the type of the inputs to a sum of that type, as travelling gradients are summed.
      const kernels::ConstTensorView part = input(d_output_, probe.queries, probe.shape.heads, probe);
      work_->add(part, kernels::packed_view(output_.data(), element_, probe.shape.batch, probe.queries,
                                            probe.shape.heads, probe.shape.head_dim));
      break;
    }
    case ProbeKind::copy:
      work_->convert(
          kernels::packed_view(static_cast<const void*>(send_.data()), Element::fp32, 1, 1, 1,
                               probe.bytes / 4),
          kernels::packed_view(static_cast<void*>(receive_.data()), Element::fp32, 1, 1, 1, probe.bytes / 4));
      break;
    case ProbeKind::allocate: {
      const MemoryBlock memory(ends_.memory.allocate(probe.bytes), FreeBlock{&ends_.memory});
      // A page that nobody touches costs nothing.
      if (memory != nullptr) work_->fill({memory.get(), static_cast<std::size_t>(probe.bytes)}, std::byte{0});
      work_->wait();
      return;
    }
    case ProbeKind::exchange: send(probe, ends_.of_lane(costmodel::Lane::ring)); return;
    case ProbeKind::overlap: throw std::logic_error("ProbeRank: messages go beside attention, not after it");
  }
}

// Attention, while a lane of its own sends probe.calls messages.
double ProbeRank::under_messages(const Probe& probe) {
  std::exception_ptr failure;
  double seconds = 0;
  {
    const std::jthread messages([&] {
      try {
        const std::unique_ptr<kernels::TensorWork> lane = ends_.memory.new_work();
        lane->enter();
        for (int i = 0; i < probe.calls; ++i) send(probe, ends_.of_lane(costmodel::Lane::ring));
      } catch (...) {
        failure = std::current_exception();
      }
    });
    const double begin = now();
    work_->start_clock();
    forward(probe);
    const std::optional<double> taken = work_->stop_clock();
    seconds = taken.value_or(now() - begin);
  }
  if (failure != nullptr) std::rethrow_exception(failure);
  return seconds;
}

ProbeRank::Times ProbeRank::times_of(const Probe& probe) {
  ends_.all.barrier();
  if (probe.kind == ProbeKind::overlap) return {under_messages(probe), 0};
  // As the executor: what computes by the clock of where it runs, what waits for others by the program's.
  const bool computes = probe.kind != ProbeKind::exchange && probe.kind != ProbeKind::allocate;
  const double begin = now(), processor = kernels::thread_cpu_seconds();
  if (computes) work_->start_clock();
  for (int i = 0; i < probe.calls; ++i) once(probe);
  const std::optional<double> taken = computes ? work_->stop_clock() : std::nullopt;
  return {taken.value_or(now() - begin) / probe.calls,
          (kernels::thread_cpu_seconds() - processor) / probe.calls};
}

}  // namespace validation
