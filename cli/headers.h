// The large headers of other projects that almost every file here includes, compiled once (see
// CMakeLists.txt).
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
