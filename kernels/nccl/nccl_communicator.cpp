#include "kernels/nccl/nccl_communicator.h"

#include <cstring>
#include <thread>
#include <utility>

#include "kernels/tensor_view.h"

namespace kernels {

namespace {

std::string remedy_of(ncclResult_t result) {
  switch (result) {
    case ncclInvalidUsage:
      return "; NCCL wants a GPU of its own for every rank (virtual ranks share one), and the same calls on "
             "all";
    case ncclSystemError:
      return "; NCCL_DEBUG=INFO shows the call, NCCL_SOCKET_IFNAME chooses the network interface";
    case ncclUnhandledCudaError: return "; NCCL_DEBUG=INFO shows the CUDA error";
    case ncclRemoteError: return "; another rank has failed or lost its connection, look at its message";
    default: return "; NCCL_DEBUG=INFO says more";
  }
}

std::string exchange_name(const Exchange& exchange) {
  return "exchange (to rank " + std::to_string(exchange.to) + ", from rank " + std::to_string(exchange.from) +
         ")";
}

}  // namespace

void SharedFailure::set(int rank, const std::string& cause) {
  const std::lock_guard lock(mutex_);
  if (!what_) what_ = What{rank, cause};
}
std::optional<SharedFailure::What> SharedFailure::what() const {
  const std::lock_guard lock(mutex_);
  return what_;
}

// An exchange whose transfers are queued.
class NcclExchange : public PendingExchange {
 public:
  NcclExchange(NcclCommunicator& communicator, NcclCommunicator::Operation operation)
      : communicator_(communicator), operation_(std::move(operation)) {}
  ~NcclExchange() override {
    if (!finished_) communicator_.abort("an exchange was left unfinished");
  }

  void finish() override {
    if (finished_) throw ArgumentError("finish: this exchange was finished before; start a new one");
    finished_ = true;
    communicator_.wait_until_done(operation_);
  }

 private:
  NcclCommunicator& communicator_;
  NcclCommunicator::Operation operation_;
  bool finished_ = false;
};

NcclCommunicator::NcclCommunicator(NcclFunctions nccl, NcclQueue& queue, SharedFailure& failure,
                                   const NcclPlace& place, const NcclOptions& options)
    : nccl_(std::move(nccl)), queue_(queue), failure_(failure), place_(place), deadline_(options.deadline) {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  if (options.most_blocks > 0) {
    config.minCTAs = 1;
    config.maxCTAs = options.most_blocks;
  }
  ncclUniqueId id;
  static_assert(sizeof(id.internal) == sizeof(NcclId));
  std::memcpy(id.internal, place_.id.data(), sizeof(id.internal));
  const Operation connect = collective("connect");
  check(connect, nccl_.init_rank_config(&communicator_, place_.size, id, place_.rank, &config));
  poll(connect, [] { return true; });
}

NcclCommunicator::~NcclCommunicator() {
  if (communicator_ == nullptr) return;
  try {
    const Operation leave = collective("leave");
    check(leave, nccl_.finalize(communicator_));
    poll(leave, [] { return true; });
    static_cast<void>(nccl_.destroy(std::exchange(communicator_, nullptr)));
  } catch (const CommunicatorError&) {
    // fail() has aborted it, which frees it as well.
  }
}

std::unique_ptr<PendingExchange> NcclCommunicator::start_exchange(const Exchange& exchange) {
  const Operation operation = {exchange_name(exchange), exchange.from};
  throw_if_failed(operation);
  for (const int peer : {exchange.to, exchange.from})
    if (peer < 0 || peer >= size())
      fail(operation, rank(),
           "rank " + std::to_string(rank()) + " names rank " + std::to_string(peer) +
               ", which does not exist; ranks are 0 to " + std::to_string(size() - 1));
  queue_.follow_work();
  check(operation, nccl_.group_start());
  check(operation, nccl_.send(exchange.send.data(), exchange.send.size(), ncclChar, exchange.to,
                              communicator_, queue_.stream()));
  check(operation, nccl_.receive(exchange.receive.data(), exchange.receive.size(), ncclChar, exchange.from,
                                 communicator_, queue_.stream()));
  check(operation, nccl_.group_end());
  poll(operation, [] { return true; });
  return std::make_unique<NcclExchange>(*this, operation);
}

void NcclCommunicator::all_gather(std::span<const std::byte> send, std::span<std::byte> receive) {
  const Operation operation = collective("all_gather");
  throw_if_failed(operation);
  check_sizes(operation, receive.size(), send.size());
  queue_.follow_work();
  check(operation,
        nccl_.all_gather(send.data(), receive.data(), send.size(), ncclChar, communicator_, queue_.stream()));
  wait_until_done(operation);
}

void NcclCommunicator::all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) {
  const Operation operation = collective("all_to_all");
  throw_if_failed(operation);
  const std::size_t part = send.size() / static_cast<std::size_t>(size());
  check_sizes(operation, send.size(), part);
  check_sizes(operation, receive.size(), part);
  queue_.follow_work();
  send_parts(operation, send.data(), receive.data(), part);
  wait_until_done(operation);
}

void NcclCommunicator::reduce_scatter(std::span<const float> send, std::span<float> receive) {
  sum_parts(std::as_bytes(send), std::as_writable_bytes(receive), Element::fp32);
}
void NcclCommunicator::reduce_scatter(std::span<const Bf16> send, std::span<Bf16> receive) {
  sum_parts(std::as_bytes(send), std::as_writable_bytes(receive), Element::bf16);
}

// Not ncclReduceScatter: its order of summing is its own, and bf16 would be rounded at every rank.
void NcclCommunicator::sum_parts(std::span<const std::byte> send, std::span<std::byte> receive,
                                 Element element) {
  const Operation operation = collective("reduce_scatter");
  throw_if_failed(operation);
  check_sizes(operation, send.size(), receive.size());
  queue_.follow_work();
  std::byte* gathered = queue_.scratch(send.size());
  send_parts(operation, send.data(), gathered, receive.size());
  queue_.sum(gathered, size(), element, receive.size() / static_cast<std::size_t>(bytes_of(element)),
             receive.data());
  wait_until_done(operation);
}

void NcclCommunicator::barrier() {
  const Operation operation = collective("barrier");
  throw_if_failed(operation);
  queue_.follow_work();
  std::byte* scratch = queue_.scratch(static_cast<std::size_t>(size()) + 1);
  check(operation, nccl_.all_gather(scratch, scratch + 1, 1, ncclChar, communicator_, queue_.stream()));
  wait_until_done(operation);
}

void NcclCommunicator::abort(const std::string& reason) {
  failure_.set(rank(), "rank " + std::to_string(rank()) + " aborted: " + reason);
  drop();
}

void NcclCommunicator::send_parts(const Operation& operation, const std::byte* send, std::byte* receive,
                                  std::size_t part) {
  check(operation, nccl_.group_start());
  for (int peer = 0; peer < size(); ++peer) {
    const std::size_t at = static_cast<std::size_t>(peer) * part;
    check(operation, nccl_.send(send + at, part, ncclChar, peer, communicator_, queue_.stream()));
    check(operation, nccl_.receive(receive + at, part, ncclChar, peer, communicator_, queue_.stream()));
  }
  check(operation, nccl_.group_end());
  poll(operation, [] { return true; });
}

void NcclCommunicator::wait_until_done(const Operation& operation) {
  poll(operation, [&] { return queue_.is_done(); });
}

void NcclCommunicator::poll(const Operation& operation, const std::function<bool()>& done) {
  constexpr std::chrono::hours longest(24 * 365);  // so that the sum below cannot overflow
  const auto end = std::chrono::steady_clock::now() + std::min<std::chrono::milliseconds>(deadline_, longest);
  for (;;) {
    throw_if_failed(operation);
    ncclResult_t state = ncclSuccess;
    check(operation, nccl_.get_async_error(communicator_, &state));
    check(operation, state);
    if (state != ncclInProgress && done()) return;
    if (std::chrono::steady_clock::now() > end)
      fail(operation, operation.blame,
           "rank " + std::to_string(rank()) + " waited " + std::to_string(deadline_.count()) + " ms for " +
               (operation.blame == rank() ? std::string("the other ranks")
                                          : "rank " + std::to_string(operation.blame)) +
               "; they may have failed, be late, call something else, or use other sizes: look at their "
               "messages, "
               "or set a longer deadline");
    std::this_thread::yield();
  }
}

void NcclCommunicator::check(const Operation& operation, ncclResult_t result) {
  if (result == ncclSuccess || result == ncclInProgress) return;
  std::string why = nccl_.get_error_string(result);
  if (const char* more = nccl_.get_last_error(communicator_); more != nullptr && *more != '\0')
    why += std::string(" (") + more + ")";
  fail(operation, rank(), "NCCL reports on rank " + std::to_string(rank()) + ": " + why + remedy_of(result));
}

void NcclCommunicator::throw_if_failed(const Operation& operation) {
  const std::optional<SharedFailure::What> failed = failure_.what();
  if (!failed) return;
  drop();
  throw CommunicatorError(rank(), operation.name, failed->cause, failed->rank);
}

void NcclCommunicator::fail(const Operation& operation, int cause_rank, const std::string& cause) {
  failure_.set(cause_rank, cause);
  throw_if_failed(operation);
  throw CommunicatorError(rank(), operation.name, cause, cause_rank);
}

// Stops what is under way on the GPU and frees the communicator.
void NcclCommunicator::drop() {
  if (communicator_ != nullptr) static_cast<void>(nccl_.abort(std::exchange(communicator_, nullptr)));
}

void NcclCommunicator::check_sizes(const Operation& operation, std::size_t whole, std::size_t part) {
  if (whole != part * static_cast<std::size_t>(size()))
    fail(operation, rank(),
         "rank " + std::to_string(rank()) + " gives a buffer of " + std::to_string(whole) + " bytes for " +
             std::to_string(size()) + " parts of " + std::to_string(part) +
             "; the larger buffer must hold one equal part per rank");
}

}  // namespace kernels
