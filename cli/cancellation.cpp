#include "cli/cancellation.h"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

namespace cli {

namespace {
// A signal handler can only set a flag.
std::atomic<CancelSignal> signalled{CancelSignal::none};
void note(int number) { signalled = number == SIGINT ? CancelSignal::interrupt : CancelSignal::end; }
}  // namespace

Cancellation::Cancellation() {
  signalled = CancelSignal::none;
  interrupt_before_ = std::signal(SIGINT, note);
  end_before_ = std::signal(SIGTERM, note);
}

Cancellation::~Cancellation() {
  std::signal(SIGINT, interrupt_before_);
  std::signal(SIGTERM, end_before_);
}

CancelSignal Cancellation::signal() const { return signalled; }

bool Cancellation::reader_gone() const {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

}  // namespace cli
