#include "costmodel/base/text_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "costmodel/base/error.h"

namespace costmodel {

namespace {

std::size_t bytes_of(int mib) { return static_cast<std::size_t>(mib) << 20; }

[[noreturn]] void fail(const std::string& file, const std::string& problem, std::string_view what,
                       int line = 0) {
  throw Error(problem + "; expected " + std::string(what), InputLocation{file, line, line > 0 ? 1 : 0, ""});
}

}  // namespace

void check_text(std::string_view text, const std::string& file, std::string_view what, int longest_mib) {
  if (text.size() > bytes_of(longest_mib))
    fail(file, "the file is longer than " + std::to_string(longest_mib) + " MiB", what);
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos) return;
  const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
  fail(file, "the file has a zero byte, so it is binary or not UTF-8", what, static_cast<int>(lines) + 1);
}

std::string read_text_file(const std::string& path, std::string_view what, int longest_mib) {
  std::error_code status;
  const auto type = std::filesystem::status(path, status).type();
  if (type == std::filesystem::file_type::not_found) fail(path, "there is no such file", what);
  if (type == std::filesystem::file_type::directory) fail(path, "this is a directory", what);
  // A pipe or a device could block or never end.
  if (type != std::filesystem::file_type::regular) fail(path, "this is not a regular file", what);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail(path, "the file cannot be opened for reading", what);
  // As long as the file says, and one more to see that it ends; without a size in pieces of the usual length.
  const std::uintmax_t size = std::filesystem::file_size(path, status);
  const std::size_t limit = bytes_of(longest_mib) + 1;
  std::string text;
  std::size_t piece = status || size == 0 ? bytes_of(usual_longest_mib) : static_cast<std::size_t>(size) + 1;
  while (stream && text.size() < limit) {
    const std::size_t before = text.size();
    piece = std::min(piece, limit - before);
    text.resize(before + piece);
    stream.read(text.data() + before, static_cast<std::streamsize>(piece));
    if (stream.bad()) fail(path, "the file cannot be read", what);
    text.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  check_text(text, path, what, longest_mib);
  return text;
}

}  // namespace costmodel
