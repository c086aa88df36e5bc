// What-ifs as people write them on the command line: "rank=3,slowdown=1.3", "link=node1.nic2,factor=0.5".
// Failures throw Error with the key given.
#pragma once

#include <string>

#include "simulator/what_if.h"

namespace simulator {

// "rank=3,slowdown=1.3" or "rank=8..15,slowdown=1.3": one straggler per rank.
std::vector<Straggler> parse_straggler(const std::string& text);
// "link=node1.nic2,factor=0.5"
DegradedLink parse_degraded(const std::string& text);
// "link=node1.nic2"
std::string parse_failed(const std::string& text);
// "0.1" or "10%": a share from 0 to 1.
double parse_jitter(const std::string& text);
// "even", "hashed"
Spine parse_spine(const std::string& text);
// "aggregate", "rounds", "rounds:4"
void parse_all_to_all(const std::string& text, WhatIf& what_if);

// "rank 3 computes 1.3x as long; node1.nic2 at 50 %": all that a what-if assumes; "" when nothing.
std::string what_if_text(const WhatIf& what_if);

}  // namespace simulator
