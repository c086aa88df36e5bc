#include "validation/probe.h"

#include <fmt/format.h>

#include <algorithm>

#include "costmodel/base/unit_text.h"

namespace validation {

using costmodel::AttentionShape;
using costmodel::MaskKind;

namespace {

struct Block {
  std::int64_t queries, keys;
  MaskKind mask;
};

void add_attention(std::vector<Probe>& probes, const std::vector<Block>& blocks, AttentionShape shape,
                   double flop_of_sample) {
  for (const ProbeKind kind : {ProbeKind::attention_forward, ProbeKind::attention_backward})
    for (const Block& block : blocks) {
      Probe probe;
      probe.kind = kind;
      probe.queries = block.queries, probe.keys = block.keys, probe.mask = block.mask;
      probe.shape = shape;
      const double flop = 4.0 * static_cast<double>(shape.heads * shape.head_dim) *
                          static_cast<double>(block.queries) * static_cast<double>(block.keys);
      probe.calls = static_cast<int>(std::clamp(flop_of_sample / flop, 1.0, 64.0));
      probes.push_back(probe);
    }
}

void add_passes(std::vector<Probe>& probes, const std::vector<std::int64_t>& rows, AttentionShape shape) {
  for (const ProbeKind kind : {ProbeKind::delta, ProbeKind::add})
    for (const std::int64_t count : rows) {
      Probe probe;
      probe.kind = kind;
      probe.queries = count;
      probe.shape = shape;
      probe.calls = static_cast<int>(std::clamp<std::int64_t>(2048 / count, 1, 64));
      probes.push_back(probe);
    }
}

Probe of_bytes(ProbeKind kind, std::int64_t bytes, Flows flows = Flows::all) {
  Probe probe;
  probe.kind = kind;
  probe.bytes = bytes;
  probe.flows = flows;
  probe.calls = static_cast<int>(std::clamp<std::int64_t>((4 << 20) / bytes, 1, 100));
  return probe;
}

// 4 KiB, 16 KiB, ... in every direction; the model's link is that of all ranks at once.
void add_messages(std::vector<Probe>& probes, int ranks, std::int64_t largest) {
  for (std::int64_t bytes = 4096; bytes <= largest; bytes *= 4) {
    probes.push_back(of_bytes(ProbeKind::copy, bytes));
    if (ranks < 2) continue;
    probes.push_back(of_bytes(ProbeKind::exchange, bytes, Flows::one));
    // Of two ranks, both to each other are all.
    if (ranks > 2) probes.push_back(of_bytes(ProbeKind::exchange, bytes, Flows::pair));
    probes.push_back(of_bytes(ProbeKind::exchange, bytes, Flows::all));
  }
  for (const std::int64_t bytes : {std::int64_t{4096}, largest}) {
    Probe probe = of_bytes(ProbeKind::allocate, bytes);
    probe.calls = 4;
    probes.push_back(probe);
  }
}

constexpr MaskKind full = MaskKind::full, causal = MaskKind::causal;
constexpr std::int64_t mib = 1 << 20;

std::string flows_text(Flows flows) {
  switch (flows) {
    case Flows::one: return "one way";
    case Flows::pair: return "two ranks both ways";
    case Flows::all: return "all ranks";
  }
  return "";
}

}  // namespace

costmodel::BlockGeometry Probe::geometry() const {
  // Queries at the end of the keys, as the diagonal block of a ring.
  costmodel::TokenSet q = costmodel::all_tokens(queries), k = costmodel::all_tokens(keys);
  return costmodel::block_geometry(q, k, costmodel::Mask{mask, 0});
}

std::string name_of(const Probe& probe) {
  const auto attention = [&](const char* name) {
    return fmt::format("{}, {} x {}, {} heads of {}, {}", name, probe.queries, probe.keys, probe.shape.heads,
                       probe.shape.head_dim, probe.mask == causal ? "causal" : "full");
  };
  const auto pass = [&](const char* name) {
    return fmt::format("{}, {} rows, {} heads of {}", name, probe.queries, probe.shape.heads,
                       probe.shape.head_dim);
  };
  const std::string size = costmodel::format_bytes(costmodel::Bytes(static_cast<double>(probe.bytes)));
  switch (probe.kind) {
    case ProbeKind::attention_forward: return attention("attention forward");
    case ProbeKind::attention_backward: return attention("attention backward");
    case ProbeKind::overlap: return attention("attention forward under messages");
    case ProbeKind::delta: return pass("delta");
    case ProbeKind::add: return pass("sum of gradients");
    case ProbeKind::copy: return "copy of " + size;
    case ProbeKind::exchange: return "exchange of " + size + ", " + flows_text(probe.flows);
    case ProbeKind::allocate: return "memory of " + size;
  }
  return "";
}

std::vector<Probe> cpu_probes(int ranks, Effort effort) {
  std::vector<Probe> probes;
  const bool quick = effort == Effort::quick;
  const std::vector<Block> blocks =
      quick ? std::vector<Block>{{32, 32, full}, {64, 64, full}, {64, 64, causal}}
            : std::vector<Block>{{64, 64, full},    {128, 128, full},   {256, 256, full},
                                 {512, 512, full},  {1024, 1024, full}, {256, 1024, full},
                                 {1024, 256, full}, {256, 256, causal}, {1024, 1024, causal}};
  const double flop = quick ? 1e6 : 2e8;
  add_attention(probes, blocks, {4, 2, 64, 1}, flop);
  add_attention(probes, blocks, {2, 1, 128, 1}, flop);
  add_passes(probes, quick ? std::vector<std::int64_t>{16, 64} : std::vector<std::int64_t>{64, 512, 4096},
             {4, 2, 64, 1});
  add_messages(probes, ranks, quick ? 16 << 10 : 64 * mib);
  return probes;
}

std::vector<Probe> gpu_probes(int ranks, Effort effort) {
  std::vector<Probe> probes;
  const bool quick = effort == Effort::quick;
  const std::vector<Block> blocks =
      quick ? std::vector<Block>{{256, 256, full}, {512, 512, full}, {512, 512, causal}}
            : std::vector<Block>{{256, 256, full},    {1024, 1024, full},   {2048, 2048, full},
                                 {4096, 4096, full},  {8192, 8192, full},   {2048, 8192, full},
                                 {8192, 2048, full},  {1024, 1024, causal}, {4096, 4096, causal},
                                 {8192, 8192, causal}};
  const double flop = quick ? 1e9 : 1e11;
  add_attention(probes, blocks, {32, 8, 64, 1}, flop);
  add_attention(probes, blocks, {32, 8, 128, 1}, flop);
  add_passes(probes,
             quick ? std::vector<std::int64_t>{256, 1024} : std::vector<std::int64_t>{256, 4096, 16384},
             {32, 8, 128, 1});
  add_messages(probes, ranks, quick ? mib : 64 * mib);
  return probes;
}

}  // namespace validation
