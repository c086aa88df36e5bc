// The links of a cluster as a SimGrid platform, on which flows share bandwidth fairly: max-min, every flow
// of a link with the same weight.  Flows and timers end in callbacks; there are no actors.
//
// This file and simgrid_network.cpp are all that knows SimGrid and its versions (3.32 and 4.x).  SimGrid has
// one engine per process, so a process may make one network; simulations run in child processes
// (child_process.h).  docs/simulator.md says what each setting is for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "simulator/flows.h"
#include "simulator/link_table.h"

namespace simulator {

class SimGridNetwork {
 public:
  // What happens while the clock runs.
  class Events {
   public:
    virtual ~Events() = default;
    virtual void flow_ended(std::uint32_t token) = 0;
    virtual void timer_fired(std::uint32_t token) = 0;
  };

  // Makes the links that some flow uses.  Throws std::runtime_error when the self-check fails: one flow
  // alone must take exactly alpha + bytes / bandwidth.
  SimGridNetwork(const LinkTable& links, std::span<const LinkId> used);
  ~SimGridNetwork();
  SimGridNetwork(const SimGridNetwork&) = delete;
  SimGridNetwork& operator=(const SimGridNetwork&) = delete;

  double now() const;  // s; goes on from run to run
  // Tokens come back in Events.  The route of the flow must have links, and the flow must live until it ends.
  // The number is of this flow until it has ended.
  using FlowId = std::uint32_t;
  FlowId start(const Flow& flow, std::uint32_t token);
  // Bytes of a flow in flight that have moved until now.
  double moved(FlowId flow) const;
  using TimerId = std::uint64_t;
  TimerId set_timer(double date, std::uint32_t token);
  void cancel(TimerId timer);
  // Until nothing moves any more.  What an event throws comes out here, and no other event is told after it.
  void run(Events& events);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// "SimGrid 3.32", of the library that is linked.
std::string simgrid_version();

}  // namespace simulator
