// The program from its arguments to its exit status.
#pragma once

namespace gui {

int run(int argc, char** argv);

}  // namespace gui
