#include "validation/gzip_text.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "costmodel/base/error.h"
#include "costmodel/base/text_file.h"

namespace validation {

namespace {

constexpr std::string_view magic = "\x1f\x8b";
constexpr int gzip_with_largest_window = 16 + MAX_WBITS;
constexpr std::size_t piece = std::size_t{1} << 20;

// zlib's state of one file, released whatever happens.
class Inflater {
 public:
  explicit Inflater(std::string_view packed) {
    // zlib takes a pointer to what it does not change.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    good_ = inflateInit2(&stream_, gzip_with_largest_window) == Z_OK;
  }
  ~Inflater() {
    if (good_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool good() const { return good_; }
  std::string_view rest() const { return {reinterpret_cast<const char*>(stream_.next_in), stream_.avail_in}; }
  // Appends at most one piece.
  int more(std::string& text) {
    const std::size_t before = text.size();
    text.resize(before + piece);
    stream_.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream_.avail_out = static_cast<uInt>(piece);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    text.resize(before + piece - stream_.avail_out);
    return result;
  }
  void next_member() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
  bool good_ = false;
};

[[noreturn]] void fail(const std::string& file, const std::string& problem, std::string_view what) {
  throw costmodel::Error(problem + "; expected " + std::string(what) + ", as it is or packed with gzip",
                         costmodel::InputLocation{file, 0, 0, ""});
}

std::size_t limit_of(int longest_mib) { return static_cast<std::size_t>(longest_mib) << 20; }

}  // namespace

bool is_gzip(std::string_view first_bytes) { return first_bytes.starts_with(magic); }

std::string gunzip(std::string_view packed, const std::string& file, std::string_view what, int longest_mib) {
  if (packed.size() > std::min<std::size_t>(limit_of(longest_mib), std::numeric_limits<uInt>::max()))
    fail(file, "the file is longer than " + std::to_string(longest_mib) + " MiB", what);
  Inflater inflater(packed);
  if (!inflater.good()) fail(file, "there is no memory to unpack it", what);
  std::string text;
  while (true) {
    const std::size_t before = text.size();
    const int result = inflater.more(text);
    if (text.size() > limit_of(longest_mib))
      fail(file, "it unpacks to more than " + std::to_string(longest_mib) + " MiB", what);
    if (result == Z_STREAM_END) {
      // Tapes and some programs pad with zeros.
      if (inflater.rest().find_first_not_of('\0') == std::string_view::npos) break;
      if (!is_gzip(inflater.rest())) fail(file, "something that is not gzip follows its packed text", what);
      inflater.next_member();
      continue;
    }
    if (result == Z_BUF_ERROR || (result == Z_OK && text.size() == before && inflater.rest().empty()))
      fail(file, "the packed text is cut off; copy or record the file again", what);
    if (result != Z_OK) fail(file, "the packed text is damaged; copy or record the file again", what);
  }
  costmodel::check_text(text, file, what, longest_mib);
  return text;
}

std::string read_text_or_gzip(const std::string& path, std::string_view what, int longest_mib) {
  std::error_code status;
  std::string packed;
  // What is no regular file is read_text_file's to refuse: a pipe could block here.
  if (std::filesystem::is_regular_file(path, status)) {
    std::ifstream stream(path, std::ios::binary);
    packed.resize(magic.size());
    stream.read(packed.data(), static_cast<std::streamsize>(packed.size()));
    if (stream && is_gzip(packed)) {
      const std::uintmax_t size = std::filesystem::file_size(path, status);
      if (status || size > limit_of(longest_mib))
        fail(path, "the file is longer than " + std::to_string(longest_mib) + " MiB", what);
      packed.resize(static_cast<std::size_t>(size));
      stream.read(packed.data() + magic.size(), static_cast<std::streamsize>(packed.size() - magic.size()));
      packed.resize(magic.size() + static_cast<std::size_t>(stream.gcount()));
      return gunzip(packed, path, what, longest_mib);
    }
  }
  return costmodel::read_text_file(path, what, longest_mib);
}

}  // namespace validation
