// The flows that a replay has on SimGrid's links, and what the recorder hears of them: a flow's rate changes
// whenever others come and go, so where bytes are wanted by slices of time, they are counted when one ends.
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/engine.h"
#include "simulator/simgrid_network.h"

namespace simulator {

// A flow on the links.
struct LiveFlow {
  const Flow* flow = nullptr;
  std::size_t sender = 0, receiver = 0;
  std::size_t op = 0;
  bool collective = false;
  std::int32_t group = 0;
  double start = 0;  // s of the replay
};

class LiveFlows {
 public:
  // Seconds of the replay are those of the network minus `base`.  The recorder may be null.
  LiveFlows(SimGridNetwork& network, double base, Recorder* recorder);

  void start(const LiveFlow& flow);
  // The one that ended, by the token that the network tells.
  LiveFlow end(std::uint32_t token);
  // Of the timer that this class sets at the end of a slice.
  static constexpr std::uint32_t slice_token = 0xffffffff;
  void end_slice();

 private:
  struct Entry {
    LiveFlow live;  // flow is null: free
    SimGridNetwork::FlowId id = 0;
    double told = 0;   // bytes that the recorder has heard of
    double since = 0;  // s, when the others began to move
  };

  double time() const { return network_.now() - base_; }
  void await_slice_end();
  void tell(Entry& entry, double bytes, double now);

  SimGridNetwork& network_;
  double base_;
  Recorder* recorder_;
  std::vector<Entry> entries_;  // by token
  std::vector<std::uint32_t> free_;
  SimGridNetwork::TimerId slice_end_ = 0;
};

}  // namespace simulator
