// What the user asked for, beside the plans: plain data that options.cpp fills in.
#pragma once

#include <map>
#include <string>

namespace cli {

// The scenario of a command and the overrides on its command line.
struct ScenarioOptions {
  std::string file;                              // "-" is the standard input
  std::map<std::string, std::string> overrides;  // by key of scenario_override.h
  std::string calibration;                       // a file; "": the scenario's, else the built-in ones
};

enum class Colour { off, on };

// How the answer is written.
struct ReportOptions {
  bool json = false;
  bool csv = false;
  bool quiet = false;
  bool no_color = false;

  // On a terminal, unless the user or NO_COLOR says otherwise.
  Colour colour() const;
};

// "nic_bandwidth" as the flag that the user typed: "--nic-bandwidth".
std::string flag_of(const std::string& key);

}  // namespace cli
