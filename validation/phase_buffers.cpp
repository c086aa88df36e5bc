#include "validation/phase_buffers.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "validation/tensor_place.h"

namespace validation {

using costmodel::Buffer;
using costmodel::BufferId;
using costmodel::Lifetime;
using costmodel::Op;
using costmodel::Payload;
using costmodel::Phase;

namespace {

bool sends_bundle(const Phase& phase) {
  return std::any_of(phase.transfers.begin(), phase.transfers.end(),
                     [](const costmodel::Transfer& t) { return t.payload == Payload::query_bundle; });
}

std::int64_t size_of(const Buffer& buffer) { return static_cast<std::int64_t>(buffer.bytes.value); }

}  // namespace

template <class Visit>
void PhaseBuffers::for_touched(const Op& op, Visit visit) {
  for (std::size_t i = 0; i < op.read_count; ++i) visit(op.reads[i].at());
  for (std::size_t i = 0; i < op.write_count; ++i) visit(op.writes[i].at());
}

PhaseBuffers::PhaseBuffers(const Phase& phase, MemoryPool& pool, kernels::TensorWork& loader,
                           const Contents& given, std::span<const BufferId> results, Fresh fresh)
    : phase_(phase),
      pool_(pool),
      loader_(loader),
      given_(given),
      fresh_(fresh),
      states_(phase.buffers.size()) {
  for (const Op& op : phase.ops) for_touched(op, [&](std::size_t b) { ++states_[b].touches_left; });
  for (std::size_t b = 0; b < states_.size(); ++b) {
    const Lifetime lifetime = phase.buffers[b].lifetime;
    states_[b].stays = lifetime != Lifetime::touched && lifetime != Lifetime::arriving;
  }
  for (const BufferId result : results) states_.at(result.at()).stays = true;
  try {
    if (sends_bundle(phase)) make_bundle();
    for (std::size_t b = 0; b < states_.size(); ++b) {
      const Lifetime lifetime = phase.buffers[b].lifetime;
      if (lifetime != Lifetime::touched && lifetime != Lifetime::leaving) come_alive(b);
    }
  } catch (...) {
    for (State& state : states_)
      if (!state.block.empty() && !state.in_bundle) pool_.give_back(state.block);
    if (!bundle_.empty()) pool_.give_back(bundle_);
    throw;
  }
}

PhaseBuffers::~PhaseBuffers() {
  for (State& state : states_)
    if (!state.block.empty() && !state.in_bundle) pool_.give_back(state.block);
  if (!bundle_.empty()) pool_.give_back(bundle_);
}

std::span<std::byte> PhaseBuffers::take(std::int64_t bytes, const std::string& what) {
  const std::span<std::byte> block = pool_.take(bytes, what);
  if (fresh_ == Fresh::as_is) return block;
  // All bits set is a NaN in fp32, fp16 and bf16.
  loader_.enter();
  loader_.fill(block, std::byte{0xff});
  loader_.wait();
  return block;
}

void PhaseBuffers::make_bundle() {
  constexpr std::array<std::string_view, 4> parts{"Q", "dO", "LSE", "delta"};
  std::int64_t all = 0;
  for (const std::string_view name : parts) {
    const BufferId id = find_buffer(phase_, name);
    if (id.value < 0) throw std::logic_error("PhaseBuffers: a query bundle without " + std::string(name));
    all += size_of(phase_.buffers[id.at()]);
  }
  bundle_ = take(all, "the buffers Q, dO, LSE, delta");
  std::size_t offset = 0;
  for (const std::string_view name : parts) {
    const std::size_t b = find_buffer(phase_, name).at();
    const std::size_t size = static_cast<std::size_t>(size_of(phase_.buffers[b]));
    states_[b].block = bundle_.subspan(offset, size);
    states_[b].in_bundle = true;
    states_[b].stays = true;
    offset += size;
    fill(b);
  }
}

void PhaseBuffers::come_alive(std::size_t buffer) {
  State& state = states_[buffer];
  if (!state.block.empty()) return;
  const Buffer& what = phase_.buffers[buffer];
  state.block = take(size_of(what), "the buffer \"" + std::string(what.name) + "\"");
  fill(buffer);
}

void PhaseBuffers::fill(std::size_t buffer) {
  const auto given = given_.find(phase_.buffers[buffer].name);
  if (given == given_.end()) return;
  const std::span<std::byte> block = states_[buffer].block;
  if (given->second.size() != block.size())
    throw std::logic_error("PhaseBuffers: contents of another size for " + given->first);
  loader_.enter();
  loader_.read_in(given->second, block);
}

void PhaseBuffers::begin(const Op& op) {
  const std::lock_guard lock(mutex_);
  for_touched(op, [&](std::size_t b) { come_alive(b); });
}

void PhaseBuffers::end(const Op& op) {
  const std::lock_guard lock(mutex_);
  for_touched(op, [&](std::size_t b) {
    State& state = states_[b];
    if (--state.touches_left > 0 || state.stays) return;
    pool_.give_back(state.block);
    state.block = {};
  });
}

std::span<std::byte> PhaseBuffers::bytes(BufferId id) const {
  const std::lock_guard lock(mutex_);
  const std::span<std::byte> block = states_.at(id.at()).block;
  if (block.empty())
    throw std::logic_error("PhaseBuffers: " + std::string(phase_.buffers[id.at()].name) + " is not alive");
  return block;
}

std::span<std::byte> PhaseBuffers::bytes(std::string_view name) const {
  const BufferId id = find_buffer(phase_, name);
  if (id.value < 0) throw std::logic_error("PhaseBuffers: no buffer " + std::string(name));
  return bytes(id);
}

std::span<std::byte> PhaseBuffers::alive(std::string_view name) {
  const BufferId id = find_buffer(phase_, name);
  if (id.value < 0) throw std::logic_error("PhaseBuffers: no buffer " + std::string(name));
  {
    const std::lock_guard lock(mutex_);
    come_alive(id.at());
  }
  return bytes(id);
}

}  // namespace validation
