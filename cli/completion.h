// `ringside completion bash`: a completion script made from the argument grammar itself.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace cli {

std::string bash_completion(const CLI::App& root);

}  // namespace cli
