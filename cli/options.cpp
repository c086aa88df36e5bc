#include "cli/options.h"

#include <algorithm>
#include <array>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/spec/scenario_override.h"

namespace cli {

namespace {

struct OverrideHelp {
  std::string_view key;
  const char* type;
  const char* meaning;
};

constexpr std::array override_help{
    OverrideHelp{"sequence", "TOKENS", "tokens of one sequence: 128K (131,072), 1M"},
    OverrideHelp{"batch", "N", "sequences per context-parallel group"},
    OverrideHelp{"accumulation", "N", "training step: micro-batches that the batch is split into"},
    OverrideHelp{"cached", "TOKENS", "prefill: tokens before these that are in the cache"},
    OverrideHelp{"logits", "WHICH", "prefill: of the last token, or all"},
    OverrideHelp{"mask", "MASK", "causal, full, sliding:4096 or documents:4K+60K"},
    OverrideHelp{"dtype", "DTYPE", "bf16, fp16 or fp32"},
    OverrideHelp{"fp8", "WHICH", "products in fp8: none, feed_forward or linear (all linear layers)"},
    OverrideHelp{"phase", "PHASE", "forward, backward, forward_backward, training_step or prefill"},
    OverrideHelp{"nodes", "N", "number of nodes"},
    OverrideHelp{"gpus", "N", "GPUs used of each node"},
    OverrideHelp{"nic_bandwidth", "RATE", "of one network card: \"400 Gb/s\""},
    OverrideHelp{"link_bandwidth", "RATE", "of one GPU inside its node: \"450 GB/s\""},
    OverrideHelp{"oversubscription", "X", "of the fabric: 1 is non-blocking, 4 is 4:1"},
    OverrideHelp{"memory", "BYTES", "of one GPU: \"80 GB\""},
    OverrideHelp{"memory_reserve", "BYTES", "kept free on every GPU: \"2 GiB\""},
    OverrideHelp{"model", "NAME", "a model preset: llama-7b"},
    OverrideHelp{"cluster", "NAME", "a cluster preset: dgx-h100"},
};

}  // namespace

CLI::App* add_command(CLI::App& root, const std::string& name, const std::string& summary,
                      const std::string& example) {
  CLI::App* command = root.add_subcommand(name, summary);
  command->footer("Example:\n  " + example);
  command->set_help_flag("-h,--help", "print this help and stop");
  return command;
}

void add_scenario_options(CLI::App& command, ScenarioOptions& options) {
  command.add_option("scenario", options.file, "scenario file (TOML); - reads the standard input")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--calibration", options.calibration,
                  "constants that predictions rest on, as ringside calibrate writes them")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as here.toml"));
  for (const std::string& key : costmodel::override_keys()) {
    const auto help = std::find_if(override_help.begin(), override_help.end(),
                                   [&](const OverrideHelp& row) { return row.key == key; });
    const bool known = help != override_help.end();
    command
        .add_option_function<std::string>(
            flag_of(key) + (key == "nic_bandwidth" ? ",--nic" : ""),
            [&options, key](const std::string& value) { options.overrides[key] = value; },
            known ? help->meaning : "as in the scenario file")
        ->type_name(known ? help->type : "VALUE")
        ->group("Instead of what the scenario says");
  }
}

void add_report_options(CLI::App& command, ReportOptions& options, HasCsv csv) {
  CLI::Option* json = command.add_flag("--json", options.json, "one JSON object, in base units");
  if (csv == HasCsv::yes)
    command.add_flag("--csv", options.csv, "the table as comma-separated values, in base units")
        ->excludes(json);
  command.add_flag("--quiet", options.quiet, "the first line alone");
  command.add_flag("--no-color", options.no_color, "no colour on a terminal either; NO_COLOR does the same");
}

CLI::Validator not_empty(const std::string& expected) {
  return CLI::Validator(
      [expected](const std::string& text) {
        return text.empty() ? "the value is empty; expected " + expected : std::string();
      },
      "");
}

std::string plan_help() {
  std::string text = "Plans:\n";
  for (const costmodel::PlanAlias& alias : costmodel::plan_aliases()) {
    std::string name(alias.name);
    name.resize(std::max<std::size_t>(name.size(), 14), ' ');
    text += "  " + name + std::string(alias.meaning) + "\n";
  }
  return text + "  Axes follow with a colon, ring:grad_dtype=fp32, or stand alone, transport=ring:ring=8.\n";
}

std::vector<std::string> split_list(const std::string& text, const std::string& flag,
                                    const std::string& example) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end == begin)
      throw costmodel::Error(
          "an empty name in " + costmodel::in_quotes(text) + "; expected names such as " + example,
          costmodel::InputLocation{"", 0, 0, flag});
    items.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

}  // namespace cli
