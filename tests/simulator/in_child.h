// Runs a piece of a test in a forked child and brings its numbers back: SimGrid has one engine per process
// and its clock does not start again.
//
// What goes wrong in the child - an exception, an abort, a signal, no end within the limit - fails the test
// with the text that the child left on its standard error.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace tests {

// What the child does: runs the body, writes its numbers, never comes back.
[[noreturn]] inline void be_the_child(const std::function<std::vector<double>()>& body, int to, int errors,
                                      unsigned limit) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGALRM})
    ::signal(signal, SIG_DFL);
  ::alarm(limit);
  ::dup2(errors, STDERR_FILENO);
  int status = 0;
  try {
    const std::vector<double> numbers = body();
    const char* bytes = reinterpret_cast<const char*>(numbers.data());
    std::size_t left = numbers.size() * sizeof(double);
    while (left > 0) {
      const ssize_t wrote = ::write(to, bytes, left);
      if (wrote <= 0) ::_exit(1);
      bytes += wrote, left -= static_cast<std::size_t>(wrote);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    status = 1;
  }
  std::fflush(stderr);
  ::_exit(status);
}

inline std::string rest_of(std::FILE* file) {
  std::rewind(file);
  std::string text(2000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

// How the child ended, when it did not end well.
struct ChildResult {
  std::vector<double> numbers;
  std::string failure;
};

inline ChildResult try_in_child(const std::function<std::vector<double>()>& body, unsigned limit = 120) {
  std::array<int, 2> ends{};
  std::FILE* errors = std::tmpfile();
  if (errors == nullptr || ::pipe(ends.data()) != 0) return {{}, "no pipe or file for the child"};
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(body, ends[1], ::fileno(errors), limit);
  }
  ::close(ends[1]);
  ChildResult result;
  std::string bytes;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    result.failure = WTERMSIG(status) == SIGALRM
                         ? "the child did not end within its limit"
                         : "the child was ended by signal " + std::to_string(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    result.failure = "the child failed";
  if (!result.failure.empty()) result.failure += ": " + rest_of(errors);
  std::fclose(errors);
  result.numbers.resize(bytes.size() / sizeof(double));
  std::copy_n(bytes.data(), result.numbers.size() * sizeof(double),
              reinterpret_cast<char*>(result.numbers.data()));
  return result;
}

inline std::vector<double> in_child(const std::function<std::vector<double>()>& body, unsigned limit = 120) {
  ChildResult result = try_in_child(body, limit);
  if (!result.failure.empty()) FAIL(result.failure);
  return std::move(result.numbers);
}

}  // namespace tests
