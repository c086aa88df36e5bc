#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace cli {

namespace {

// The errno of the failure, 0 when all is written.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string with_newline(const std::string& text) {
  return text.empty() || text.back() == '\n' ? text : text + "\n";
}

[[noreturn]] void fail(const std::string& path) {
  throw std::runtime_error("cannot write " + path + ": " + std::string(std::strerror(errno)));
}

// `shown` is the path that the user knows.
void write_to(const std::string& path, const std::string& shown, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) fail(shown);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed) fail(shown);
}

}  // namespace

int deliver(const Output& output) {
  // Nothing is left to do when stderr is gone too.
  static_cast<void>(write_all(STDERR_FILENO, with_newline(output.message)));
  const int problem = write_all(STDOUT_FILENO, output.text);
  if (problem == 0 || problem == EPIPE) return static_cast<int>(output.exit);
  static_cast<void>(write_all(
      STDERR_FILENO, "ringside: cannot write the answer: " + std::string(std::strerror(problem)) + "\n"));
  return static_cast<int>(ExitCode::failed);
}

void write_file(const std::string& path, const std::string& text) {
  namespace fs = std::filesystem;
  std::error_code status;
  const auto type = fs::status(path, status).type();
  if (type != fs::file_type::regular && type != fs::file_type::not_found) {
    write_to(path, path, text);
    return;
  }
  // A link stays a link: the file behind it is replaced.
  const fs::path target = type == fs::file_type::regular ? fs::canonical(path, status) : fs::path(path);
  const std::string draft = target.string() + ".part" + std::to_string(::getpid());
  try {
    write_to(draft, path, text);
    fs::rename(draft, target);
  } catch (const std::exception& error) {
    fs::remove(draft, status);
    throw std::runtime_error(error.what());
  }
}

}  // namespace cli
