// Outputs that are kept: tests/golden/*.txt and the transcripts in README.md.
//
// A golden file is a line "$ ringside ..." and what it prints.  A new one needs only that line; tests/approve
// fills it in, and rewrites all when numbers are meant to change.
#include <cstdlib>
#include <regex>

#include "tests/catch.h"
#include "tests/cli/program.h"

namespace {

bool approving() { return std::getenv("RINGSIDE_APPROVE") != nullptr; }

// Wall times and versions differ from run to run, the last digits from one mathematics library to the
// other.
std::string normalised(const std::string& text) {
  static const std::regex wall_time(R"((Priced [0-9,]+ plans? in )[0-9.]+ [mu]?s)");
  static const std::regex long_number(R"(-?[0-9]+\.[0-9]{8,}(e[-+]?[0-9]+)?)");
  static const std::regex simgrid(R"(SimGrid [0-9]+\.[0-9]+)");
  const std::string timed =
      std::regex_replace(std::regex_replace(text, wall_time, "$1TIME"), simgrid, "SimGrid VERSION");
  std::string result;
  auto position = timed.begin();
  for (std::sregex_iterator it(timed.begin(), timed.end(), long_number), end; it != end; ++it) {
    result.append(position, (*it)[0].first);
    std::ostringstream rounded;
    rounded.precision(8);
    rounded << std::stod(it->str());
    result += rounded.str();
    position = (*it)[0].second;
  }
  result.append(position, timed.end());
  return result;
}

std::string answer(const std::string& command) {
  const cli::Output output = program::run_line(command);
  return output.text + output.message;
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("golden: every kept output is what the program prints") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(RINGSIDE_SOURCE_DIR "/tests/golden")) {
    if (entry.path().extension() != ".txt") continue;
    ++files;
    INFO(entry.path().filename().string() << ": tests/approve rewrites it when the change is meant");
    const std::string kept = program::read(entry.path());
    const std::string line = kept.substr(0, kept.find('\n'));
    const std::string prefix = "$ ringside ";
    REQUIRE(line.starts_with(prefix));
    const std::string now = line + "\n" + answer(line.substr(prefix.size()));
    if (normalised(now) == normalised(kept)) continue;
    if (approving()) {
      write(entry.path(), now);
    } else {
      CHECK(normalised(now) == normalised(kept));
    }
  }
  CHECK(files > 0);
}

TEST_CASE("golden: the transcripts in the README are what the program prints") {
  const std::filesystem::path path = RINGSIDE_SOURCE_DIR "/README.md";
  const std::string readme = program::read(path);
  const std::string fence = "```\n", prompt = "$ ./ringside ";
  std::string rewritten;
  int transcripts = 0;
  std::size_t position = 0;
  for (std::size_t begin = 0; (begin = readme.find(fence + prompt, position)) != std::string::npos;) {
    const std::size_t line = begin + fence.size(), body = readme.find('\n', line) + 1;
    const std::size_t end = readme.find(fence, body);
    REQUIRE(end != std::string::npos);
    const std::string command = readme.substr(line + prompt.size(), body - line - prompt.size() - 1);
    const std::string kept = readme.substr(body, end - body), now = answer(command);
    const bool same = normalised(kept) == normalised(now);
    INFO(command << ": tests/approve rewrites the transcript when the change is meant");
    if (!approving()) CHECK(normalised(kept) == normalised(now));
    rewritten += readme.substr(position, body - position) + (same ? kept : now);
    position = end;
    ++transcripts;
  }
  rewritten += readme.substr(position);
  CHECK(transcripts > 0);
  if (approving() && rewritten != readme) write(path, rewritten);
}
