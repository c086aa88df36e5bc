#include "validation/tensor_place.h"

#include <stdexcept>
#include <string>

namespace validation {

using costmodel::BufferId;
using costmodel::Direction;
using costmodel::GroupKind;
using costmodel::Phase;
using costmodel::Rank;
using costmodel::Schedule;

namespace {

class PlaceList {
 public:
  PlaceList(const Schedule& schedule, const Phase& phase, Rank rank, const Problem& problem)
      : phase_(phase), problem_(problem) {
    const costmodel::RankGrid& grid = schedule.grid;
    const costmodel::RankCoordinates at = grid.coordinates(rank);
    tokens_ = schedule.tokens(grid.ring_position(at));
    rows_ = tokens_.size();
    own_rows_ = rows_ / grid.ulysses;
    own_first_ = at.ulysses * own_rows_;
    ulysses_ = grid.ulysses;
    tensor_ = grid.tensor;
    tensor_at_ = at.tensor;
    head_group_ = at.tensor * grid.ulysses + at.ulysses;
  }

  bool has(std::string_view name) const { return find_buffer(phase_, name).value >= 0; }

  // A tensor of this rank's heads and all tokens of its ring position.
  void by_heads(std::string_view name, Tensor tensor) { add(name, tensor, rows_, 1, 0, 1); }
  void keys_by_heads(std::string_view name, Tensor first, Tensor second) {
    add(name, first, rows_, 1, 0, 2);
    add(name, second, rows_, 1, places.back().bytes(), 2);
  }
  // Tensors of all heads of the tensor rank, and this rank's share of the tokens.
  void by_tokens(std::string_view name, Tensor tensor) { add(name, tensor, own_rows_, ulysses_, 0, 1); }
  void all_by_tokens(std::string_view name, Tensor q, Tensor k, Tensor v) {
    const BufferId id = find_buffer(phase_, name);
    const kernels::Element element =
        element_from(id, own_rows_ * ulysses_ * (heads(q) + 2 * heads(k)) * problem_.head_dim);
    std::int64_t offset = 0;
    for (const Tensor tensor : {q, k, v}) {
      add_at(id, tensor, own_rows_, ulysses_, offset, element);
      offset += places.back().bytes();
    }
  }
  // Columns of the layer, of the tensor rank's share of those tokens.
  void layer(std::string_view name, Tensor tensor) {
    const BufferId id = find_buffer(phase_, name);
    TensorPlace place;
    place.tensor = tensor;
    place.buffer = id;
    place.batch = problem_.batch;
    place.rows = own_rows_ / tensor_;
    place.heads = 1;
    place.dim = problem_.hidden;
    place.element = element_from(id, place.rows * problem_.hidden);
    place.first_row = own_first_ + tensor_at_ * place.rows;
    place.tokens = tokens_;
    places.push_back(place);
  }
  void lse(std::string_view name) {
    TensorPlace place = base(Tensor::lse, rows_, 1);
    place.buffer = find_buffer(phase_, name);
    place.dim = 1;
    places.push_back(place);
  }

  std::vector<TensorPlace> places;

 private:
  static bool is_key(Tensor tensor) {
    return tensor == Tensor::k || tensor == Tensor::v || tensor == Tensor::dk || tensor == Tensor::dv;
  }
  std::int64_t heads(Tensor tensor) const {
    return is_key(tensor) ? phase_.shape.kv_heads : phase_.shape.heads;
  }
  // The element type follows from how many numbers of one sequence the buffer holds.
  kernels::Element element_from(BufferId id, std::int64_t count) const {
    return element_of(phase_.buffers.at(id.at()), problem_.batch * count, problem_.element);
  }
  TensorPlace base(Tensor tensor, std::int64_t rows, int head_groups) const {
    TensorPlace place;
    place.tensor = tensor;
    place.batch = problem_.batch;
    place.rows = rows;
    place.heads = heads(tensor) * head_groups;
    place.dim = problem_.head_dim;
    place.first_head = heads(tensor) * (head_groups == 1 ? head_group_ : tensor_at_ * ulysses_);
    place.first_row = rows == rows_ ? 0 : own_first_;
    place.tokens = tokens_;
    return place;
  }
  void add(std::string_view name, Tensor tensor, std::int64_t rows, int head_groups, std::int64_t offset,
           int tensors_in_buffer) {
    const BufferId id = find_buffer(phase_, name);
    add_at(id, tensor, rows, head_groups, offset,
           element_from(id, rows * heads(tensor) * head_groups * tensors_in_buffer * problem_.head_dim));
  }
  void add_at(BufferId id, Tensor tensor, std::int64_t rows, int head_groups, std::int64_t offset,
              kernels::Element element) {
    TensorPlace place = base(tensor, rows, head_groups);
    place.buffer = id;
    place.offset = offset;
    place.element = element;
    places.push_back(place);
  }

  const Phase& phase_;
  const Problem& problem_;
  costmodel::TokenSet tokens_;
  std::int64_t rows_ = 0, own_rows_ = 0, own_first_ = 0;
  int ulysses_ = 1, tensor_ = 1, tensor_at_ = 0, head_group_ = 0;
};

}  // namespace

std::int64_t token_of(const costmodel::TokenSet& set, std::int64_t row) {
  const costmodel::TokenRun& first = set.runs[0];
  const costmodel::TokenRun& run = row < first.count ? first : set.runs[1];
  return run.first + (row < first.count ? row : row - first.count) * run.stride;
}

kernels::Element element_of(const costmodel::Buffer& buffer, std::int64_t numbers, kernels::Element inputs) {
  const double bytes = buffer.bytes.value, count = static_cast<double>(numbers);
  if (bytes == 4 * count) return kernels::Element::fp32;
  if (bytes == 2 * count && inputs != kernels::Element::fp32) return inputs;
  throw std::logic_error("tensor_place: buffer " + std::string(buffer.name) + " does not hold whole tensors");
}

BufferId find_buffer(const Phase& phase, std::string_view name) {
  for (std::size_t b = 0; b < phase.buffers.size(); ++b)
    if (phase.buffers[b].name == name) return BufferId(static_cast<std::int64_t>(b));
  return BufferId(-1);
}

std::vector<TensorPlace> input_places(const Schedule& schedule, const Phase& phase, Rank rank,
                                      const Problem& problem) {
  PlaceList list(schedule, phase, rank, problem);
  const bool tensor = list.has("activations by tokens");
  if (phase.direction == Direction::forward) {
    if (tensor) list.layer("activations by tokens", Tensor::layer_input);
    if (list.has("Q,K,V by tokens")) {
      list.all_by_tokens("Q,K,V by tokens", Tensor::q, Tensor::k, Tensor::v);
      if (tensor) list.places.erase(list.places.begin() + 1);  // Q comes out of the layer's input
    } else {
      if (!tensor) list.by_heads("Q", Tensor::q);
      list.keys_by_heads("K,V", Tensor::k, Tensor::v);
    }
    return list.places;
  }
  if (tensor)
    list.layer("activations by tokens", Tensor::layer_d_output);
  else if (list.has("dO by tokens"))
    list.by_tokens("dO by tokens", Tensor::d_output);
  else
    list.by_heads("dO", Tensor::d_output);
  return list.places;
}

std::vector<TensorPlace> result_places(const Schedule& schedule, const Phase& phase, Rank rank,
                                       const Problem& problem) {
  PlaceList list(schedule, phase, rank, problem);
  if (phase.direction == Direction::forward) {
    list.by_heads("O", Tensor::output);
    list.lse("LSE");
    if (list.has("O by tokens")) list.by_tokens("O by tokens", Tensor::output);
    if (list.has("output by tokens")) list.layer("output by tokens", Tensor::layer_output);
    return list.places;
  }
  list.by_heads(list.has("dQ fp32") ? "dQ fp32" : "dQ", Tensor::dq);
  for (const char* name : {"dK,dV own", "dK,dV fp32", "dK,dV"})
    if (list.has(name)) {
      list.keys_by_heads(name, Tensor::dk, Tensor::dv);
      break;
    }
  if (list.has("dQ,dK,dV by tokens"))
    list.all_by_tokens("dQ,dK,dV by tokens", Tensor::dq, Tensor::dk, Tensor::dv);
  if (list.has("output by tokens")) list.layer("output by tokens", Tensor::layer_d_input);
  return list.places;
}

}  // namespace validation
