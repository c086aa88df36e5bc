// Who did what when, and how full the links were: what a recorded simulation leaves behind.
#pragma once

#include <string>
#include <vector>

#include "simulator/simulation.h"

namespace simulator {

// One operation on one rank, in seconds of the whole simulation.
struct TimelineEvent {
  std::int32_t phase = 0, rank = 0, op = 0, repetition = 0;
  double ready = 0, start = 0, end = 0;
};

// Bytes on links in equal slices of the time that a phase was run for.
struct LinkSlices {
  std::int32_t phase = 0;
  double begin = 0, slice = 0;             // s
  std::vector<LinkId> links;               // that carried anything
  std::vector<std::vector<double>> bytes;  // by link, by slice
};

struct Timeline {
  std::vector<std::int32_t> ranks;  // that were recorded
  std::vector<TimelineEvent> events;
  std::vector<LinkSlices> slices;
};

enum class TraceRanks : std::uint8_t { representative, all };

// Runs the simulation again and writes down the events of some ranks, and `slices` link slices per phase (0:
// none).  The first run of every phase is recorded, with the repetitions that were run.  Representative are
// the first rank, the first of another node, the first and the last to end, and the busiest.
Timeline record(Simulation& simulation, const SimulationResult& result, TraceRanks ranks, int slices);

// Chrome's trace format, which Perfetto opens: one process per rank, one thread per lane, names as in the
// schedule.  What it leaves out, repetitions like those before, is said in it.
std::string chrome_trace(const Simulation& simulation, const SimulationResult& result,
                         const Timeline& timeline);

// phase, repetitions, begin_s, end_s, link, kind, bytes, utilisation: one line per link and slice.
std::string link_csv(const Simulation& simulation, const SimulationResult& result, const Timeline& timeline);

}  // namespace simulator
