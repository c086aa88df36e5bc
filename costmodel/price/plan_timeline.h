// What each operation of some ranks does when, for people to look at: recorded by the walk that prices the
// plan, so that it ends where the price says.
//
// One repetition of a phase is recorded; `runs` says how often it runs.  Of a whole step those are the layer
// phases, one layer forward and backward; all layers are alike (formula 4.5).
#pragma once

#include <string>
#include <vector>

#include "costmodel/price/critical_path.h"
#include "costmodel/price/plan_price.h"

namespace costmodel {

enum class Activity : std::uint8_t { compute, stall, send, receive, collective, host };
std::string_view name_of(Activity activity);
enum class OnPath : std::uint8_t { no, yes };

// A stall is time in which the compute lane has nothing to run.   Formula 4.10.
struct TimelineSlice {
  Activity activity = Activity::compute;
  OnPath critical = OnPath::no;
  Lane lane = Lane::compute;
  LinkClass link = LinkClass::self;  // of a send, a receive, a collective
  OpId op{};                         // of the phase; of a stall: whose end ended it
  Rank peer{};                       // whom a send goes to, a receive comes from, a stall waits for
  double ready = 0;                  // s from the start of the phase: the rank got there
  double start = 0;
  double end = 0;
  double freed = 0;  // of a send or a receive: its port may take the next one, latency may still run
};

struct RankTimeline {
  Rank rank;
  Seconds stalled;
  std::vector<TimelineSlice> slices;  // by lane, each in order
};

// What the critical path is made of.
struct PathTimes {
  Seconds compute, inside, network, host;  // inside: on the link in the node

  PathTimes& operator+=(const PathTimes& other);
  Seconds total() const { return compute + inside + network + host; }
};

struct PhaseTimeline {
  std::size_t phase = 0;  // of the schedule
  int runs = 1;
  PhaseTime time;
  PathTimes path;
  Seconds stalled;  // mean over all ranks of the plan
  std::vector<RankTimeline> ranks;
};

struct PlanTimeline {
  Plan plan;
  std::string name;  // plan_name
  Schedule schedule;
  ClusterSpec cluster;
  std::vector<Rank> ranks;                // that were recorded
  std::vector<Place> places;              // theirs
  std::vector<Calibration> calibrations;  // by node group
  WalkScope scope = WalkScope::one;       // of the phase that needed most ranks
  std::vector<PhaseTimeline> phases;      // one after the other, with equal ranks

  Seconds time() const;  // of the recorded phases, each once
  PathTimes path() const;
  Seconds stalled() const;
  const Phase& phase(const PhaseTimeline& recorded) const { return schedule.phases[recorded.phase]; }
};

// Representative ranks are the first, the first of the next node, of each phase the one with most time on the
// critical path, and one that stalls much longer than the first; one alone where all are alike.
struct TimelineRanks {
  std::vector<Rank> chosen;  // empty: representatives
};

// Throws Error when the plan breaks a rule of the scenario; a plan that needs too much memory has a timeline.
PlanTimeline record_timeline(const Pricer& pricer, const Plan& plan, const TimelineRanks& ranks = {});

}  // namespace costmodel
