// What a command has to say, as one finished text, and how it reaches stdout, stderr and files.
//
// A command never prints by itself: so nothing is half-written when it fails, and a full disk or a closed
// pipe is noticed in one place.
#pragma once

#include <memory>
#include <string>

namespace cli {

enum class ExitCode {
  answered = 0,
  no = 1,         // the answer is "no": nothing fits
  bad_input = 2,  // the user must change something
  failed = 3,     // something below us failed: a full disk, no memory
  interrupted = 130,
};

struct Output {
  std::string text;     // for stdout
  std::string message;  // for stderr
  ExitCode exit = ExitCode::answered;
  std::shared_ptr<void> until_written = {};  // is released when the streams have their text
};

// Writes both streams and returns the exit code of the process.  A reader that closed the pipe has seen
// enough: that is no failure.
int deliver(const Output& output);

// Replaces the file in one step; a device or a pipe is written directly.  Throws std::runtime_error.
void write_file(const std::string& path, const std::string& text);

}  // namespace cli
