// What an engine is asked and what it answers.  Two engines share this interface: the exact max-plus
// recurrence (recurrence.h), right where no link ever carries two flows at once, and SimGrid
// (simgrid_engine.h), right everywhere.  Where the first is right both agree to rounding.
//
// Meaning, the same in both: operations of a lane run in order; an operation starts when all it waits for
// have ended; an exchange moves its bytes when sender and receiver have reached it and ends for a rank when
// both its send and its receive have; a collective starts when all of its group are there; compute is slowed
// while communication of its rank is in flight; a rank begins a repetition when it has ended the one before.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "simulator/compute_times.h"
#include "simulator/flows.h"
#include "simulator/phase_program.h"

namespace simulator {

// What the time along the critical path is made of.
enum class PathPart : std::uint8_t {
  start,  // the rank began later than the first one
  attention_forward,
  attention_backward,
  matrix_products,
  elementwise,
  slowdown,  // kernels slower while communication was in flight
  inside,    // transfers inside a node, as long as they take alone
  network,   // transfers between nodes, as long as they take alone
  sharing,   // what transfers took longer because links were shared
  host,
};
constexpr std::size_t path_part_count = 10;
std::string_view name_of(PathPart part);

// Seconds of each part along one path, which began where a rank did.
struct PathSums {
  std::int32_t origin = 0;  // that rank
  std::array<double, path_part_count> seconds{};
  double& operator[](PathPart part) { return seconds[static_cast<std::size_t>(part)]; }
  double operator[](PathPart part) const { return seconds[static_cast<std::size_t>(part)]; }
};
PathPart path_part(const costmodel::Op& op);
PathPart path_part(const Flow& flow);

// One operation on one rank.
struct OpRecord {
  std::size_t rank = 0;
  std::size_t op = 0;
  int repetition = 0;
  double ready = 0, start = 0, end = 0;  // s
};

// Sees what happens; both calls may come in any order of time.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void restart() = 0;  // what was told since the last begin of a phase did not count
  virtual bool wants(std::size_t rank) const = 0;
  virtual void operation(const OpRecord& record) = 0;
  // Bytes of a flow moved between `begin` (after its latency) and `end`.
  virtual void flow(const Flow& flow, double bytes, double begin, double end) = 0;
  // Where rates change, that is told once for every slice of time of this length, s; 0: once for every flow.
  virtual double slice() const { return 0; }
};

// Told how many operations x ranks are done, now and then.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  virtual void done(double share) = 0;
};

struct RunRequest {
  const PhaseProgram* program = nullptr;
  const PhaseFlows* flows = nullptr;
  const ComputeTimes* times = nullptr;
  std::span<const double> starts;  // of each simulated rank, s
  bool critical_path = false;      // whether PathSums are wanted
  int repetitions = 1;             // that are run
  int first_repetition = 0;        // number of the first one, for the noise
  Recorder* recorder = nullptr;
  ProgressSink* progress = nullptr;
};

struct RunResult {
  std::vector<std::vector<double>> ends;  // of each repetition, by simulated rank, s
  std::vector<double> compute;            // of each rank in all repetitions: kernels, undisturbed
  std::vector<double> slowdown;           // added to it by communication in flight
  std::vector<double> host;               // copies and updates
  // The same of the last repetition but one, which stands for all in the middle; empty when there are none.
  std::vector<double> compute_once, slowdown_once, host_once;
  static bool is_once(int repetition, int repetitions) {
    return repetition > 0 && repetition + 2 == repetitions;
  }
  // Of rank w: the sums so far are taken off before that repetition and put on after it.
  void count_once(std::size_t w, double sign);
  // What led to the end of the last repetition and of the one before it, by rank; empty unless wanted.
  std::vector<PathSums> paths, paths_before;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual RunResult run(const RunRequest& request) = 0;
};

}  // namespace simulator
