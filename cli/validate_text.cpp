#include <fmt/format.h>

#include <algorithm>

#include "cli/text_table.h"
#include "cli/validate_report.h"
#include "costmodel/answer/calibration_report.h"
#include "costmodel/base/unit_text.h"

namespace cli {

using costmodel::format_bytes;
using costmodel::format_seconds;
using costmodel::Seconds;
using validation::Comparison;
using validation::TensorError;
using validation::ValidationReport;

namespace {

// 37748736 -> "37,748,736"
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

bool is_gradient(validation::Tensor tensor) {
  using validation::Tensor;
  return tensor == Tensor::dq || tensor == Tensor::dk || tensor == Tensor::dv ||
         tensor == Tensor::layer_d_input;
}

// Of outputs or of gradients, the one nearest to its limit.
const TensorError* largest(const ValidationReport& report, bool gradients) {
  const TensorError* found = nullptr;
  for (const TensorError& error : report.errors) {
    if (error.tensor == validation::Tensor::lse || is_gradient(error.tensor) != gradients) continue;
    if (found == nullptr || error.relative > found->relative) found = &error;
  }
  return found;
}

std::string agreement(const ValidationReport& report) {
  std::string text = "Numbers agree with dense fp64 attention: largest error ";
  const TensorError* output = largest(report, false);
  const TensorError* gradient = largest(report, true);
  text += fmt::format("{:.2g} ({})", output->relative, name_of(output->tensor));
  if (gradient != nullptr)
    text += fmt::format(", {:.2g} ({})", gradient->relative, name_of(gradient->tensor));
  text += fmt::format(", limit {:.2g}", output->relative_limit);
  if (gradient != nullptr && gradient->relative_limit != output->relative_limit)
    text += fmt::format(" and {:.2g}", gradient->relative_limit);
  return text + fmt::format("; of one number {:.2g}.", output->worst_limit);
}

std::string disagreement(const ValidationReport& report) {
  const auto wrong = std::find_if(report.errors.begin(), report.errors.end(),
                                  [](const TensorError& error) { return !error.agrees(); });
  return fmt::format(
      "Numbers differ from dense fp64 attention: {}; error {:.2g} of limit {:.2g}, worst "
      "number {:.2g} of {:.2g}.",
      text_of(*wrong), wrong->relative, wrong->relative_limit, wrong->worst, wrong->worst_limit);
}

std::string bytes_line(const Comparison& comparison) {
  const std::string predicted = grouped(static_cast<std::int64_t>(comparison.bytes_predicted));
  if (comparison.bytes_equal())
    return "Bytes sent " + grouped(comparison.bytes_sent) + ", predicted " + predicted +
           " (by the rank that sends most; every operation sent its bytes).";
  return "Bytes sent " + grouped(comparison.bytes_sent) + " DIFFER from the predicted " + predicted + ".";
}

std::string memory_line(const Comparison& comparison) {
  return "Buffers " + format_bytes(costmodel::Bytes(static_cast<double>(comparison.memory_measured))) +
         ", predicted " + format_bytes(comparison.memory_predicted) + "; beside them " +
         format_bytes(costmodel::Bytes(static_cast<double>(comparison.scratch))) +
         " of scratch for fp32 sums and messages.";
}

std::string size_line(const ValidationReport& report) {
  const auto tokens = [](std::int64_t count) { return costmodel::format_tokens(count); };
  if (report.sizes.run != report.asked)
    return "Scaled down: the scenario's " + tokens(report.asked) + " tokens are too many here; ran " +
           tokens(report.sizes.run) + " tokens of the same plan, numbers checked on " +
           tokens(report.sizes.checked) + ".";
  if (report.sizes.checked != report.sizes.run)
    return "Ran " + tokens(report.sizes.run) + " tokens; numbers checked on " + tokens(report.sizes.checked) +
           " tokens of the same plan.";
  return "Ran and checked " + tokens(report.sizes.run) + " tokens.";
}

std::string update_line(const validation::CalibrationUpdate& update, const std::string& file) {
  if (!update.taken) return file + " stays as it was: " + update.why_not + ".";
  return fmt::format(
      "{} is up to date with this run: error of the whole plan {:+.1f} % before, {:+.1f} % after, for the "
      "half of "
      "its repetitions that was held back.",
      file, 100 * update.error_before, 100 * update.error_after);
}

std::string half_interval(const validation::ComparedTime& time) {
  return "+-" + format_seconds((time.high - time.low) / 2.0);
}

// What kernels would have taken with nothing else on the cores.
std::string undisturbed(const validation::ComparedTime& time, double core_share) {
  return core_share > 0 ? "undisturbed: " + format_seconds(Seconds(time.processor / core_share)) : "";
}

std::string times_table(const Comparison& comparison, double core_share) {
  TextTable table({{"", Align::left},
                   {"predicted", Align::right},
                   {"", Align::left, 1},
                   {"measured", Align::right, 3},
                   {"(median of " + std::to_string(comparison.repetitions) + ")", Align::left, 1},
                   {"error", Align::right, 3},
                   {"", Align::left, 3}});
  const auto add = [&](const std::string& name, const validation::ComparedTime& time,
                       const std::string& note) {
    table.add({name, format_seconds(time.predicted), half_interval(time),
               format_seconds(Seconds(time.measured.median)),
               fmt::format("mad {:.1f} %", 100 * time.measured.deviation),
               fmt::format("{:+.1f} %", 100 * time.error()), note});
  };
  for (const validation::ComparedClass& compared : comparison.classes) {
    const bool message = compared.op_class == validation::OpClass::exchange ||
                         compared.op_class == validation::OpClass::collective;
    add(std::string(name_of(compared.op_class)), compared.time,
        message ? "hidden: " + format_seconds(Seconds(compared.time.hidden)) + " of " +
                      format_seconds(Seconds(compared.time.measured.median))
                : undisturbed(compared.time, core_share));
  }
  add("whole plan", comparison.total,
      comparison.total.inside() ? "inside the error bar" : "outside the error bar");
  return table.text(2);
}

}  // namespace

std::string validate_text(const ValidateReport& report, costmodel::Pricer& pricer,
                          const ReportOptions& options) {
  const ValidationReport& validation = report.validation;
  std::string text = emphasised(validation.numbers_agree() ? agreement(validation) : disagreement(validation),
                                options.colour());
  text += "\n";
  if (options.quiet) return text;
  text += wrapped(bytes_line(validation.comparison), "", "  ");
  text += wrapped(memory_line(validation.comparison), "", "  ");
  text += wrapped(size_line(validation) + " Plan: " + report.plan_name + ", " + report.ranks + "; " +
                      report.backend + ".",
                  "", "  ");
  text += "\n" + times_table(validation.comparison, report.core_share) + "\n";
  text += wrapped(scope_text(pricer.scenario()), "  ", "    ");
  text += wrapped(calibration_text(pricer), "  ", "    ");
  if (validation.update) text += wrapped(update_line(*validation.update, report.update), "  ", "    ");
  return text;
}

}  // namespace cli
