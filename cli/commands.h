// The commands, one file each (cmd_<name>.cpp).  Each declares its arguments and returns what runs it.
#pragma once

#include "cli/options.h"

namespace cli {

Command plan_command(CLI::App& root);
Command estimate_command(CLI::App& root);
Command compare_command(CLI::App& root);
Command sweep_command(CLI::App& root);
#if RINGSIDE_SIMULATOR
Command simulate_command(CLI::App& root);
#endif
Command export_command(CLI::App& root);
Command import_command(CLI::App& root);
Command validate_command(CLI::App& root);
Command reproduce_command(CLI::App& root);
Command calibrate_command(CLI::App& root);

}  // namespace cli
