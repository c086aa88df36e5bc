// The command line: picks the command, runs it, turns errors into messages and exit codes.
// Exit 0 = answered, 1 = the answer is "no", 2 = bad input, 3 = something below us failed.
#pragma once

namespace cli {

int run(int argc, char** argv);

}  // namespace cli
