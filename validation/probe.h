// One quantity that calibrating measures on a machine, and the grids of them.
//
// Every rank does the same at the same time, as when a plan runs: kernels share cores and memory with the
// kernels of other ranks, messages with other messages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "costmodel/schedule/schedule.h"
#include "costmodel/schedule/tokens.h"
#include "kernels/element.h"

namespace validation {

enum class ProbeKind : std::uint8_t {
  attention_forward,
  attention_backward,
  delta,     // rowsum(dO x O) of a block
  add,       // one gradient to another of the type of the inputs
  copy,      // inside the memory of one rank
  exchange,  // one hop
  overlap,   // attention forward while messages go round
  allocate,  // and free
};

// Which ranks send.
enum class Flows : std::uint8_t {
  one,   // rank 0 to rank 1
  pair,  // ranks 0 and 1 to each other
  all,   // every rank to the next
};

struct Probe {
  ProbeKind kind = ProbeKind::attention_forward;
  // Of attention; of passes the queries.
  std::int64_t queries = 0, keys = 0;
  costmodel::MaskKind mask = costmodel::MaskKind::full;
  costmodel::AttentionShape shape;
  // Of messages, copies and allocations.
  std::int64_t bytes = 0;
  Flows flows = Flows::all;
  int calls = 1;  // of one sample, which is their mean: a clock and a barrier take microseconds themselves

  costmodel::BlockGeometry geometry() const;
};

// "attention forward, 512 x 512, 4 heads of 64, causal"; "exchange of 64 KiB, all ranks"
std::string name_of(const Probe& probe);

enum class Effort : std::uint8_t {
  full,
  quick,  // sizes that take no time: shows that everything works, and says little about the machine
};

// For ranks that are threads on CPU cores, and for ranks on GPUs.
std::vector<Probe> cpu_probes(int ranks, Effort effort);
std::vector<Probe> gpu_probes(int ranks, Effort effort);

}  // namespace validation
