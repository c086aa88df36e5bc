#include "simulator/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <stdexcept>

#include "costmodel/base/error.h"
#include "simulator/child_pool.h"

namespace simulator {

namespace {

using Clock = std::chrono::steady_clock;

// A message: its kind, its length, its bytes.
enum class Message : char { progress = 'P', answer = 'A', refusal = 'R', failure = 'F' };
constexpr std::size_t head_size = 1 + sizeof(std::uint64_t);

void write_all(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ::_exit(3);  // the parent has gone
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

void send(int descriptor, Message kind, const std::string& text) {
  std::string head(head_size, static_cast<char>(kind));
  const std::uint64_t size = text.size();
  std::memcpy(head.data() + 1, &size, sizeof size);
  write_all(descriptor, head.data(), head.size());
  write_all(descriptor, text.data(), text.size());
}

// Tells the parent at most every 20 ms.
class PipeProgress final : public ProgressSink {
 public:
  explicit PipeProgress(int descriptor) : descriptor_(descriptor) {}
  void done(double share) override {
    const Clock::time_point now = Clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(20);
    std::string bytes(sizeof share, '\0');
    std::memcpy(bytes.data(), &share, sizeof share);
    send(descriptor_, Message::progress, bytes);
  }

 private:
  int descriptor_;
  Clock::time_point next_;
};

[[noreturn]] void run_child(const ChildWork& work, int answers, int parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(3);
  ::signal(SIGINT, SIG_IGN);   // the parent decides what an interruption means
  ::signal(SIGTERM, SIG_DFL);  // for this process alone
  ::signal(SIGPIPE, SIG_IGN);
  try {
    PipeProgress progress(answers);
    send(answers, Message::answer, work(progress));
  } catch (const costmodel::Error& error) {
    send(answers, Message::refusal, error.message());
  } catch (const std::bad_alloc&) {
    send(answers, Message::failure, "not enough memory for this");
  } catch (const std::logic_error& error) {
    send(answers, Message::failure, std::string("a mistake in ringside itself: ") + error.what());
  } catch (const std::exception& error) {
    send(answers, Message::failure, error.what());
  }
  // Not exit(): nothing of the parent's must be flushed or destroyed twice.
  ::_exit(0);
}

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
    read_end = ends[0], write_end = ends[1];
  }
};

// Appends what can be read; false at the end of the stream.
bool drain(int descriptor, std::string& into) {
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0)
      into.append(buffer.data(), static_cast<std::size_t>(count));
    else if (count == 0)
      return false;
    else if (errno != EINTR)
      return errno == EAGAIN;
  }
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\n ");
  if (end == std::string::npos) return "";
  const std::size_t before = text.rfind('\n', end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end + 1 - begin);
}

}  // namespace

ChildProcess::ChildProcess(const ChildWork& work) : heard_(Clock::now()) {
  const Pipe answers, errors;
  const int parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error(std::string("cannot start a process: ") + std::strerror(errno));
  if (pid_ == 0) {
    ::dup2(errors.write_end, STDERR_FILENO);
    run_child(work, answers.write_end, parent);
  }
  ::close(answers.write_end);
  ::close(errors.write_end);
  answers_ = answers.read_end;
  errors_ = errors.read_end;
  for (const int descriptor : {answers_, errors_}) ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  outcome_.state = ChildState::running;
}

ChildProcess::~ChildProcess() { stop(); }

std::vector<int> ChildProcess::descriptors() const {
  std::vector<int> open;
  for (const int descriptor : {answers_, errors_})
    if (descriptor >= 0) open.push_back(descriptor);
  return open;
}

void ChildProcess::read() {
  if (ended()) return;
  if (errors_ >= 0 && !drain(errors_, last_words_)) {
    ::close(errors_);
    errors_ = -1;
  }
  constexpr std::size_t kept = 8192;
  if (last_words_.size() > kept) last_words_.erase(0, last_words_.size() - kept);
  if (answers_ < 0) return;
  const bool open = drain(answers_, received_);
  take_messages();
  if (!open && !ended()) reap();
}

void ChildProcess::take_messages() {
  std::size_t at = 0;
  while (received_.size() - at >= head_size) {
    std::uint64_t size = 0;
    std::memcpy(&size, received_.data() + at + 1, sizeof size);
    if (received_.size() - at - head_size < size) break;
    const std::string text = received_.substr(at + head_size, size);
    const Message kind = static_cast<Message>(received_[at]);
    at += head_size + size;
    heard_ = Clock::now();
    if (kind == Message::progress) {
      std::memcpy(&progress_, text.data(), std::min(sizeof progress_, text.size()));
      continue;
    }
    outcome_.text = text;
    outcome_.state = kind == Message::answer    ? ChildState::answered
                     : kind == Message::refusal ? ChildState::refused
                                                : ChildState::failed;
    progress_ = 1;
    reap();
    return;
  }
  received_.erase(0, at);
}

// It has said all that it will say.
void ChildProcess::reap() {
  int status = 0;
  if (outcome_.state != ChildState::running) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  for (int* descriptor : {&answers_, &errors_}) {
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = -1;
  }
  received_.clear();
  if (outcome_.state != ChildState::running) return;
  outcome_.state = ChildState::failed;
  const std::string words = last_line(last_words_);
  outcome_.text = WIFSIGNALED(status)
                      ? fmt::format("the simulation's process was ended by signal {} ({})", WTERMSIG(status),
                                    ::strsignal(WTERMSIG(status)))
                      : fmt::format("the simulation's process ended without an answer, exit status {}",
                                    WEXITSTATUS(status));
  if (!words.empty()) outcome_.text += "; its last words: " + words;
}

void ChildProcess::stop() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  outcome_.state = ChildState::stopped;
  reap();
}

void ChildProcess::fail(const std::string& reason) {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  outcome_ = {ChildState::failed, reason};
  reap();
}

bool is_failure(const ChildOutcome& outcome) {
  return outcome.state == ChildState::refused || outcome.state == ChildState::failed;
}

std::vector<ChildOutcome> run_children(const std::vector<ChildWork>& work, const ChildrenOptions& options) {
  std::vector<ChildOutcome> outcomes(work.size());
  ChildPool pool(options.silence);
  const auto keep = [&](std::vector<EndedChild>&& children) {
    for (EndedChild& child : children) outcomes[child.number] = std::move(child.outcome);
    return children.size();
  };
  std::size_t next = 0, ended = 0;
  while (ended < work.size()) {
    while (next < work.size() && pool.running() < static_cast<std::size_t>(std::max(1, options.at_once))) {
      pool.start(next, work[next]);
      ++next;
    }
    ended += keep(pool.wait(std::chrono::milliseconds(50)));
    const bool in_vain =
        options.failure == OnFailure::stop && std::any_of(outcomes.begin(), outcomes.end(), is_failure);
    if (in_vain || (options.cancelled && options.cancelled())) {
      keep(pool.stop());
      return outcomes;
    }
    if (options.progress)
      options.progress((static_cast<double>(ended) + pool.progress()) / static_cast<double>(work.size()));
  }
  return outcomes;
}

}  // namespace simulator
