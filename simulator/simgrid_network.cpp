#include "simulator/simgrid_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <exception>
#include <limits>
#include <map>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

// Last, since it needs what the others define.
// clang-format off
#include <simgrid/version.h>
// clang-format on

namespace simulator {

namespace sg4 = simgrid::s4u;
namespace routing = simgrid::kernel::routing;
using simgrid::kernel::timer::Timer;

// ---- what differs between SimGrid 3.32 and 4.x ----
namespace {

#if SIMGRID_VERSION_MAJOR >= 4
using LinkImpl = simgrid::kernel::resource::StandardLinkImpl;
using CommEnd = sg4::Comm;
sg4::Host* new_host(routing::NetZoneImpl& zone, const std::string& name) {
  return zone.add_host(name, {1e9});
}
sg4::Link* new_link(routing::NetZoneImpl& zone, const std::string& name, double bandwidth) {
  return zone.add_link(name, {bandwidth});
}
void place_in_engine(routing::NetZoneImpl& zone, sg4::Engine& engine) {
  zone.set_parent(engine.get_netzone_root()->get_impl());
}
template <class Callback>
void on_comm_completion(Callback callback) {
  sg4::Comm::on_completion_cb([callback](const sg4::Comm& comm) { callback(comm); });
}
#else
using LinkImpl = simgrid::kernel::resource::StandardLinkImpl;
sg4::Host* new_host(routing::NetZoneImpl& zone, const std::string& name) {
  return zone.create_host(name, {1e9});
}
sg4::Link* new_link(routing::NetZoneImpl& zone, const std::string& name, double bandwidth) {
  return zone.create_link(name, {bandwidth});
}
// The first zone is the root.
void place_in_engine(routing::NetZoneImpl&, sg4::Engine&) {}
template <class Callback>
void on_comm_completion(Callback callback) {
  sg4::Activity::on_completion_cb([callback](const sg4::Activity& activity) {
    if (const auto* comm = dynamic_cast<const sg4::Comm*>(&activity)) callback(*comm);
  });
}
#endif

// Payloads are whole numbers of bytes in SimGrid and fractions of bytes in the model, so both bytes and
// bandwidths are scaled: a message of 1 kB is then exact to 5e-7 of its bytes, one of 1 MB to 5e-10.
constexpr double scale = 1024.0;
// The way back from a payload that SimGrid holds in 53 bits of a double.
constexpr double largest_payload = 9.0e15;

// A zone whose route is always that of the flow that is being started.
class FlowZone final : public routing::NetZoneImpl {
 public:
  explicit FlowZone(const std::string& name) : NetZoneImpl(name) {}

  // Without latency: flows share by its inverse, and equal ones share equally.
  void get_local_route(const routing::NetPoint*, const routing::NetPoint*, routing::Route* into,
                       double*) override {
    for (const LinkId id : route->way()) into->link_list_.push_back(links[id.at()]);
    if (limit != nullptr) into->link_list_.push_back(limit);
  }
  void get_graph(const s_xbt_graph_t*, std::map<std::string, xbt_node_t, std::less<>>*,
                 std::map<std::string, xbt_edge_t, std::less<>>*) override {}

  const Route* route = nullptr;
  std::vector<LinkImpl*> links;
  LinkImpl* limit = nullptr;  // beside the route's own links: what the flow does not exceed
};

// What the program does on Ctrl-C, crashes and uncaught exceptions.  SimGrid's engine puts its own way in
// their place; this puts the old one back.
class KeptHandlers {
 public:
  KeptHandlers() {
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], nullptr, &actions_[i]);
    sigaltstack(nullptr, &stack_);
  }
  ~KeptHandlers() {
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &actions_[i], nullptr);
    sigaltstack(&stack_, nullptr);
    std::set_terminate(terminate_);
  }
  KeptHandlers(const KeptHandlers&) = delete;
  KeptHandlers& operator=(const KeptHandlers&) = delete;

 private:
  static constexpr std::array<int, 3> signals{SIGINT, SIGSEGV, SIGBUS};
  std::array<struct sigaction, signals.size()> actions_{};
  stack_t stack_{};
  std::terminate_handler terminate_ = std::get_terminate();
};

}  // namespace

struct SimGridNetwork::Parts {
  // A flow that has been started: first its latency passes, then its bytes move.
  struct Slot {
    sg4::CommPtr comm;
    const Flow* flow = nullptr;
    LinkImpl* limit = nullptr;
    std::uint32_t token = 0;
    Timer* latency = nullptr;  // set while it passes
  };

  std::unique_ptr<sg4::Engine> engine;
  FlowZone* zone = nullptr;  // owned by the engine
  sg4::Host* source = nullptr;
  sg4::Host* target = nullptr;
  const LinkTable* table = nullptr;
  std::map<double, LinkImpl*> limits;  // by rate
  Events* events = nullptr;
  std::vector<Slot> slots;
  std::vector<std::uint32_t> free_slots, ended_slots;
  std::unordered_map<TimerId, Timer*> timers;
  TimerId next_timer = 1;
  std::size_t live_flows = 0;
  Timer* landmark = nullptr;   // set while flows are in flight
  std::exception_ptr failure;  // of an event; no other is told after it

  ~Parts();
  void make_engine();
  void make_links(const LinkTable& links, std::span<const LinkId> used);
  std::uint32_t take_slot();
  void move_bytes(std::uint32_t slot);
  void flow_ended(std::uint32_t slot);
  template <class Event>
  void tell(Event event);
  void cancel_timers();
  void set_landmark();
  LinkImpl* limit_of(const Flow& flow) const;
};

void SimGridNetwork::Parts::make_engine() {
  static bool made = false;
  if (std::exchange(made, true)) throw std::logic_error("SimGrid runs once per process");
  std::array<std::string, 2> words{"ringside", "--log=root.thres:error"};
  std::array<char*, 3> arguments{words[0].data(), words[1].data(), nullptr};
  int count = 2;
  const KeptHandlers kept;
  engine = std::make_unique<sg4::Engine>(&count, arguments.data());
  for (const char* setting : {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:1e30",
                              "surf/precision:1e-15", "network/loopback-lat:0"})
    sg4::Engine::set_config(setting);
  zone = new FlowZone("cluster");
  place_in_engine(*zone, *engine);
  source = new_host(*zone, "source");
  target = new_host(*zone, "target");
  source->seal();
  target->seal();
}

void SimGridNetwork::Parts::make_links(const LinkTable& links, std::span<const LinkId> used) {
  table = &links;
  zone->links.assign(links.size(), nullptr);
  for (const LinkId id : used) {
    if (zone->links[id.at()] != nullptr) continue;
    sg4::Link* link = new_link(*zone, std::to_string(id.value), links[id].capacity.value * scale);
    link->seal();
    zone->links[id.at()] = link->get_impl();
  }
  // A message between two hosts takes no rate of its own.  So what a GPU sends at most is a link that all may
  // use at once, each up to its whole capacity.
  for (const costmodel::NodeGroup& group : links.map().cluster().groups)
    for (const double rate :
         {group.node.scale_up.per_gpu.value.value, group.node.scale_up.one_peer.value.value}) {
      if (limits.contains(rate)) continue;
      sg4::Link* link = new_link(*zone, "at most " + std::to_string(limits.size()), rate * scale);
      link->set_sharing_policy(sg4::Link::SharingPolicy::FATPIPE);
      link->seal();
      limits[rate] = link->get_impl();
    }
  zone->seal();
}

void SimGridNetwork::Parts::flow_ended(std::uint32_t slot) {
  // A handle may not go inside its own callback, but those that ended earlier may.
  for (const std::uint32_t old : ended_slots) {
    slots[old].comm.reset();
    free_slots.push_back(old);
  }
  ended_slots.clear();
  ended_slots.push_back(slot);
  --live_flows;
  tell([&] { events->flow_ended(slots[slot].token); });
  if (live_flows == 0 && landmark != nullptr) {
    landmark->remove();
    landmark = nullptr;
  }
}

// SimGrid must not see an exception: what is in flight would then have no end.  run() throws it.
template <class Event>
void SimGridNetwork::Parts::tell(Event event) {
  if (failure) return;
  try {
    event();
  } catch (...) {
    failure = std::current_exception();
    cancel_timers();
  }
}

void SimGridNetwork::Parts::cancel_timers() {
  for (const auto& [id, timer] : timers) timer->remove();
  timers.clear();
  // Flows whose bytes do not move yet never will.
  for (Slot& slot : slots) {
    if (slot.latency == nullptr) continue;
    std::exchange(slot.latency, nullptr)->remove();
    --live_flows;
  }
}

// A step that more than doubles the clock is rounded, and past 8 s a rounding error is more than SimGrid's
// precision: the end of a flow that it steps over would never come, nor any after it.  So while flows are in
// flight something happens whenever the clock has doubled.
void SimGridNetwork::Parts::set_landmark() {
  landmark = Timer::set(std::max(8.0, 2.0 * sg4::Engine::get_clock()), [this] { set_landmark(); });
}

// SimGrid needs the end of every flow that it began.
SimGridNetwork::Parts::~Parts() {
  if (!engine) return;
  cancel_timers();
  if (live_flows == 0) return;
  failure = std::make_exception_ptr(std::logic_error("the network is gone"));
  engine->run();
}

// Null when the links of the flow allow no more than its rate anyway.
LinkImpl* SimGridNetwork::Parts::limit_of(const Flow& flow) const {
  double smallest = std::numeric_limits<double>::infinity();
  for (const LinkId id : flow.route.way()) smallest = std::min(smallest, (*table)[id].capacity.value);
  if (flow.route.rate >= smallest) return nullptr;
  const auto found = limits.find(flow.route.rate);
  if (found == limits.end()) throw std::logic_error("a flow has a rate that no GPU of the cluster has");
  return found->second;
}

double SimGridNetwork::now() const { return sg4::Engine::get_clock(); }

std::uint32_t SimGridNetwork::Parts::take_slot() {
  if (free_slots.empty()) {
    slots.emplace_back();
    return static_cast<std::uint32_t>(slots.size() - 1);
  }
  const std::uint32_t slot = free_slots.back();
  free_slots.pop_back();
  return slot;
}

// The latency is a timer of ours.  SimGrid's own would do but for one thing: of several latencies that end in
// the same moment it forgets to share out again some links of all but the first, which then carry more than
// they can.
SimGridNetwork::FlowId SimGridNetwork::start(const Flow& flow, std::uint32_t token) {
  Parts* s = parts_.get();
  if (std::round(flow.bytes * scale) > largest_payload)
    throw std::runtime_error(fmt::format("a message of {:.3g} bytes is too large to simulate", flow.bytes));
  // What may throw comes first: a flow that is counted must end.
  LinkImpl* const limit = s->limit_of(flow);
  const std::uint32_t slot = s->take_slot();
  s->slots[slot].flow = &flow;
  s->slots[slot].limit = limit;
  s->slots[slot].token = token;
  ++s->live_flows;
  if (s->landmark == nullptr) s->set_landmark();
  if (flow.alpha <= 0) {
    s->move_bytes(slot);
    return slot;
  }
  s->slots[slot].latency = Timer::set(now() + flow.alpha, [s, slot] {
    s->slots[slot].latency = nullptr;
    s->move_bytes(slot);
  });
  return slot;
}

double SimGridNetwork::moved(FlowId flow) const {
  const Parts::Slot& slot = parts_->slots[flow];
  if (slot.comm == nullptr) return 0;
  const double payload = std::round(slot.flow->bytes * scale);
  return payload > 0 ? slot.flow->bytes * (1.0 - slot.comm->get_remaining() / payload) : slot.flow->bytes;
}

void SimGridNetwork::Parts::move_bytes(std::uint32_t slot) {
  const Flow& flow = *slots[slot].flow;
  zone->route = &flow.route;
  zone->limit = slots[slot].limit;
  sg4::CommPtr comm = sg4::Comm::sendto_init(source, target);
  // SimGrid keeps a pointer for us; a slot's number is all that is needed.
  comm->set_data(reinterpret_cast<void*>(  // NOLINT(performance-no-int-to-ptr)
      static_cast<std::uintptr_t>(slot) + 1));
  comm->set_payload_size(static_cast<std::uint64_t>(std::round(flow.bytes * scale)));
  slots[slot].comm = comm;
  // Setting the size may have started it or not.
  const sg4::Activity::State state = comm->get_state();
  if (state == sg4::Activity::State::INITED || state == sg4::Activity::State::STARTING) comm->start();
}

SimGridNetwork::TimerId SimGridNetwork::set_timer(double date, std::uint32_t token) {
  Parts* s = parts_.get();
  const TimerId id = s->next_timer++;
  // SimGrid ends the process at a date in the past, and rounding makes dates that are just that.
  s->timers[id] = Timer::set(std::max(date, now()), [s, id, token] {
    s->timers.erase(id);
    s->tell([&] { s->events->timer_fired(token); });
  });
  return id;
}

void SimGridNetwork::cancel(TimerId timer) {
  const auto found = parts_->timers.find(timer);
  if (found == parts_->timers.end()) return;
  found->second->remove();
  parts_->timers.erase(found);
}

void SimGridNetwork::run(Events& events) {
  parts_->events = &events;
  parts_->engine->run();
  if (parts_->failure) std::rethrow_exception(std::exchange(parts_->failure, nullptr));
}

namespace {
struct Nothing final : SimGridNetwork::Events {
  void flow_ended(std::uint32_t) override {}
  void timer_fired(std::uint32_t) override {}
};
}  // namespace

SimGridNetwork::SimGridNetwork(const LinkTable& links, std::span<const LinkId> used)
    : parts_(std::make_unique<Parts>()) {
  parts_->make_engine();
  parts_->make_links(links, used);
  on_comm_completion([s = parts_.get()](const sg4::Comm& comm) {
    const auto slot = reinterpret_cast<std::uintptr_t>(comm.get_data<void>()) - 1;
    s->flow_ended(static_cast<std::uint32_t>(slot));
  });
  if (used.empty()) return;
  // Self-check.
  Flow flow;
  flow.bytes = 1e6;
  flow.alpha = 1e-5;
  flow.route.links[0] = used.front();
  flow.route.count = 1;
  flow.route.rate = links[used.front()].capacity.value;
  Nothing nothing;
  const double begin = now();
  start(flow, 0);
  run(nothing);
  const double took = now() - begin;
  if (std::abs(took - flow.alone()) > 1e-12 * flow.alone())
    throw std::runtime_error(fmt::format(
        "{} does not compute exactly here: one transfer of 1 MB took {:.17g} s instead of {:.17g} s",
        simgrid_version(), took, flow.alone()));
}

SimGridNetwork::~SimGridNetwork() = default;

std::string simgrid_version() {
  int major = 0, minor = 0, patch = 0;
  sg_version_get(&major, &minor, &patch);
  return fmt::format("SimGrid {}.{}", major, minor);
}

}  // namespace simulator
