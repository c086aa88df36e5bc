// What a simulation assumes beyond the scenario: slow GPUs, bad links, noise, uneven starts.  Plain data; the
// texts of the command line are read in what_if_text.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "costmodel/base/index.h"
#include "costmodel/base/units.h"
#include "simulator/link_table.h"

namespace simulator {

// All computing of a rank takes `slowdown` times as long.
struct Straggler {
  costmodel::Rank rank;
  double slowdown = 1.0;
};

// Every link that matches carries `factor` of its bandwidth.
struct DegradedLink {
  std::string links;  // LinkTable::matching
  double factor = 1.0;
};

// How an all-to-all is sent.
enum class AllToAll : std::uint8_t {
  aggregate,  // all messages of a rank over one kind of link as one flow: exact when balanced
  rounds,     // message by message, round k to the member k places on, a window of them in flight
};

struct WhatIf {
  std::vector<Straggler> stragglers;
  std::vector<DegradedLink> degraded;
  std::vector<std::string> failed;  // links that carry nothing
  double jitter = 0;                // standard deviation of every kernel's time, relative; log-normal, mean 1
  costmodel::Seconds start_spread;  // ranks begin at random within this
  std::uint64_t seed = 1;           // of jitter, starts and hashing
  Spine spine = Spine::even;
  AllToAll all_to_all = AllToAll::aggregate;
  int window = 8;  // of rounds

  // Whether all GPUs and links stay as the scenario describes them.
  bool nominal() const {
    return stragglers.empty() && degraded.empty() && failed.empty() && jitter == 0 && start_spread.value == 0;
  }
  // Whether another seed may give another time.
  bool random() const { return jitter > 0 || start_spread.value > 0 || spine == Spine::hashed; }
};

}  // namespace simulator
