// Plays every method's schedule on all ranks and follows what lies in each buffer, without asking the
// schedule who owns a block: the blocks that an attention reads, the gradient sums that travel and come home.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "costmodel/schedule/lowering.h"
#include "tests/catch.h"
#include "tests/schedule/test_scenarios.h"

using namespace costmodel;

namespace {

constexpr int nobody = -1;
constexpr int everybody = -2;  // all positions: gathered keys, or heads split instead of tokens

// What a buffer holds: the block of a ring position, and for a gradient which positions have added a part.
struct Content {
  int block = nobody;
  std::uint64_t parts = 0;
};

class Player {
 public:
  Player(const Schedule& schedule, const Phase& phase)
      : schedule_(schedule), phase_(phase), ranks_(schedule.world_size()), grid_(schedule.grid) {
    const std::size_t cells = static_cast<std::size_t>(ranks_) * phase.buffers.size();
    contents_.resize(cells);
    computed_.assign(static_cast<std::size_t>(ranks_ * grid_.ring()), 0);
    local_.assign(static_cast<std::size_t>(ranks_), 0);
    for (int r = 0; r < ranks_; ++r)
      for (std::size_t b = 0; b < phase.buffers.size(); ++b)
        if (is_input(phase.buffers[b]))
          at(r, BufferId(static_cast<std::int64_t>(b))).block = own_block(r, phase.buffers[b]);
  }

  // The first thing that went wrong, or nothing.
  std::optional<std::string> play() {
    for (std::size_t i = 0; i < phase_.ops.size() && !problem_; ++i) {
      const Op& op = phase_.ops[i];
      switch (op.kind) {
        case OpKind::attention:
          for (int r = 0; r < ranks_; ++r) attention(op, i, r);
          break;
        case OpKind::elementwise:
          for (int r = 0; r < ranks_; ++r) elementwise(op, i, r);
          break;
        case OpKind::exchange: exchange(op, i); break;
        case OpKind::gemm:
        case OpKind::host:
        case OpKind::collective: break;
      }
    }
    if (!problem_) check_end();
    return problem_;
  }

 private:
  Content& at(int rank, BufferId buffer) {
    return contents_[static_cast<std::size_t>(rank) * phase_.buffers.size() + buffer.at()];
  }
  int position(int rank) const { return grid_.ring_position(grid_.coordinates(Rank(rank))); }
  std::uint64_t bit(int pos) const { return std::uint64_t{1} << pos; }
  std::uint64_t all_bits() const { return grid_.ring() == 64 ? ~std::uint64_t{0} : bit(grid_.ring()) - 1; }
  bool rings() const { return !phase_.transfers.empty(); }
  const Buffer& buffer(BufferId id) const { return phase_.buffers[id.at()]; }

  void fail(std::size_t op, int rank, const std::string& text) {
    if (!problem_)
      problem_ = "operation " + std::to_string(op) + ", rank " + std::to_string(rank) + ": " + text;
  }

  // Tensors that a rank has when the phase begins.
  bool is_input(const Buffer& b) const {
    const bool back = phase_.direction == Direction::backward;
    return b.name == "Q" || b.name == "K,V" || b.name == "K,V gathered" ||
           (back && (b.name == "O" || b.name == "dO" || b.name == "LSE"));
  }
  int own_block(int rank, const Buffer& b) const {
    return b.name == "K,V gathered" || grid_.ring() == 1 ? everybody : position(rank);
  }

  // The payload of the side that travels, in buffers and in gradients.
  Payload travelling_gradient(const Op& op) const {
    return op.rule == BlockRule::visiting_keys ? Payload::kv_gradient : Payload::query_gradient;
  }

  void attention(const Op& op, std::size_t id, int rank) {
    int queries = nobody, keys = nobody;
    for (std::size_t i = 0; i < op.read_count; ++i) {
      const int block = at(rank, op.reads[i]).block;
      if (block == nobody) return fail(id, rank, "reads an empty buffer");
      switch (buffer(op.reads[i]).payload) {
        case Payload::queries:
        case Payload::query_bundle: queries = block; break;
        case Payload::keys_values: keys = block; break;
        case Payload::output_gradient:
          if (block != queries) return fail(id, rank, "dO is not that of its queries");
          break;
        default: return fail(id, rank, "reads something that attention has no use for");
      }
    }
    if (queries == nobody || keys == nobody) return fail(id, rank, "lacks queries or keys");
    check_tokens(id, rank, queries, keys);
    if (!rings()) {
      ++computed_[static_cast<std::size_t>(rank * grid_.ring())];
      return;
    }
    const bool keys_visit = op.rule == BlockRule::visiting_keys;
    const int own = keys_visit ? queries : keys, visitor = keys_visit ? keys : queries;
    if (own != position(rank)) return fail(id, rank, "its own side is not its own");
    ++computed_[static_cast<std::size_t>(rank * grid_.ring() + visitor)];
    for (std::size_t i = 0; i < op.write_count; ++i) {
      if (phase_.direction == Direction::backward && buffer(op.writes[i]).payload == travelling_gradient(op))
        at(rank, op.writes[i]) = {visitor, bit(position(rank))};
      else
        local_[static_cast<std::size_t>(rank)] |= bit(visitor);
    }
  }

  void elementwise(const Op& op, std::size_t id, int rank) {
    const ElementwiseKind kind = phase_.elementwise[static_cast<std::size_t>(op.work)].kind;
    if (kind == ElementwiseKind::delta) {
      for (std::size_t i = 0; i < op.write_count; ++i)
        at(rank, op.writes[i]).block = at(rank, op.reads[0]).block;
      return;
    }
    if (kind != ElementwiseKind::accumulate_travelling) return;
    if (op.read_count != 1 || op.write_count != 1) return fail(id, rank, "does not add one part to one sum");
    const Content part = at(rank, op.reads[0]);
    Content& sum = at(rank, op.writes[0]);
    if (sum.block != part.block) return fail(id, rank, "adds a part to the sum of another block");
    if ((sum.parts & part.parts) != 0) return fail(id, rank, "adds a part that is in the sum already");
    sum.parts |= part.parts;
  }

  void exchange(const Op& op, std::size_t id) {
    if (op.read_count != 1 || op.write_count != 1) return fail(id, 0, "moves more or less than one buffer");
    const Transfer& transfer = phase_.transfers[static_cast<std::size_t>(op.work)];
    const BufferId from = op.reads[0], to = op.writes[0];
    // The own query bundle is made of several buffers, of which the exchange names the first.
    const bool own_bundle =
        transfer.payload == Payload::query_bundle && buffer(from).payload == Payload::queries;
    if (buffer(to).bytes != transfer.bytes || (!own_bundle && buffer(from).bytes != transfer.bytes))
      return fail(id, 0, "moves more or fewer bytes than its buffers have");
    std::vector<Content> moving;
    for (int r = 0; r < ranks_; ++r) moving.push_back(at(r, from));
    const std::vector<int> receivers = check_peers(id, transfer);
    for (int r = 0; r < ranks_ && !problem_; ++r) {
      const Content& content = moving[static_cast<std::size_t>(r)];
      if (content.block == nobody) return fail(id, r, "sends an empty buffer");
      at(receivers[static_cast<std::size_t>(r)], to) = content;
    }
  }

  // Receivers by rank; each rank must be told the sender that sends to it, the bytes and the tag alike.
  std::vector<int> check_peers(std::size_t id, const Transfer& transfer) {
    std::vector<int> receivers(static_cast<std::size_t>(ranks_)),
        senders(static_cast<std::size_t>(ranks_), nobody);
    std::int64_t tag = 0;
    for (int r = 0; r < ranks_; ++r) {
      const ResolvedOp mine = schedule_.resolve(phase_, OpId(static_cast<std::int64_t>(id)), Rank(r));
      if (r == 0) tag = mine.tag;
      if (mine.tag != tag) fail(id, r, "has another tag than rank 0");
      if (mine.bytes != transfer.bytes) fail(id, r, "sends another number of bytes");
      if (mine.to == Rank(r)) fail(id, r, "sends to itself");
      if (senders.at(mine.to.at()) != nobody) fail(id, r, "sends to a rank that receives from another");
      senders.at(mine.to.at()) = r;
      receivers[static_cast<std::size_t>(r)] = mine.to.value;
    }
    for (int r = 0; r < ranks_; ++r)
      if (schedule_.resolve(phase_, OpId(static_cast<std::int64_t>(id)), Rank(r)).from.value !=
          senders[static_cast<std::size_t>(r)])
        fail(id, r, "expects a message from a rank that does not send to it");
    return receivers;
  }

  // The tokens of the resolved operation are those of the blocks that really lie in the buffers.
  void check_tokens(std::size_t id, int rank, int queries, int keys) {
    const ResolvedOp resolved = schedule_.resolve(phase_, OpId(static_cast<std::int64_t>(id)), Rank(rank));
    if (!holds(resolved.queries, queries)) fail(id, rank, "names other queries than its buffer holds");
    if (!holds(resolved.keys, keys)) fail(id, rank, "names other keys than its buffer holds");
  }
  bool holds(const TokenSet& set, int block) const {
    const std::int64_t parts = block == everybody ? 1 : grid_.ring();
    if (set.size() != schedule_.sequence / parts) return false;
    for (int r = 0; r < set.run_count; ++r) {
      const TokenRun& run = set.runs[static_cast<std::size_t>(r)];
      for (std::int64_t i = 0; i < run.count; ++i)
        if (block != everybody && owner(run.first + i * run.stride) != block) return false;
    }
    return true;
  }
  std::int64_t owner(std::int64_t token) const {
    const std::int64_t parts = grid_.ring();
    switch (schedule_.layout) {
      case Layout::contiguous: return token / (schedule_.sequence / parts);
      case Layout::striped: return token % parts;
      case Layout::zigzag: {
        const std::int64_t chunk = token / (schedule_.sequence / (2 * parts));
        return chunk < parts ? chunk : 2 * parts - 1 - chunk;
      }
    }
    return nobody;
  }

  // Every pair was computed once, every local sum is complete, every travelling sum is home and complete.
  void check_end() {
    for (int r = 0; r < ranks_; ++r) {
      const int blocks = rings() ? grid_.ring() : 1;
      for (int b = 0; b < blocks; ++b)
        if (computed_[static_cast<std::size_t>(r * grid_.ring() + b)] != 1)
          return fail(phase_.ops.size(), r,
                      "computed block " + std::to_string(b) + " " +
                          std::to_string(computed_[static_cast<std::size_t>(r * grid_.ring() + b)]) +
                          " times");
      if (!rings()) continue;
      if (local_[static_cast<std::size_t>(r)] != all_bits())
        return fail(phase_.ops.size(), r, "its local sum lacks a block");
      if (phase_.direction == Direction::forward) continue;
      check_home(r);
    }
  }
  void check_home(int rank) {
    for (std::size_t b = 0; b < phase_.buffers.size(); ++b) {
      const std::string_view name = phase_.buffers[b].name;
      if (name != "dK,dV" && name != "dQ") continue;
      const Content& sum = at(rank, BufferId(static_cast<std::int64_t>(b)));
      if (sum.block != position(rank))
        return fail(phase_.ops.size(), rank, "got home the sum of another block");
      if (sum.parts != all_bits()) return fail(phase_.ops.size(), rank, "got home a sum that lacks a part");
      return;
    }
    fail(phase_.ops.size(), rank, "has no buffer for the gradient that comes home");
  }

  const Schedule& schedule_;
  const Phase& phase_;
  int ranks_;
  RankGrid grid_;
  std::vector<Content> contents_;
  std::vector<int> computed_;         // rank x ring position of the visiting block
  std::vector<std::uint64_t> local_;  // blocks in the sums that stay on the rank
  std::optional<std::string> problem_;
};

void play_every_plan(int ranks) {
  for (const Plan& plan : tests::every_plan(ranks)) {
    const Scenario scenario = tests::scenario_for(plan);
    INFO(axes_text(plan));
    const auto rejection = reject(scenario, plan);
    if (rejection) FAIL(rejection->text);
    const Schedule schedule = lower(scenario, plan);
    REQUIRE(schedule.world_size() == ranks);
    REQUIRE(schedule.phases.size() == 2);
    for (const Phase& phase : schedule.phases) {
      INFO(phase.name);
      REQUIRE(Player(schedule, phase).play().value_or("") == "");
    }
  }
}

}  // namespace

TEST_CASE("every block meets every other once and gradients come home, on 1 to 12 GPUs") {
  for (const int ranks : {1, 2, 3, 4, 5, 6, 8, 9, 12}) play_every_plan(ranks);
}

TEST_CASE("every block meets every other once and gradients come home, on 16 to 64 GPUs") {
  for (const int ranks : {16, 24, 36, 48, 64}) play_every_plan(ranks);
}
