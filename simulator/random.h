// Random numbers that depend on what they are for and not on the order in which they are drawn, so that both
// engines, any number of processes and any order of events see the same ones.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace simulator {

// SplitMix64 of one word: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr std::uint64_t combined(std::uint64_t a, std::uint64_t b) { return mixed(mixed(a) ^ b); }

// Uniform in (0, 1).
constexpr double uniform(std::uint64_t word) { return (static_cast<double>(word >> 11) + 0.5) * 0x1.0p-53; }

// Standard normal, from two uniforms (Box and Muller).
inline double normal(std::uint64_t word) {
  const double radius = std::sqrt(-2.0 * std::log(uniform(word)));
  return radius * std::cos(2.0 * std::numbers::pi * uniform(mixed(word)));
}

}  // namespace simulator
