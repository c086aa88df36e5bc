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
std::atomic<bool> continued{false};
void note_continued(int) { continued = true; }
}  // namespace

Cancellation::Cancellation() {
  signalled = CancelSignal::none;
  interrupt_before_ = std::signal(SIGINT, note);
  end_before_ = std::signal(SIGTERM, note);
  continued = false;
  continue_before_ = std::signal(SIGCONT, note_continued);
}

Cancellation::~Cancellation() {
  std::signal(SIGINT, interrupt_before_);
  std::signal(SIGTERM, end_before_);
  std::signal(SIGCONT, continue_before_);
}

CancelSignal Cancellation::signal() const { return signalled; }

bool Cancellation::was_continued() const { return continued.exchange(false); }

bool Cancellation::reader_gone() const {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

}  // namespace cli
