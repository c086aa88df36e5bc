// The communicator over NCCL without NCCL and without a GPU: against a table of functions that misbehave on
// demand.  What must hold: nothing waits longer than the deadline, failures name rank, operation and remedy,
// and the communicator is aborted exactly once.
#if defined(RINGSIDE_NCCL)
#include "kernels/nccl/nccl_communicator.h"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "kernels/tensor_view.h"
#include "tests/catch.h"

using namespace kernels;

namespace {

// What the fake library does and has seen.
struct Fake {
  ncclResult_t at_init = ncclInProgress, at_group_end = ncclInProgress, state = ncclSuccess;
  int polls_in_progress = 0;  // so many answers of "in progress" before `state`
  int aborted = 0, destroyed = 0, finalized = 0, blocking = -1, most_blocks = 0;
  bool queue_done = true;
  std::function<void()> while_waiting;  // called when somebody asks whether the queue is done
  std::vector<std::string> calls;
};
Fake* fake = nullptr;  // functions of a C interface have no other way to it

ncclComm_t some_communicator() { return reinterpret_cast<ncclComm_t>(fake); }

NcclFunctions fake_nccl() {
  NcclFunctions nccl;
  nccl.get_error_string = [](ncclResult_t result) {
    return result == ncclInvalidUsage ? "invalid usage" : "system error";
  };
  nccl.get_last_error = [](ncclComm_t) { return "Duplicate GPU detected"; };
  nccl.init_rank_config = [](ncclComm_t* communicator, int, ncclUniqueId, int, ncclConfig_t* config) {
    *communicator = some_communicator();
    fake->blocking = config->blocking;
    fake->most_blocks = config->maxCTAs;
    return fake->at_init;
  };
  nccl.get_async_error = [](ncclComm_t, ncclResult_t* state) {
    *state = fake->polls_in_progress-- > 0 ? ncclInProgress : fake->state;
    return ncclSuccess;
  };
  nccl.finalize = [](ncclComm_t) { return ++fake->finalized, ncclInProgress; };
  nccl.destroy = [](ncclComm_t) { return ++fake->destroyed, ncclSuccess; };
  nccl.abort = [](ncclComm_t) { return ++fake->aborted, ncclSuccess; };
  nccl.group_start = [] { return ncclSuccess; };
  nccl.group_end = [] { return fake->at_group_end; };
  nccl.send = [](const void*, size_t count, ncclDataType_t, int peer, ncclComm_t, cudaStream_t) {
    fake->calls.push_back("send " + std::to_string(count) + " to " + std::to_string(peer));
    return ncclSuccess;
  };
  nccl.receive = [](void*, size_t count, ncclDataType_t, int peer, ncclComm_t, cudaStream_t) {
    fake->calls.push_back("receive " + std::to_string(count) + " from " + std::to_string(peer));
    return ncclSuccess;
  };
  nccl.all_gather = [](const void*, void*, size_t count, ncclDataType_t, ncclComm_t, cudaStream_t) {
    fake->calls.push_back("all_gather " + std::to_string(count));
    return ncclSuccess;
  };
  return nccl;
}

class FakeQueue : public NcclQueue {
 public:
  cudaStream_t stream() override { return nullptr; }
  void follow_work() override { fake->calls.emplace_back("follow"); }
  bool is_done() override {
    if (fake->while_waiting) fake->while_waiting();
    return fake->queue_done;
  }
  std::byte* scratch(std::size_t bytes) override {
    memory_.resize(bytes);
    return memory_.data();
  }
  void sum(const std::byte*, int number, Element element, std::size_t count, std::byte*) override {
    fake->calls.push_back("sum " + std::to_string(number) + " x " + std::to_string(count) + " " +
                          std::string(name_of(element)));
  }

 private:
  std::vector<std::byte> memory_;
};

// Rank 1 of 3, usually with a deadline of 20 ms.
struct Setup {
  Setup() { fake = &state; }
  ~Setup() { fake = nullptr; }
  NcclCommunicator communicator(std::chrono::milliseconds deadline = std::chrono::milliseconds(20)) {
    return {fake_nccl(), queue, failure, {1, 3, 0, {}}, {deadline, 4}};
  }

  Fake state;
  FakeQueue queue;
  SharedFailure failure;
};

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const CommunicatorError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("nccl: operations are queued after the work, without blocking, and end when the queue is done") {
  Setup setup;
  setup.state.polls_in_progress = 3;
  std::vector<std::byte> send(12), receive(12), all(36), part(4);
  std::vector<Bf16> numbers(6), sum(2);
  {
    NcclCommunicator ranks = setup.communicator();
    CHECK(setup.state.blocking == 0);
    CHECK(setup.state.most_blocks == 4);
    ranks.exchange({send, 2, receive, 0, 0});
    ranks.all_gather(send, all);
    ranks.all_to_all(send, receive);
    ranks.reduce_scatter(std::span<const Bf16>(numbers), sum);
    ranks.barrier();
  }
  CHECK(setup.state.calls ==
        std::vector<std::string>{
            "follow",           "send 12 to 2",     "receive 12 from 0", "follow",
            "all_gather 12",    "follow",           "send 4 to 0",       "receive 4 from 0",
            "send 4 to 1",      "receive 4 from 1", "send 4 to 2",       "receive 4 from 2",
            "follow",           "send 4 to 0",      "receive 4 from 0",  "send 4 to 1",
            "receive 4 from 1", "send 4 to 2",      "receive 4 from 2",  "sum 3 x 2 bf16",
            "follow",           "all_gather 1"});
  CHECK(setup.state.finalized == 1);
  CHECK(setup.state.destroyed == 1);
  CHECK(setup.state.aborted == 0);
}

TEST_CASE("nccl: a connection that is never made ends at the deadline") {
  Setup setup;
  setup.state.polls_in_progress = 1 << 30;
  const std::string message = failure_of([&] { setup.communicator(); });
  CHECK(contains(message, "rank 1, connect: rank 1 waited 20 ms for the other ranks"));
  CHECK(contains(message, "set a longer deadline"));
  CHECK(setup.state.aborted == 1);
  CHECK(setup.state.destroyed == 0);
}

TEST_CASE("nccl: two ranks on one GPU are refused with what NCCL says and a remedy") {
  Setup setup;
  setup.state.state = ncclInvalidUsage;
  const std::string message = failure_of([&] { setup.communicator(); });
  CHECK(contains(message, "invalid usage (Duplicate GPU detected)"));
  CHECK(contains(message, "a GPU of its own for every rank"));
  CHECK(setup.state.aborted == 1);
}

TEST_CASE("nccl: a peer that does not send is named, and every later operation fails too") {
  Setup setup;
  std::vector<std::byte> send(4), receive(4);
  NcclCommunicator ranks = setup.communicator();
  setup.state.queue_done = false;
  const std::string message = failure_of([&] { ranks.exchange({send, 2, receive, 0, 0}); });
  CHECK(contains(message, "rank 1, exchange (to rank 2, from rank 0): rank 1 waited 20 ms for rank 0"));
  CHECK(contains(failure_of([&] { ranks.barrier(); }), "rank 1, barrier: rank 1 waited 20 ms for rank 0"));
  CHECK(setup.state.aborted == 1);
}

TEST_CASE(
    "nccl: an error of the library, a failure of another rank of the process, and an abort end operations") {
  std::vector<std::byte> send(4), receive(4);
  SECTION("library") {
    Setup setup;
    NcclCommunicator ranks = setup.communicator();
    setup.state.at_group_end = ncclSystemError;
    CHECK(contains(failure_of([&] { ranks.exchange({send, 2, receive, 0, 0}); }), "NCCL_SOCKET_IFNAME"));
    CHECK(setup.state.aborted == 1);
  }
  SECTION("another rank") {
    Setup setup;
    NcclCommunicator ranks = setup.communicator();
    setup.state.queue_done = false;
    setup.failure.set(2, "rank 2 threw: no memory");
    CHECK(contains(failure_of([&] { ranks.barrier(); }), "rank 2 threw: no memory"));
    CHECK(setup.state.aborted == 1);
  }
  SECTION("abort") {
    Setup setup;
    NcclCommunicator ranks = setup.communicator();
    ranks.abort("the loss is NaN");
    CHECK(contains(failure_of([&] { ranks.barrier(); }), "rank 1 aborted: the loss is NaN"));
    CHECK(setup.state.aborted == 1);
  }
  SECTION("an exchange that is left unfinished") {
    Setup setup;
    NcclCommunicator ranks = setup.communicator();
    ranks.start_exchange({send, 2, receive, 0, 0}).reset();
    CHECK(contains(failure_of([&] { ranks.barrier(); }), "left unfinished"));
  }
  SECTION("a rank that does not exist, and sizes that do not fit") {
    Setup setup;
    NcclCommunicator ranks = setup.communicator();
    CHECK(contains(failure_of([&] { ranks.exchange({send, 3, receive, 0, 0}); }), "names rank 3"));
    Setup other;
    NcclCommunicator more = other.communicator();
    CHECK(contains(failure_of([&] { more.all_gather(send, receive); }), "one equal part per rank"));
    Setup third;
    NcclCommunicator split = third.communicator();
    CHECK(contains(failure_of([&] { split.all_to_all(send, receive); }), "one equal part per rank"));
    Setup fourth;
    NcclCommunicator summed = fourth.communicator();
    const std::vector<float> numbers(4);
    std::vector<float> sum(2);
    CHECK(contains(
        failure_of([&] { summed.reduce_scatter(std::span<const float>(numbers), std::span<float>(sum)); }),
        "one equal part per rank"));
  }
}

TEST_CASE("nccl: every operation waits for its transfers, and calls nothing once one has failed") {
  std::vector<std::byte> part(12), all(36);
  std::vector<float> sum(2);
  const std::vector<float> numbers(6);
  struct Operation {
    std::string name;
    std::function<void(NcclCommunicator&)> run;
  };
  const std::vector<Operation> operations{
      {"exchange",
       [&](NcclCommunicator& ranks) {
         ranks.exchange({part, 2, part, 0, 0});
       }},
      {"all_gather", [&](NcclCommunicator& ranks) { ranks.all_gather(part, all); }},
      {"all_to_all", [&](NcclCommunicator& ranks) { ranks.all_to_all(all, all); }},
      {"reduce_scatter", [&](NcclCommunicator& ranks) { ranks.reduce_scatter(std::span(numbers), sum); }},
      {"barrier", [&](NcclCommunicator& ranks) { ranks.barrier(); }}};
  for (const Operation& operation : operations) {
    INFO(operation.name);
    Setup setup;
    NcclCommunicator ranks = setup.communicator();
    setup.state.queue_done = false;
    CHECK(contains(failure_of([&] { operation.run(ranks); }), "rank 1 waited 20 ms for "));
    CHECK(setup.state.aborted == 1);
    setup.state.calls.clear();
    setup.state.queue_done = true;
    for (const Operation& later : operations) {
      INFO("then " << later.name);
      CHECK(contains(failure_of([&] { later.run(ranks); }), "rank 1, " + later.name));
    }
    CHECK(setup.state.calls.empty());
    CHECK(setup.state.aborted == 1);
  }
}

TEST_CASE("nccl: another rank that fails meanwhile ends the wait at once, and the first cause stays") {
  Setup setup;
  NcclCommunicator ranks = setup.communicator(std::chrono::seconds(5));
  setup.state.queue_done = false;
  setup.state.while_waiting = [&] {
    setup.failure.set(2, "rank 2 threw: no memory");
    setup.failure.set(0, "rank 0 threw: nobody to talk to");
  };
  const auto begin = std::chrono::steady_clock::now();
  CHECK(contains(failure_of([&] { ranks.barrier(); }), "rank 2 threw: no memory"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
  CHECK(setup.failure.what()->rank == 2);
}

TEST_CASE("nccl: the longest deadline is one, and an exchange is finished once") {
  Setup setup;
  setup.state.polls_in_progress = 3;
  NcclCommunicator ranks = setup.communicator(std::chrono::milliseconds::max());
  std::vector<std::byte> send(4), receive(4);
  const std::unique_ptr<PendingExchange> pending = ranks.start_exchange({send, 2, receive, 0, 0});
  pending->finish();
  CHECK_THROWS_AS(pending->finish(), ArgumentError);
}
#endif
