// The command line: picks the command, runs it, turns errors into messages and exit codes.
//
// `execute` is the whole program without its streams; `run` adds them.  What exit codes mean is in output.h.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"

namespace cli {

// `arguments` without the program's name.  Never throws.
Output execute(const std::vector<std::string>& arguments);

int run(int argc, char** argv);

}  // namespace cli
