#include "cli/report_parts.h"

#include "cli/text_table.h"
#include "costmodel/answer/calibration_report.h"
#include "costmodel/base/unit_text.h"

namespace cli {

std::string verdict_text(const costmodel::Verdict& verdict, const costmodel::Scenario& scenario,
                         const ReportOptions& options) {
  std::string text = emphasised(verdict.text, options.colour()) + "\n";
  if (options.quiet) return text;
  for (const costmodel::Reason& reason : verdict.reasons) text += wrapped(reason.text, "  ", "    ");
  for (const costmodel::MemoryChange& change : verdict.changes) {
    if (&change == verdict.changes.data() + 3) break;
    text += wrapped((&change == verdict.changes.data() ? "Change first: " : "or ") + change.text + ": " +
                        costmodel::format_bytes(change.memory) + ", " +
                        costmodel::format_number(change.slowdown) + "x the time.",
                    "  ", "    ");
  }
  if (verdict.longest_sequence > 0)
    text += "  Longest sequence that fits: " + costmodel::format_tokens_short(verdict.longest_sequence) +
            " tokens (here " + costmodel::format_tokens_short(scenario.workload.sequence) + ").\n";
  return text;
}

std::string closing_text(const costmodel::Pricer& pricer, const std::string& example) {
  std::string text = wrapped(scope_text(pricer.scenario()), "  ", "    ");
  text += wrapped(calibration_text(pricer), "  ", "    ");
  if (!example.empty()) text += "  Explain a figure: --explain " + example + "\n";
  return text;
}

std::string explain_example(const costmodel::PlanReport& report, const std::string& figure) {
  if (!report.priced()) return "";
  const std::string name = costmodel::plan_family(report.price.plan) + "." + figure;
  return name.find(' ') == std::string::npos ? name : "\"" + name + "\"";
}

}  // namespace cli
