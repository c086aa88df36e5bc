#include "cli/simulation_notes.h"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

namespace cli {

using Json = nlohmann::json;

namespace {

// Messages of children may hold any bytes, which CBOR keeps as they are.
std::string bytes_of(const Json& json) {
  const std::vector<std::uint8_t> bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

WorkerHello this_process(int places) {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return {places, ::getpid(), ::getppid(), name.data()};
}

std::string packed(const WorkerHello& hello) {
  return bytes_of({hello.places, hello.process, hello.parent, hello.machine});
}

WorkerHello unpacked_hello(const std::string& text) {
  const Json json = Json::from_cbor(text);
  return {json.at(0), json.at(1), json.at(2), json.at(3)};
}

std::string packed(const JobText& job) { return bytes_of({job.job, job.text}); }

JobText unpacked_job(const std::string& text) {
  const Json json = Json::from_cbor(text);
  return {json.at(0), json.at(1)};
}

std::string packed(const JobOutcome& outcome) {
  return bytes_of({outcome.job, static_cast<int>(outcome.outcome.state), outcome.outcome.text});
}

JobOutcome unpacked_outcome(const std::string& text) {
  const Json json = Json::from_cbor(text);
  return {json.at(0), {static_cast<simulator::ChildState>(json.at(1).get<int>()), json.at(2)}};
}

}  // namespace cli
