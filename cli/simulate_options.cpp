#include "cli/simulate_options.h"

#include <charconv>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/unit_text.h"
#include "simulator/what_if_text.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;

namespace {

template <class Read>
auto read(const char* flag, const Read& reader) {
  try {
    return reader();
  } catch (const Error& error) {
    throw error.at(InputLocation{"", 0, 0, flag});
  }
}

std::uint64_t seed_of(const std::string& text) {
  std::uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, seed);
  if (problem != std::errc() || stop != end)
    throw Error("cannot read " + costmodel::in_quotes(text) + "; expected a whole number from 0 to 2^64 - 1");
  return seed;
}

std::optional<simulator::EngineKind> engine_named(const std::string& name) {
  if (name.empty() || name == "auto") return std::nullopt;
  if (name == "recurrence") return simulator::EngineKind::recurrence;
  if (name == "simgrid") return simulator::EngineKind::simgrid;
  throw Error("cannot read " + costmodel::in_quotes(name) + "; expected auto, recurrence or simgrid");
}

}  // namespace

void add_what_if_options(CLI::App& command, WhatIfOptions& options) {
  const auto repeated = [&](const char* flag, std::vector<std::string>& into, const char* help,
                            const char* type) {
    command.add_option(flag, into, help)
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->group("What if");
  };
  const auto once = [&](const char* flag, auto& into, const char* help, const char* type) {
    command.add_option(flag, into, help)->type_name(type)->group("What if");
  };
  repeated("--straggler", options.stragglers,
           "a slow GPU: rank=3,slowdown=1.3 or rank=8..15,slowdown=1.1; repeatable", "RANK,BY");
  repeated("--degrade", options.degraded,
           "a slow link: link=node1.nic2,factor=0.5; * stands for anything; repeatable", "LINK,TO");
  repeated("--fail", options.failed, "a link that carries nothing: link=node1.nic2; repeatable", "LINK");
  once("--jitter", options.jitter, "every kernel varies by this much: 0.1 or 10%", "SHARE");
  once("--start-spread", options.start_spread, "ranks begin at random within this: \"100 us\"", "TIME");
  once("--seed", options.seed, "of everything random; 1 unless given", "N");
  once("--spine", options.spine, "even: flows use all uplinks of a leaf; hashed: each flow keeps one (ECMP)",
       "HOW");
  once("--all-to-all", options.all_to_all, "aggregate, or rounds:8 (messages one by one, 8 in flight)",
       "HOW");
  command.add_option("--engine", options.engine, "auto, recurrence or simgrid, for all phases")
      ->type_name("ENGINE");
  command.add_flag("--no-fold", options.no_fold, "simulate every rank even where the cluster repeats itself");
}

simulator::SimulationOptions simulation_options(const WhatIfOptions& options) {
  simulator::SimulationOptions result;
  simulator::WhatIf& what_if = result.what_if;
  for (const std::string& text : options.stragglers)
    for (const simulator::Straggler& s :
         read("--straggler", [&] { return simulator::parse_straggler(text); }))
      what_if.stragglers.push_back(s);
  for (const std::string& text : options.degraded)
    what_if.degraded.push_back(read("--degrade", [&] { return simulator::parse_degraded(text); }));
  for (const std::string& text : options.failed)
    what_if.failed.push_back(read("--fail", [&] { return simulator::parse_failed(text); }));
  if (!options.jitter.empty())
    what_if.jitter = read("--jitter", [&] { return simulator::parse_jitter(options.jitter); });
  if (!options.start_spread.empty())
    what_if.start_spread =
        read("--start-spread", [&] { return costmodel::parse_seconds(options.start_spread); });
  if (!options.spine.empty())
    what_if.spine = read("--spine", [&] { return simulator::parse_spine(options.spine); });
  if (!options.all_to_all.empty())
    read("--all-to-all", [&] { return simulator::parse_all_to_all(options.all_to_all, what_if), 0; });
  if (!options.seed.empty()) what_if.seed = read("--seed", [&] { return seed_of(options.seed); });
  result.engine = read("--engine", [&] { return engine_named(options.engine); });
  result.may_fold = !options.no_fold;
  return result;
}

}  // namespace cli
