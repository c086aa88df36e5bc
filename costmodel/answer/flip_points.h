// Where the answer changes: the nearest change of one scenario number at which another plan wins by more than
// a tie.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "costmodel/price/plan_price.h"

namespace costmodel {

enum class FlipKnob { sequence, nic_bandwidth, link_bandwidth };

struct FlipPoint {
  FlipKnob knob = FlipKnob::sequence;
  bool above = false;  // the other plan wins above the value, else below it
  double value = 0;    // tokens, or B/s
  Plan winner;         // who wins beyond the point
};

// Asked before every step of the search, of a few milliseconds each; empty: to the end.
using FlipSearchGoesOn = std::function<bool()>;

// For each knob, up and down to a factor of 256: among `plans`, where `best` loses.  Plans must run on the
// scenario.
std::vector<FlipPoint> flip_points(const Scenario& scenario, const Plan& best, const std::vector<Plan>& plans,
                                   const FlipSearchGoesOn& goes_on = {});

// "usp 8x4 wins when NICs are slower than 21 GB/s"
std::string flip_text(const FlipPoint& flip, const Scenario& scenario);

}  // namespace costmodel
