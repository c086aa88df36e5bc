// The texts that ranks send each other: what a worker is, a job, an outcome.
#pragma once

#include <string>

#include "simulator/child_process.h"

namespace cli {

// What a worker says of itself, and an answer, as the text of a note.
struct WorkerHello {
  int places = 1;
  long process = 0, parent = 0;
  std::string machine;
};
WorkerHello this_process(int places);
std::string packed(const WorkerHello& hello);
WorkerHello unpacked_hello(const std::string& text);

struct JobText {
  std::size_t job = 0;
  std::string text;
};
std::string packed(const JobText& job);
JobText unpacked_job(const std::string& text);

struct JobOutcome {
  std::size_t job = 0;
  simulator::ChildOutcome outcome;
};
std::string packed(const JobOutcome& outcome);
JobOutcome unpacked_outcome(const std::string& text);

}  // namespace cli
