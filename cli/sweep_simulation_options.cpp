#include "cli/sweep_simulation_options.h"

#include <sched.h>

#include <algorithm>
#include <thread>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;

namespace {
const char* const group = "Simulations";
}

void add_simulation_options(CLI::App& command, SweepSimulationOptions& options) {
  options.command = &command;
  command
      .add_flag("--simulate", options.simulate,
                "simulate every plan that runs, at every point: the fastest is then by simulated time")
      ->group(group);
  add_what_if_options(command, options.what_if);
  command
      .add_option(
          "--lost-after", options.lost_after,
          "under mpirun: a rank that is silent for so long is lost, others do its work; 10 s unless given")
      ->type_name("TIME")
      ->group(group);
}

void check_simulation(const SweepSimulationOptions& options) {
  if (options.simulate) return;
  for (const char* flag : {"--straggler", "--degrade", "--fail", "--jitter", "--start-spread", "--seed",
                           "--spine", "--all-to-all", "--engine", "--no-fold", "--lost-after"})
    if (options.command->count(flag) > 0)
      throw Error("it is about simulated times, and this sweep is analytic; expected --simulate beside it",
                  InputLocation{"", 0, 0, flag});
}

costmodel::Seconds lost_after(const SweepSimulationOptions& options) {
  const InputLocation where{"", 0, 0, "--lost-after"};
  try {
    const costmodel::Seconds time = costmodel::parse_seconds(options.lost_after);
    // Signs of life come twice a second.
    if (time.value < 2)
      throw Error("a rank gives a sign of life every half second; expected 2 s or more, such as 10 s");
    return time;
  } catch (const Error& error) {
    throw error.at(where);
  }
}

int usable_cores(int processes) {
  const int all = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  cpu_set_t bound;
  CPU_ZERO(&bound);
  const int ours = ::sched_getaffinity(0, sizeof bound, &bound) == 0 ? CPU_COUNT(&bound) : all;
  return std::max(1, std::min(ours, all / std::max(1, processes)));
}

}  // namespace cli
