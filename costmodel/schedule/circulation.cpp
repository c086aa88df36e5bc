#include "costmodel/schedule/circulation.h"

namespace costmodel {

Circulation::Circulation(PhaseBuilder& builder, const RankGrid& grid, BufferId own, Bytes bytes,
                         Payload payload, Names names, OpId first_wait)
    : builder_(builder), grid_(grid), first_wait_(first_wait), block_(own) {
  if (grid.inner > 1) {
    inner_transfer_ = builder.transfer({0, 1}, bytes, payload);
    inner_[0].buffer = builder.buffer(payload, bytes, Lifetime::touched, names.inner0);
    // The second buffer is needed when a block must be kept while the one after it arrives.
    if (grid.inner > 2 || grid.outer > 1)
      inner_[1].buffer = builder.buffer(payload, bytes, Lifetime::touched, names.inner1);
  }
  if (grid.outer > 1) {
    outer_transfer_ = builder.transfer({1, 0}, bytes, payload);
    outer_[0].buffer = builder.buffer(payload, bytes, Lifetime::touched, names.outer0);
    if (grid.outer > 2) outer_[1].buffer = builder.buffer(payload, bytes, Lifetime::touched, names.outer1);
  }
}

void Circulation::post(int cycle, int step) {
  if (step == 0) start_exchange_ = arrival_;
  const std::int32_t number = cycle * grid_.inner + step;
  if (step == 0 && cycle + 1 < grid_.outer) {
    Slot& slot = outer_[static_cast<std::size_t>(cycle % 2)];
    outer_exchange_ =
        builder_.exchange(Lane::outer_ring, outer_transfer_, number,
                          {cycle == 0 ? first_wait_ : start_exchange_, slot.last_reader, slot.last_sender},
                          {block_}, {slot.buffer});
  }
  if (step + 1 < grid_.inner) {
    Slot& slot = inner_[static_cast<std::size_t>(steps_posted_++ % 2)];
    inner_exchange_ =
        builder_.exchange(Lane::ring, inner_transfer_, number,
                          {number == 0 ? first_wait_ : arrival_, slot.last_reader}, {block_}, {slot.buffer});
    if (step == 0 && slot_ != nullptr) slot_->last_sender = inner_exchange_;
  }
}

void Circulation::used_by(OpId compute, int cycle, int step) {
  if (slot_ != nullptr) slot_->last_reader = compute;
  if (step + 1 < grid_.inner) {
    slot_ = &inner_[static_cast<std::size_t>((steps_posted_ - 1) % 2)];
    arrival_ = inner_exchange_;
  } else if (cycle + 1 < grid_.outer) {
    slot_ = &outer_[static_cast<std::size_t>(cycle % 2)];
    arrival_ = outer_exchange_;
  } else {
    return;
  }
  block_ = slot_->buffer;
}

GradientReturn::GradientReturn(PhaseBuilder& builder, const RankGrid& grid, Bytes bytes, Payload payload,
                               std::string_view name0, std::string_view name1)
    : builder_(builder), grid_(grid) {
  buffers_ = {builder.buffer(payload, bytes, Lifetime::touched, name0),
              builder.buffer(payload, bytes, Lifetime::touched, name1)};
  if (grid.inner > 1) inner_ = builder.transfer({0, 1}, bytes, payload);
  if (grid.outer > 1) {
    // From the last rank of an inner ring straight to the first of the next node's: one hop, not two.
    diagonal_ = builder.transfer({1, grid.inner > 1 ? 1 : 0}, bytes, payload);
    outer_ = builder.transfer({1, 0}, bytes, payload);
  }
}

void GradientReturn::hop(Lane lane, std::int32_t transfer, std::int32_t number, OpId wait) {
  const BufferId from = buffers_[parity_];
  parity_ = 1 - parity_;
  arrival_ = builder_.exchange(lane, transfer, number, {wait}, {from}, {buffers_[parity_]});
}

void GradientReturn::send(int cycle, int step, OpId added) {
  const std::int32_t number = cycle * grid_.inner + step;
  if (step + 1 < grid_.inner) {
    hop(Lane::gradient_ring, inner_, number, added);
  } else if (cycle + 1 < grid_.outer) {
    hop(Lane::outer_gradient_ring, diagonal_, number, added);
  } else {
    arrival_ = added;
    if (grid_.inner > 1) hop(Lane::gradient_ring, inner_, number, arrival_);
    if (grid_.outer > 1) hop(Lane::outer_gradient_ring, outer_, number, arrival_);
  }
}

}  // namespace costmodel
