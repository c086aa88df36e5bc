// Packed text: what a profiler packs reads as what it wrote, and what is damaged is said.
#include "validation/gzip_text.h"

#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.h"
#include "tests/validation/refusal_text.h"
#include "validation/nsys_trace.h"
#include "validation/torch_trace.h"

using namespace validation;
using validation_tests::contains;

namespace {

std::string packed(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string result(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  result.resize(result.size() - stream.avail_out);
  deflateEnd(&stream);
  return result;
}

std::string unpacked(const std::string& bytes, int longest_mib = 8) {
  return gunzip(bytes, "t.gz", "a trace", longest_mib);
}
std::string refusal(const std::string& bytes, int longest_mib = 8) {
  return validation_tests::refusal_of([&] { unpacked(bytes, longest_mib); });
}

std::string text_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A file that is gone afterwards.
class Scratch {
 public:
  Scratch(const std::string& name, const std::string& bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("ringside_" + std::to_string(::getpid()) + "_" + name)) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~Scratch() { std::filesystem::remove(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

const std::string samples = std::string(RINGSIDE_SOURCE_DIR) + "/examples/import/";

}  // namespace

TEST_CASE("gzip: what was packed is what comes out, over all sizes of its pieces") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20,
                                 (std::size_t{1} << 20) + 1, (std::size_t{3} << 20) + 17}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>('a' + i % 23);
    CHECK(unpacked(packed(text)) == text);
  }
}

TEST_CASE("gzip: several members follow each other, and zeros at the end are padding") {
  CHECK(unpacked(packed("one ") + packed("two")) == "one two");
  CHECK(unpacked(packed("one") + std::string(512, '\0')) == "one");
}

TEST_CASE("gzip: what is damaged, cut off or too long is refused with the file and the remedy") {
  const std::string good = packed(std::string(5000, 'a') + "and more than that");
  for (std::size_t size = 2; size < good.size(); ++size) {
    const std::string why = refusal(good.substr(0, size));
    INFO(size);
    CHECK(contains(why, "t.gz"));
    CHECK(contains(why, "is cut off; copy or record the file again"));
  }
  std::string damaged = good;
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // of the checksum
  CHECK(contains(refusal(damaged), "is damaged; copy or record the file again"));
  CHECK(contains(refusal(good + "PK"), "something that is not gzip follows"));
  CHECK(contains(refusal(packed(std::string(std::size_t{3} << 20, ' ')), 2), "unpacks to more than 2 MiB"));
  CHECK(contains(refusal(packed(std::string("a\0b", 3))), "zero byte"));
}

TEST_CASE("gzip: a packed profile reads like the one it was made from") {
  const Scratch file("rank1.json.gz", packed(text_of(samples + "torch-rank1.json")));
  const GpuTrace trace = read_torch_trace(file.path());
  const GpuTrace plain = read_torch_trace(samples + "torch-rank1.json");
  CHECK(trace.rank == 1);
  REQUIRE(trace.events.size() == plain.events.size());
  for (std::size_t i = 0; i < trace.events.size(); ++i) CHECK(trace.events[i].start == plain.events[i].start);
  const Scratch table("nsys.csv.gz", packed(text_of(samples + "nsys-gpu-trace.csv")));
  CHECK(read_nsys_trace(table.path()).size() == read_nsys_trace(samples + "nsys-gpu-trace.csv").size());
}

TEST_CASE("gzip: what no file is, is refused as ever") {
  const auto refused = [](const std::string& path) {
    return validation_tests::refusal_of([&] { read_text_or_gzip(path, "a trace", 1); });
  };
  CHECK(contains(refused("no/such/file.json.gz"), "there is no such file"));
  CHECK(contains(refused("/"), "this is a directory"));
  const Scratch short_file("one-byte", "\x1f");
  CHECK(read_text_or_gzip(short_file.path(), "a trace", 1) == "\x1f");
  const Scratch long_file("long.gz", packed("a") + std::string(std::size_t{2} << 20, 'b'));
  CHECK(contains(refused(long_file.path()), "longer than 1 MiB"));
}
