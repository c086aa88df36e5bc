// The argument grammar that several commands share.  What the arguments say is in request.h.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/request.h"

namespace cli {

// A command as app.cpp sees it: its part of the argument grammar, and what to do once that is filled in.
struct Command {
  CLI::App* app = nullptr;
  std::function<Output()> run;
};

enum class HasCsv { no, yes };

CLI::App* add_command(CLI::App& root, const std::string& name, const std::string& summary,
                      const std::string& example);
void add_scenario_options(CLI::App& command, ScenarioOptions& options);
void add_report_options(CLI::App& command, ReportOptions& options, HasCsv csv);

// For options whose value must not be empty: "--plan: the name is empty; expected ...".
CLI::Validator not_empty(const std::string& expected);

// The names and meanings of plan aliases, for the help of commands that take plans.
std::string plan_help();

// "burst,ring" -> {"burst", "ring"}.  Throws Error naming the flag when a name is empty.
std::vector<std::string> split_list(const std::string& text, const std::string& flag,
                                    const std::string& example);

}  // namespace cli
