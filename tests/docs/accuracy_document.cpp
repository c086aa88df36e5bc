#include "tests/docs/accuracy_document.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <vector>

#include "costmodel/price/calibration_prior.h"
#include "tests/docs/markdown.h"
#include "tests/validation/published_tables.h"

namespace tests {

using namespace validation;
using costmodel::Calibration;
using costmodel::CalibrationSet;
using costmodel::Scenario;

namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }
std::string signed_percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }

struct Tables {
  std::vector<ReproducedRow> calibration, open;
};

double mean(const std::vector<ReproducedRow>& rows, std::initializer_list<RowGroup> groups) {
  double sum = 0;
  int count = 0;
  for (const ReproducedRow& row : rows)
    for (const RowGroup group : groups)
      if (row.skipped.empty() && group_of(row.row) == group) sum += std::abs(row.error()), ++count;
  return count == 0 ? 0 : sum / count;
}

std::string bars(const Tables& tables) {
  const Summary all = summaries_by_group(tables.open).back();
  int right = 0;
  const std::vector<Contest> list = contests(tables.open);
  for (const Contest& contest : list) right += contest.right() ? 1 : 0;
  std::string text = "| what | bar | reached |\n|---|--:|--:|\n";
  const auto add = [&](const char* what, const char* bar, const std::string& reached) {
    text += fmt::format("| {} | {} | {} |\n", what, bar, reached);
  };
  add("open rows, attention and prefill: mean absolute error", "8 %",
      percent(mean(tables.open, {RowGroup::attention, RowGroup::prefill})));
  add("open rows, training steps", "10 %", percent(mean(tables.open, {RowGroup::training})));
  add("open rows, memory", "7 %", percent(mean(tables.open, {RowGroup::memory})));
  add("open rows, signed bias", "4 %", signed_percent(all.bias));
  add("open rows inside the stated 90 % interval", "80 to 98 %", fmt::format("{:.0f} %", 100 * all.inside));
  add("fastest method of a configuration predicted", "9 of 10", fmt::format("{} of {}", right, list.size()));
  add("single kernels, calibration rows", "4 %", percent(mean(tables.calibration, {RowGroup::kernel})));
  return text;
}

std::string by_source(const std::vector<ReproducedRow>& rows) {
  std::string text =
      "| source | rows of | rows | mean | median | worst | bias | inside "
      "|\n|---|---|--:|--:|--:|--:|--:|--:|\n";
  const std::vector<Summary> sources = summaries_by_source(rows);
  const auto add = [&](const std::string& source, const Summary& s) {
    text +=
        fmt::format("| {} | {} | {} | {} | {} | {} ({}) | {} | {:.0f} % |\n", source,
                    s.group ? name_of(*s.group) : "everything", s.rows, percent(s.mean), percent(s.median),
                    percent(s.worst), s.worst_id, signed_percent(s.bias), 100 * s.inside);
  };
  for (const Summary& summary : sources) add(summary.source, summary);
  for (const Summary& summary : summaries_by_group(rows)) {
    add("all", summary);
    text += fmt::format("| mean over sources | {} | | {} | | | | |\n",
                        summary.group ? name_of(*summary.group) : "everything",
                        percent(mean_over_sources(sources, summary.group)));
  }
  return text;
}

// The model without one of its terms.
struct Variant {
  const char* name;
  std::function<void(CalibrationSet&)> calibrations{};
  std::function<void(Scenario&)> scenario{};
  std::function<void(costmodel::Plan&)> plan{};
};

void each(CalibrationSet& set, const std::function<void(Calibration&)>& change) {
  for (Calibration& calibration : set.devices) change(calibration);
}

std::vector<ReproducedRow> under(const Variant& variant, const std::string& table) {
  CalibrationSet set = costmodel::built_in_calibrations();
  if (variant.calibrations) variant.calibrations(set);
  std::vector<ReproducedRow> rows;
  for (const PublishedRow& row : published(table)) {
    PublishedCase published = case_of(row, set);
    if (variant.scenario)
      for (Scenario& scenario : published.scenarios) variant.scenario(scenario);
    if (variant.plan) variant.plan(published.plan);
    rows.push_back(reproduce(row, published, {}, set));
  }
  return rows;
}

void each_rate(CalibrationSet& set, const std::function<void(costmodel::AttentionRate&)>& change) {
  each(set, [&](Calibration& c) { change(c.forward), change(c.backward); });
}

std::vector<Variant> variants_of_kernels() {
  return {
      {"no waves of equal tiles (3.1)",
       [](CalibrationSet& set) {
         // Tiles of one row fill every wave; the tail of masked kernels stays as long.
         each_rate(set, [](costmodel::AttentionRate& rate) {
           rate.tail.value *= rate.tile_rows;
           rate.tile_rows = 1;
         });
       }},
      {"no tail of masked kernels (3.1)",
       [](CalibrationSet& set) {
         each_rate(set, [](costmodel::AttentionRate& rate) { rate.tail.value = 0; });
       }},
      {"no tiles wasted at the edge of a mask (3.1)",
       [](CalibrationSet& set) {
         each_rate(set, [](costmodel::AttentionRate& rate) { rate.tile_columns = 0; });
       }},
      {"no start of kernels, no launches (3.1, 3.4, 3.9)",
       [](CalibrationSet& set) {
         each_rate(set, [](costmodel::AttentionRate& rate) { rate.start.value = costmodel::Seconds(0); });
         each(set, [](Calibration& c) { c.launch.value = c.gemm.start.value = costmodel::Seconds(0); });
       }},
      {"no waits of ring steps (3.4)",
       [](CalibrationSet& set) {
         each(set, [](Calibration& c) { c.step_overhead.value = costmodel::Seconds(0); });
       }},
      {"no merging of partial outputs (3.3)",
       [](CalibrationSet& set) { each(set, [](Calibration& c) { c.merge_passes.value = 0; }); }},
      {"no slowdown of compute by messages (4.4)",
       [](CalibrationSet& set) { each(set, [](Calibration& c) { c.compute_slowdown.value = 0; }); }},
      {"fp8 products at the share of 16-bit ones (3.9)",
       [](CalibrationSet& set) {
         each(set, [](Calibration& c) { c.gemm.fp8_fraction = c.gemm.peak_fraction; });
       }},
  };
}

std::vector<Variant> variants_of_links() {
  return {
      {"link through host memory as stated (3.14)",
       [](CalibrationSet& set) { set.staged.exchange.value = set.staged.collective.value = 1; }},
      {.name = "a card for every GPU (3.6)",
       .scenario =
           [](Scenario& scenario) {
             costmodel::NodeSpec& node = scenario.cluster.groups.front().node;
             node.scale_out.nics = std::max(node.scale_out.nics, node.gpus);
           }},
      {.name = "a flat ring has all cards of a node, not one (3.6)",
       .scenario =
           [](Scenario& scenario) {
             costmodel::ScaleOutSpec& cards = scenario.cluster.groups.front().node.scale_out;
             cards.nic_bandwidth.value = cards.nic_bandwidth.value * static_cast<double>(cards.nics);
             cards.nics = 1;
           }},
      {.name = "half the latencies (3.5)",
       .scenario =
           [](Scenario& scenario) {
             costmodel::NodeSpec& node = scenario.cluster.groups.front().node;
             node.scale_up.alpha.value = 0.5 * node.scale_up.alpha.value;
             node.scale_out.alpha.value = 0.5 * node.scale_out.alpha.value;
           }},
      {.name = "gradients travel in 16 bits, whatever the program (2.1)",
       .plan = [](costmodel::Plan& plan) { plan.grad_dtype = costmodel::GradDtype::bf16; }},
      {.name = "gradients travel in fp32, whatever the program (2.1)",
       .plan =
           [](costmodel::Plan& plan) {
             if (plan.ring > 1) plan.grad_dtype = costmodel::GradDtype::fp32;
           }},
  };
}

std::vector<Variant> variants() {
  std::vector<Variant> list{{"all terms"}, {"constants before the fit", [](CalibrationSet& set) {
                                              set = costmodel::prior_calibrations();
                                            }}};
  for (const auto& more : {variants_of_kernels(), variants_of_links()})
    list.insert(list.end(), more.begin(), more.end());
  return list;
}

std::string terms() {
  std::string text =
      "| model | kernel | attention | prefill | open: attention | prefill | training |\n"
      "|---|--:|--:|--:|--:|--:|--:|\n";
  for (const Variant& variant : variants()) {
    const std::vector<ReproducedRow> calibration = under(variant, "calibration"),
                                     open = under(variant, "open");
    text += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} |\n", variant.name,
        percent(mean(calibration, {RowGroup::kernel})), percent(mean(calibration, {RowGroup::attention})),
        percent(mean(calibration, {RowGroup::prefill})), percent(mean(open, {RowGroup::attention})),
        percent(mean(open, {RowGroup::prefill})), percent(mean(open, {RowGroup::training})));
  }
  return text;
}

std::string row_table(const std::vector<ReproducedRow>& rows) {
  std::string text =
      "| row | source | plan | tokens | | measured | predicted | 90 % interval | error | |\n"
      "|---|---|---|--:|---|--:|--:|--:|--:|---|\n";
  for (const ReproducedRow& row : rows)
    text += fmt::format("| {} | {} | {} | {} | {} | {:.4g} | {:.4g} | {:.4g} - {:.4g} | {} | {} |\n",
                        row.row.id, row.row.source, row.plan, row.row.sequence, unit_of(row.row.metric),
                        row.row.value, row.predicted, row.low, row.high, signed_percent(row.error()),
                        row.inside() ? "" : "outside");
  return text;
}

// What only a person can say; kept in a file of its own.
std::string judgement() { return text_of("tests/docs/accuracy_judgement.md"); }

}  // namespace

std::string accuracy_document() {
  const Tables tables{reproduced("calibration"), reproduced("open")};
  std::string text =
      "# Accuracy\n\n"
      "How right the model is about measurements that nobody here made. The rows are in\n"
      "[validation/published](../validation/published/README.md); constants are fitted to `calibration.csv` "
      "alone\n"
      "([model.md](model.md), section 6), `open.csv` is only looked at. Errors are (predicted - measured) / "
      "measured of\n"
      "the published value, which is a time, a rate or bytes. `tests/approve` writes this page from the "
      "model, and a\n"
      "test fails when a figure on it is not what the model says:\n\n"
      "    ringside reproduce validation/published/open.csv\n\n"
      "![Predicted against measured](figures/accuracy.svg)\n\n"
      "## Bars\n\n";
  text += bars(tables);
  text += "\n## Open rows by source\n\n" + by_source(tables.open);
  text +=
      "\n## What each term is worth\n\n"
      "Mean absolute error with all terms, then when the model leaves one of them out, nothing fitted again; "
      "the first three\n"
      "columns are of calibration rows. A term that changes nothing here is there for what these rows do not "
      "show: small\n"
      "messages for the latencies, blocks of few tiles for the waves.\n\n";
  text += terms();
  text += "\n" + judgement();
  text += "\n## Open rows\n\n" + row_table(tables.open);
  text += "\n## Calibration rows\n\n" + row_table(tables.calibration);
  return text;
}

}  // namespace tests
