// `ringside simulate`: one plan on a simulated cluster.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

#include "cli/cancellation.h"
#include "cli/commands.h"
#include "cli/plan_choice.h"
#include "cli/progress.h"
#include "cli/report_parts.h"
#include "cli/scenario_input.h"
#include "cli/simulate_options.h"
#include "cli/simulate_report.h"
#include "cli/text_table.h"
#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "simulator/child_process.h"
#include "simulator/simgrid_network.h"
#include "simulator/timeline.h"
#include "simulator/what_if_text.h"

namespace cli {

using costmodel::Error;
using costmodel::InputLocation;

namespace {

struct SimulateOptions {
  ScenarioOptions scenario;
  ReportOptions report;
  WhatIfOptions what_if;
  std::string plan, trace, links, trace_ranks, progress;
  int runs = 1;
  std::optional<int> link_slices;
};

// One simulation is a child that answers with these, packed.
struct ChildAnswer {
  double time = 0;
  std::string no;  // why it could not be simulated: an answer
  std::string headline, tables, trace, links;
  std::vector<std::string> differences;
  Json json;
};

std::string packed(const ChildAnswer& answer) {
  Json json{{"time", answer.time},     {"no", answer.no},       {"headline", answer.headline},
            {"tables", answer.tables}, {"trace", answer.trace}, {"links", answer.links}};
  json["differences"] = answer.differences;
  json["json"] = answer.json;
  const std::vector<std::uint8_t> bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}

ChildAnswer unpacked(const std::string& text) {
  const Json json = Json::from_cbor(text);
  ChildAnswer answer;
  answer.time = json["time"];
  answer.no = json["no"];
  answer.headline = json["headline"];
  answer.tables = json["tables"];
  answer.trace = json["trace"];
  answer.links = json["links"];
  answer.differences = json["differences"];
  answer.json = json["json"];
  return answer;
}

// Everything that the children need; they see it as it was when they were forked.
class Request {
 public:
  Request(const SimulateOptions& options, costmodel::Pricer& pricer, const costmodel::PlanPrice& price)
      : options_(options), pricer_(pricer), price_(price), simulation_(simulation_options(options.what_if)) {
    context_.plan = costmodel::plan_name(price.plan, pricer.scenario());
    if (price.rejected) context_.warning = price.rejected->text;
    context_.what_if = simulator::what_if_text(simulation_.what_if);
    context_.first_seed = simulation_.what_if.seed;
    if (options.runs > 1 && !simulation_.what_if.random())
      throw Error(
          "runs differ only when something is random; expected --jitter, --start-spread or --spine hashed "
          "beside it",
          InputLocation{"", 0, 0, "--runs"});
  }

  // The whole report of the first seed; then, when asked for, times alone: without the what-ifs, and of
  // further seeds.
  std::vector<simulator::ChildWork> work() {
    std::vector<simulator::ChildWork> list;
    list.push_back([this](simulator::ProgressSink& progress) { return packed(full_answer(progress)); });
    if (!simulation_.what_if.nominal()) {
      simulator::SimulationOptions nominal = simulation_;
      nominal.what_if = {};
      nominal.what_if.seed = simulation_.what_if.seed;
      nominal.what_if.spine = simulation_.what_if.spine;
      nominal.what_if.all_to_all = simulation_.what_if.all_to_all;
      nominal.what_if.window = simulation_.what_if.window;
      nominal.engine.reset();
      list.push_back(time_of(nominal));
    }
    for (int run = 1; run < options_.runs; ++run) {
      simulator::SimulationOptions other = simulation_;
      other.what_if.seed += static_cast<std::uint64_t>(run);
      list.push_back(time_of(other));
    }
    return list;
  }

  Output report(const std::vector<ChildAnswer>& answers) {
    const ChildAnswer& main = answers.front();
    Output output;
    if (!main.no.empty()) {
      output.exit = ExitCode::no;
      output.text = options_.report.json ? no_json(main.no) : "Cannot be simulated: " + main.no + ".\n";
      return output;
    }
    std::size_t next = 1;
    if (!simulation_.what_if.nominal()) context_.nominal = answers[next++].time;
    if (options_.runs > 1) {
      context_.runs.push_back(main.time);
      for (; next < answers.size(); ++next) context_.runs.push_back(answers[next].time);
      std::sort(context_.runs.begin(), context_.runs.end());
    }
    if (!options_.trace.empty()) write_file(options_.trace, main.trace);
    if (!options_.links.empty()) write_file(options_.links, main.links);
    output.text = options_.report.json ? json_text(full_json(main)) : full_text(main);
    return output;
  }

 private:
  simulator::ChildWork time_of(simulator::SimulationOptions how) const {
    how.critical_path = false;
    return [this, how](simulator::ProgressSink& progress) mutable {
      how.progress = &progress;
      ChildAnswer answer;
      try {
        answer.time = simulator::Simulation(pricer_, price_.plan, how).run().time.value;
      } catch (const simulator::CutOff& cut) {
        answer.no = cut.message();
      }
      return packed(answer);
    };
  }

  ChildAnswer full_answer(simulator::ProgressSink& progress) const {
    ChildAnswer answer;
    try {
      simulator::SimulationOptions how = simulation_;
      how.progress = &progress;
      simulator::Simulation simulation(pricer_, price_.plan, how);
      const simulator::SimulationResult result = simulation.run();
      answer.time = result.time.value;
      answer.headline = simulation_headline(result, context_);
      answer.tables = simulation_tables(simulation, result);
      answer.differences = difference_notes(simulation, result, context_.what_if);
      answer.json = simulation_json(pricer_, price_, simulation, result, context_.what_if);
      if (options_.trace.empty() && options_.links.empty()) return answer;
      const simulator::Timeline timeline = simulator::record(
          simulation, result,
          options_.trace_ranks == "all" ? simulator::TraceRanks::all : simulator::TraceRanks::representative,
          options_.links.empty() ? 0 : options_.link_slices.value_or(100));
      if (!options_.trace.empty()) answer.trace = simulator::chrome_trace(simulation, result, timeline);
      if (!options_.links.empty()) answer.links = simulator::link_csv(simulation, result, timeline);
    } catch (const simulator::CutOff& cut) {
      answer.no = cut.message();
    }
    return answer;
  }

  std::string no_json(const std::string& reason) const {
    Json json = answer_json("simulate", pricer_);
    json["plan"]["name"] = context_.plan;
    json["no"] = reason;
    return json_text(json);
  }

  Json full_json(const ChildAnswer& main) const {
    Json json = main.json;
    json["what_if"] = context_.what_if.empty() ? Json(nullptr) : Json(context_.what_if);
    json["nominal"] = context_.nominal ? Json{{"value", *context_.nominal}, {"unit", "s"}} : Json(nullptr);
    json["simgrid"] = simulator::simgrid_version();
    if (context_.runs.empty()) {
      json["runs"] = nullptr;
      return json;
    }
    json["runs"] = {{"count", context_.runs.size()},
                    {"first_seed", context_.first_seed},
                    {"median", quantile(context_.runs, 0.5)},
                    {"p95", quantile(context_.runs, 0.95)},
                    {"times", context_.runs},
                    {"unit", "s"}};
    return json;
  }

  std::string full_text(const ChildAnswer& main) const {
    std::string headline = main.headline;
    if (!context_.runs.empty())
      headline = fmt::format("{}: median {}, p95 {} of {} simulations (analytic {}).", context_.plan,
                             costmodel::format_seconds(costmodel::Seconds(quantile(context_.runs, 0.5))),
                             costmodel::format_seconds(costmodel::Seconds(quantile(context_.runs, 0.95))),
                             context_.runs.size(), costmodel::format_seconds(price_.time));
    std::string text = emphasised(headline, options_.report.colour()) + "\n";
    if (options_.report.quiet) return text;
    for (const std::string& note : simulation_notes(main.time, context_)) text += wrapped(note, "  ", "    ");
    text += main.tables;
    if (!main.differences.empty()) text += "\n  Why it differs from the analytic model:\n";
    for (const std::string& note : main.differences) text += wrapped(note, "  - ", "    ");
    text += "\n" + closing_text(pricer_, "");
    text += "  " + simulator::simgrid_version() + ", checked against the exact time of a transfer.\n";
    if (!options_.trace.empty()) text += "  Trace: " + options_.trace + " (opens in Perfetto).\n";
    if (!options_.links.empty()) text += "  Links over time: " + options_.links + ".\n";
    return text;
  }

  const SimulateOptions& options_;
  costmodel::Pricer& pricer_;
  const costmodel::PlanPrice& price_;
  simulator::SimulationOptions simulation_;
  SimulationContext context_;
};

// A plan whose numbers do not divide has no schedule.
Output rejected(const costmodel::PlanPrice& price, const costmodel::Pricer& pricer,
                const ReportOptions& report) {
  const std::string name = costmodel::plan_name(price.plan, pricer.scenario());
  if (!report.json) return {name + " does not run: " + price.rejected->text + ".\n", "", ExitCode::no};
  Json json = answer_json("simulate", pricer);
  json["plan"]["name"] = name;
  json["no"] = price.rejected->text;
  return {json_text(json), "", ExitCode::no};
}

void check_files(const SimulateOptions& options) {
  if (options.trace.empty() && !options.trace_ranks.empty())
    throw Error("it says what a trace holds; expected --trace FILE beside it",
                InputLocation{"", 0, 0, "--trace-ranks"});
  if (options.links.empty() && options.link_slices)
    throw Error("it says how fine the table of links is; expected --links FILE beside it",
                InputLocation{"", 0, 0, "--link-slices"});
  if (!options.links.empty() && options.links == options.trace)
    throw Error("the trace goes to " + options.trace + " too; expected another file",
                InputLocation{"", 0, 0, "--links"});
}

Output run_simulate(const SimulateOptions& options) {
  check_files(options);
  const costmodel::Scenario scenario = load_scenario(options.scenario);
  costmodel::Pricer pricer(scenario);
  const costmodel::PlanPrice price = pricer.price(chosen_plan(pricer, options.plan));
  if (price.rejected && price.rejected->reason != costmodel::RejectReason::memory)
    return rejected(price, pricer, options.report);
  Request request(options, pricer, price);

  const Cancellation cancellation;
  Progress bar("simulate", options.report.quiet ? ShowProgress::no : ShowProgress::when_terminal);
  ProgressLines lines(options.progress == "json");
  simulator::ChildrenOptions how;
  how.at_once = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  how.progress = [&](double share) {
    bar.update(static_cast<std::size_t>(1000 * share), 1000);
    lines.update(share);
  };
  how.cancelled = [&] { return cancellation.requested(); };
  how.failure = simulator::OnFailure::stop;
  const std::vector<simulator::ChildOutcome> outcomes = simulator::run_children(request.work(), how);
  for (const simulator::ChildOutcome& outcome : outcomes) {
    if (outcome.state == simulator::ChildState::refused) throw Error(outcome.text);
    if (outcome.state == simulator::ChildState::failed) throw std::runtime_error(outcome.text);
  }
  std::vector<ChildAnswer> answers;
  for (const simulator::ChildOutcome& outcome : outcomes) {
    if (outcome.state != simulator::ChildState::answered)
      return {"", "ringside simulate: interrupted, nothing was written", ExitCode::interrupted};
    answers.push_back(unpacked(outcome.text));
  }
  lines.update(1);
  return request.report(answers);
}

}  // namespace

Command simulate_command(CLI::App& root) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* app =
      add_command(root, "simulate", "one plan on a simulated cluster: shared links, stragglers, noise",
                  "ringside simulate examples/llama-3-8b-1m-32xh100.toml --plan burst --straggler "
                  "rank=3,slowdown=1.3\n\n" +
                      plan_help());
  add_scenario_options(*app, options->scenario);
  app->add_option("--plan", options->plan, "a plan by name or axes; otherwise the file's, else the best one")
      ->type_name("PLAN")
      ->check(not_empty("a plan, such as burst or ring:grad_dtype=fp32"));
  add_what_if_options(*app, options->what_if);
  app->add_option("--runs", options->runs, "so many simulations with different seeds: median and p95")
      ->type_name("K")
      ->check(CLI::Range(1, 100000))
      ->group("What if");
  app->add_option("--trace", options->trace, "write a trace for Perfetto (Chrome trace JSON)")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as trace.json"));
  app->add_option("--trace-ranks", options->trace_ranks, "representative (the default) or all")
      ->type_name("WHICH")
      ->check(CLI::IsMember({"representative", "all"}));
  app->add_option("--links", options->links, "write how full every link was over time (CSV)")
      ->type_name("FILE")
      ->check(not_empty("a file name, such as links.csv"));
  app->add_option("--link-slices", options->link_slices,
                  "time slices of every phase in that file; 100 unless given")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  app->add_option("--progress", options->progress, "json: progress as lines of JSON on the standard error")
      ->type_name("HOW")
      ->check(CLI::IsMember({"json"}));
  add_report_options(*app, options->report, HasCsv::no);
  return {app, [options] { return run_simulate(*options); }};
}

}  // namespace cli
