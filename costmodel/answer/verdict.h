// The answer in words: what to run, why, what it ties with, and what would change it.
#pragma once

#include <string>
#include <vector>

#include "costmodel/answer/flip_points.h"
#include "costmodel/answer/open_axes.h"
#include "costmodel/answer/search.h"

namespace costmodel {

enum class ReasonKind {
  against,  // why a plan that people know is slower
  rates,    // how ring and tensor parallelism stand, in tokens per second
  side,     // which side should travel
  tie,
  flips,
};

struct Reason {
  ReasonKind kind = ReasonKind::against;
  std::string text;  // a sentence
};

struct Verdict {
  std::string text;  // one sentence: "Run burst 4x8: 412 ms per layer, 31.4 of 80 GiB per GPU, fits."
  std::string plan;  // name of the winner; empty when nothing fits
  std::vector<std::string> tie_with;  // names
  std::vector<Reason> reasons;        // most important first
  std::vector<FlipPoint> flips;
  std::int64_t longest_sequence = 0;
  // When nothing fits, what would: fewer tokens or more nodes; 0 where that does not help.
  std::int64_t nearest_sequence = 0;
  int nearest_nodes = 0;
  std::string nearest_change;         // both in words
  std::vector<MemoryChange> changes;  // of the nearest plan, when it does not fit: what to change first
};

// Tokens that all replicas together work through in a second.   Formula 4.8.
double tokens_per_second(const Scenario& scenario, const PlanPrice& price);

// Flip points take most of the time: who shows an answer while somebody types adds them afterwards.
enum class FlipSearch { now, later };
// `best`: of each family, as family_table has them.
Verdict plan_verdict(Pricer& pricer, const SearchResult& result, const std::vector<PlanPrice>& best,
                     FlipSearch flips = FlipSearch::now);
// What FlipSearch::later left out.  False when it was stopped: then nothing is added.
bool add_flips(Verdict& verdict, const Scenario& scenario, const std::vector<PlanPrice>& best,
               const FlipSearchGoesOn& goes_on = {});

// The verdict of `compare`: the fastest of the given plans, against the others.
Verdict compare_verdict(Pricer& pricer, const std::vector<PlanPrice>& plans);

}  // namespace costmodel
