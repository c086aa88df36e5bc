// Published measurements beside what the model says of the same runs: errors row by row and their summaries.
//
// A prediction is made by the same path as every other answer: scenario, plan, schedule, price.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "costmodel/price/calibration_set.h"
#include "costmodel/price/plan_price.h"
#include "validation/published_case.h"
#include "validation/published_row.h"

namespace validation {

// What kinds of rows errors are summed over; memory is apart from the times of the same runs.
enum class RowGroup { kernel, attention, prefill, training, memory };
constexpr int row_group_count = 5;
std::string_view name_of(RowGroup group);
RowGroup group_of(const PublishedRow& row);

// Values in the unit of the row's metric.
struct ReproducedRow {
  PublishedRow row;
  std::string plan;     // its name: "zigzag-ring 8"
  std::string skipped;  // why there is no prediction; empty when there is
  double predicted = 0, low = 0, high = 0;
  bool fits = true;            // whether the model says that it runs; every published row did
  costmodel::Seconds time;     // predicted
  costmodel::PlanPrice price;  // of the first scenario

  double error() const { return predicted / row.value - 1; }  // relative, signed
  bool inside() const { return low <= row.value && row.value <= high; }
};

// `times`: those of another interpreter, one per scenario of the case; empty: the analytic ones.
ReproducedRow reproduce(const PublishedRow& row, const PublishedCase& published,
                        std::span<const costmodel::Seconds> times = {},
                        const costmodel::CalibrationSet& calibrations = costmodel::built_in_calibrations());
ReproducedRow reproduce(const PublishedRow& row,
                        const costmodel::CalibrationSet& calibrations = costmodel::built_in_calibrations());

struct Summary {
  std::string source;             // "" for all
  std::optional<RowGroup> group;  // none for all
  int rows = 0, skipped = 0;
  double mean = 0, median = 0, worst = 0, bias = 0;  // mean, median, largest |error|; mean error
  std::string worst_id;
  double inside = 0;    // share of rows whose measurement lies in the predicted interval
  int not_fitting = 0;  // runs that the model says are out of memory
};

// The rows of one source and one group.
std::vector<Summary> summaries_by_source(const std::vector<ReproducedRow>& rows);
// Of every group that occurs, then of all rows.
std::vector<Summary> summaries_by_group(const std::vector<ReproducedRow>& rows);
// Each source and group counts once: the mean over what summaries_by_source gives.
double mean_over_sources(const std::vector<Summary>& by_source, std::optional<RowGroup> group);

// Methods that one source ran on the same hardware, model, sequence, batch, mask, phase and checkpoint
// policy.
struct Contest {
  std::string source;
  std::string configuration;        // in words
  std::vector<int> rows;            // of the list, two or more
  int measured = 0, predicted = 0;  // the fastest: rows of the list

  bool right() const { return measured == predicted; }
  // How much slower the predicted winner was measured than the measured one: 0 when right.
  double loss = 0;
};
std::vector<Contest> contests(const std::vector<ReproducedRow>& rows);

}  // namespace validation
