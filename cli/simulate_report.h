// A finished simulation as text and JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/plan_json.h"
#include "cli/request.h"
#include "costmodel/price/plan_price.h"
#include "simulator/simulation.h"

namespace cli {

// What other simulations of the same plan showed.
struct SimulationContext {
  std::string plan;               // its name
  std::string warning;            // why it could not run for real; "" when it could
  std::string what_if;            // simulator::what_if_text
  std::optional<double> nominal;  // s without the what-ifs
  std::vector<double> runs;       // s of every random run, sorted; empty when there was one
  std::uint64_t first_seed = 1;
};

// The value below which that share of the sorted numbers lies.
double quantile(const std::vector<double>& sorted, double share);

std::string simulation_headline(const simulator::SimulationResult& result, const SimulationContext& context);
// What the what-ifs cost and what random runs showed, as sentences.
std::vector<std::string> simulation_notes(double time, const SimulationContext& context);
// Where the simulation differs from the cost model, and why; sentences.
std::vector<std::string> difference_notes(const simulator::Simulation& simulation,
                                          const simulator::SimulationResult& result,
                                          const std::string& what_if);
// Phases, critical path, ranks, links.
std::string simulation_tables(const simulator::Simulation& simulation,
                              const simulator::SimulationResult& result);
Json simulation_json(const costmodel::Pricer& pricer, const costmodel::PlanPrice& price,
                     const simulator::Simulation& simulation, const simulator::SimulationResult& result,
                     const std::string& what_if);

}  // namespace cli
