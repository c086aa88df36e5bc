// `ringside import`: nccl-tests logs and NCCL topology dumps as lines for the [cluster] section of a
// scenario; profiles (import_trace.h) laid over a prediction.
#include <memory>

#include "cli/commands.h"
#include "cli/import_json.h"
#include "cli/import_trace.h"
#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"

namespace cli {

using costmodel::Error;
using costmodel::in_quotes;

namespace {

struct NcclTestsOptions {
  std::string file;
  std::string test;
  int ranks = 0, nodes = 0, nics = 0;
  bool json = false;
};

struct TopologyOptions {
  std::string file;
  std::string device;
  bool json = false;
};

Output run_nccl_tests(const NcclTestsOptions& options) {
  costmodel::NcclTestsHints hints;
  hints.ranks = options.ranks;
  hints.nodes = options.nodes;
  if (!options.test.empty()) {
    hints.test = costmodel::nccl_test_named(options.test);
    if (!hints.test)
      throw Error("cannot read " + in_quotes(options.test) +
                      ": expected all_reduce, all_gather, reduce_scatter, alltoall or sendrecv",
                  costmodel::InputLocation{"", 0, 0, "--test"});
  }
  const costmodel::NcclTestsLog log = costmodel::read_nccl_tests_log(options.file, hints);
  const costmodel::LinkFit fit = costmodel::fit_link(log, {options.nics});
  return {options.json ? nccl_tests_json_text(log, fit) : costmodel::link_fit_toml(log, fit), "",
          ExitCode::answered};
}

Output run_topology(const TopologyOptions& options) {
  const costmodel::NcclTopology topology = costmodel::read_nccl_topology_xml(options.file);
  const costmodel::TopologyNode node = costmodel::node_from_topology(topology, options.device);
  return {options.json ? topology_json_text(topology, node) : costmodel::topology_toml(topology, node), "",
          ExitCode::answered};
}

CLI::App* nccl_tests_parser(CLI::App& parent, NcclTestsOptions& options) {
  CLI::App* app = add_command(parent, "nccl-tests", "link bandwidth and latency from a log of nccl-tests",
                              "ringside import nccl-tests examples/import/all-gather-8xh100.log");
  app->add_option("log", options.file, "what all_gather_perf, sendrecv_perf, ... printed")
      ->required()
      ->type_name("FILE");
  app->add_option("--test", options.test, "which test ran, when the log does not say")->type_name("TEST");
  const auto count = [&](const char* flag, int& value, const char* meaning) {
    app->add_option(flag, value, meaning)->type_name("N")->check(CLI::Range(1, 1048576));
  };
  count("--ranks", options.ranks, "GPUs that took part, when the log does not say");
  count("--nodes", options.nodes, "nodes that took part, when the log does not say");
  count("--nics-per-node", options.nics, "network cards of a node; as many as GPUs unless given");
  app->add_flag("--json", options.json, "one JSON object, in base units");
  return app;
}

CLI::App* topology_parser(CLI::App& parent, TopologyOptions& options) {
  CLI::App* app = add_command(parent, "topology", "a node from NCCL's topology dump (NCCL_TOPO_DUMP_FILE)",
                              "ringside import topology examples/import/node-8xh100.xml");
  app->add_option("dump", options.file, "the XML file that NCCL wrote")->required()->type_name("FILE");
  app->add_option("--device", options.device, "device preset, when the guess is wrong: h100-sxm")
      ->type_name("NAME");
  app->add_flag("--json", options.json, "one JSON object, in base units");
  return app;
}

}  // namespace

Command import_command(CLI::App& root) {
  auto log = std::make_shared<NcclTestsOptions>();
  auto dump = std::make_shared<TopologyOptions>();
  CLI::App* app = add_command(
      root, "import", "measurements of a machine: links and topology for a scenario, profiles of a run",
      "ringside import nccl-tests examples/import/all-gather-8xh100.log");
  std::vector<Command> kinds;
  kinds.push_back({nccl_tests_parser(*app, *log), [log] { return run_nccl_tests(*log); }});
  kinds.push_back({topology_parser(*app, *dump), [dump] { return run_topology(*dump); }});
  for (Command& command : import_trace_commands(*app)) kinds.push_back(std::move(command));
  app->require_subcommand(1);
  return {app, [kinds] {
            for (const Command& kind : kinds)
              if (kind.app->parsed()) return kind.run();
            throw std::logic_error("no kind of import was parsed");
          }};
}

}  // namespace cli
