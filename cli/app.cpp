#include "cli/app.h"

#include <algorithm>
#include <csignal>
#include <memory>
#include <new>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/mpi_grid.h"
#include "cli/plan_json.h"
#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"

namespace cli {

using costmodel::Error;
using costmodel::in_quotes;
using costmodel::InputLocation;

namespace {

using Arguments = std::vector<std::string>;

const char* const short_help =
    "ringside: which attention partition should this cluster run, and why?\n"
    "\n"
    "  ringside plan FILE       search all plans and say which to run\n"
    "  ringside estimate FILE   one plan in detail: time, traffic, memory, formulas\n"
    "  ringside compare FILE    some plans side by side\n"
#if RINGSIDE_SIMULATOR
    "  ringside simulate FILE   a plan on a simulated cluster: shared links, stragglers, noise\n"
#endif
    "  ringside sweep FILE      the winner over a grid of sequences, nodes, bandwidths\n"
    "  ringside export FILE     a plan as launch flags of a framework\n"
    "  ringside import KIND FILE   measurements and topologies of a machine as lines of a scenario\n"
    "  ringside validate FILE   run a plan on CPU ranks: numbers, bytes, time against prediction\n"
    "  ringside reproduce FILE  published measurements, predicted row by row\n"
    "  ringside calibrate       constants of devices and links, fitted to measurements\n"
    "\n"
    "Start with: ringside plan examples/llama-7b-128k-8xa100.toml\n"
    "More: ringside --help, ringside help plan\n";

// The grammar of all commands.
struct Program {
  CLI::App root{"Which attention partition plan should this cluster run, and why?", "ringside"};
  std::vector<Command> commands;
  std::string shell;

  Program() {
    root.set_version_flag("--version", "ringside " RINGSIDE_VERSION, "print the version and stop");
    root.set_help_flag("-h,--help", "print this help and stop");
    root.footer(
        "Exit: 0 answered, 1 the answer is no, 2 bad input, 3 failed.  Help of one command: ringside help "
        "plan");
    root.get_formatter()->column_width(30);
    for (const auto make : {
           plan_command, estimate_command, compare_command,
#if RINGSIDE_SIMULATOR
               simulate_command,
#endif
               sweep_command, export_command, import_command, validate_command, reproduce_command,
               calibrate_command
         })
      commands.push_back(make(root));
    add_help();
    add_completion();
  }

  CLI::App* command(const std::string& name) {
    for (CLI::App* app : root.get_subcommands({}))
      if (app->get_name() == name) return app;
    return nullptr;
  }

  Arguments command_names() {
    Arguments names;
    for (const CLI::App* app : root.get_subcommands({})) names.push_back(app->get_name());
    return names;
  }

  // help, help plan, help import topology
  Output help(const Arguments& arguments) {
    const CLI::App* topic = &root;
    std::string parents;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      const auto subcommands = topic->get_subcommands([](const CLI::App*) { return true; });
      const auto found = std::find_if(subcommands.begin(), subcommands.end(),
                                      [&](const CLI::App* app) { return app->get_name() == arguments[i]; });
      if (found == subcommands.end()) unknown_command(arguments[i]);
      parents += (parents.empty() ? "" : " ") + topic->get_name();
      topic = *found;
    }
    return {topic->help(parents), "", ExitCode::answered};
  }

  [[noreturn]] void unknown_command(const std::string& name) {
    const Arguments names = command_names();
    std::string list;
    for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
    const std::string near = costmodel::nearest_word(name.substr(0, 64), names);
    throw Error("unknown command " + in_quotes(name) +
                (near.empty() ? "" : "; did you mean \"" + near + "\"?") + "; the commands are " + list);
  }

 private:
  // The grammar only lists it: its argument is the name of a command, which the parser would take for a
  // command.
  void add_help() {
    CLI::App* app = add_command(root, "help", "the help of a command", "ringside help plan");
    commands.push_back({app, [this] { return help({}); }});
  }

  void add_completion() {
    CLI::App* app = add_command(root, "completion", "a completion script for a shell",
                                "source <(ringside completion bash)");
    app->add_option("shell", shell, "bash")->type_name("SHELL")->required();
    commands.push_back({app, [this] {
                          if (shell != "bash")
                            throw Error("no completion for " + in_quotes(shell) + "; expected bash");
                          return Output{bash_completion(root), "", ExitCode::answered};
                        }});
  }
};

// The first word of an unknown option: "--sequnce" of "--sequnce=1M".
std::string option_word(const std::string& argument) { return argument.substr(0, argument.find('=')); }

Arguments option_names(const CLI::App& app) {
  Arguments names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// "; for example: ringside plan FILE", from the end of the help.
std::string example_of(const CLI::App& app) {
  const std::string footer = app.get_footer(), head = "Example:\n  ";
  if (!footer.starts_with(head)) return "; ringside --help shows what is expected";
  return "; for example: " + footer.substr(head.size(), footer.find('\n', head.size()) - head.size());
}

// What CLI11 found wrong, in our words where a remedy can be named.
std::string usage_message(const CLI::ParseError& error, const CLI::App& app) {
  const Arguments rest = app.remaining();
  const auto option = std::find_if(rest.begin(), rest.end(), [](const std::string& word) {
    return word.size() > 1 && word.front() == '-';
  });
  if (option != rest.end()) {
    const std::string topic = app.get_parent() == nullptr ? "" : " " + app.get_name();
    const std::string word = option_word(*option);
    const std::string near = costmodel::nearest_word(word.substr(0, 64), option_names(app));
    const std::string shown = word.size() <= 48 ? word : word.substr(0, 48) + "...";
    return "unknown option " + shown +
           (near.empty() ? "; the options are in ringside help" + topic : "; did you mean " + near + "?");
  }
  if (!rest.empty()) {
    std::string kinds;
    for (const CLI::App* kind : app.get_subcommands([](const CLI::App*) { return true; }))
      kinds += (kinds.empty() ? "" : ", ") + kind->get_name();
    return "unexpected argument " + in_quotes(rest.front()) +
           (kinds.empty() ? example_of(app) : "; expected one of " + kinds);
  }
  std::string text = error.what();
  const std::string option_name = text.substr(0, text.find(':'));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return option_name + (text.find("received") != std::string::npos
                              ? " is given more than once; expected it once"
                              : " needs a value" + example_of(app));
  std::replace(text.begin(), text.end(), '\n', ' ');
  // Validators of ours name the remedy themselves.
  return text + (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr ? "" : example_of(app));
}

// The command that the arguments chose, the root when they chose none.
const CLI::App& chosen(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : chosen(*parsed.front());
}

Output parse_and_run(Program& program, const Arguments& arguments) {
  if (arguments.empty()) return {short_help, "", ExitCode::answered};
  const std::string& first = arguments.front();
  if (first.empty() || (first.front() != '-' && program.command(first) == nullptr))
    program.unknown_command(first);
  if (first == "help") return program.help(arguments);
  try {
    program.root.parse(Arguments(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    const CLI::App& app = chosen(program.root);
    return {&app == &program.root ? app.help() : app.help("ringside"), "", ExitCode::answered};
  } catch (const CLI::CallForVersion& version) {
    return {std::string(version.what()) + "\n", "", ExitCode::answered};
  } catch (const CLI::ParseError& error) {
    throw Error(usage_message(error, chosen(program.root)));
  }
  for (const Command& command : program.commands)
    if (command.app->parsed()) return command.run();
  throw Error("a command is missing; ringside --help lists them");
}

bool asks_for_json(const Arguments& arguments) {
  return std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

Output failure(const std::string& prefix, const std::string& what, ExitCode exit, bool json,
               const std::string& message, const InputLocation& where) {
  return {json ? json_text(error_json(message, where)) : "", prefix + what, exit};
}

}  // namespace

Output execute(const Arguments& arguments) {
  // `ringside plan: ` stands before what no file can be blamed for.
  std::string prefix = "ringside: ";
  const bool json = asks_for_json(arguments);
  try {
    Program program;
    if (!arguments.empty() && program.command(arguments.front()) != nullptr)
      prefix = "ringside " + arguments.front() + ": ";
    try {
      return parse_and_run(program, arguments);
    } catch (const Error& error) {
      const InputLocation where = error.where().value_or(InputLocation{});
      return failure(where.file.empty() ? prefix : "", error.what(), ExitCode::bad_input, json,
                     error.message(), where);
    }
  } catch (const std::bad_alloc&) {
    const std::string what = "not enough memory for this";
    return failure(prefix, what, ExitCode::failed, json, what, {});
  } catch (const std::logic_error& error) {
    const std::string what = std::string("a mistake in ringside itself: ") + error.what();
    return failure(prefix, what, ExitCode::failed, json, what, {});
  } catch (const std::exception& error) {
    return failure(prefix, error.what(), ExitCode::failed, json, error.what(), {});
  }
}

int run(int argc, char** argv) {
  // A closed pipe is then an error of write(), which deliver() knows.
  std::signal(SIGPIPE, SIG_IGN);
  const Arguments arguments(argv + std::min(argc, 1), argv + argc);
  Output output = execute(arguments);
  // A sweep under mpirun has one answer, that of rank 0; what is wrong with the command line is said once.
  if (!arguments.empty() && arguments.front() == "sweep" && launched_rank() > 0) {
    output.text.clear();
    if (output.exit == ExitCode::bad_input) output.message.clear();
  }
  return deliver(output);
}

}  // namespace cli
