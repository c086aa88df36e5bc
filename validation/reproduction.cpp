#include "validation/reproduction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/price/memory.h"
#include "costmodel/schedule/lowering.h"
#include "validation/memory_interval.h"

namespace validation {

using costmodel::Bytes;
using costmodel::MaskKind;
using costmodel::Scenario;
using costmodel::Seconds;
using costmodel::WorkPhase;

namespace {

// Flop of attention as published rates count them: half of the square under a causal mask.
double published_flops(const PublishedRow& row, const costmodel::PlanPrice& price) {
  if (row.mask.kind == MaskKind::sliding || !row.packings.empty()) return price.flops.value;
  const double n = static_cast<double>(row.sequence);
  const double pairs = row.mask.kind == MaskKind::causal ? n * n / 2 : n * n;
  const double passes = row.phase == WorkPhase::forward ? 1.0 : row.phase == WorkPhase::backward ? 2.5 : 3.5;
  return 4 * pairs * static_cast<double>(row.model.heads * row.model.head_dim * row.batch * row.plan.data) *
         passes;
}

// A time as a value of the row's metric.
double value_of(const PublishedRow& row, Seconds time, const costmodel::PlanPrice& price) {
  switch (row.metric) {
    case Metric::time: return time.value;
    case Metric::tflops_per_gpu: return published_flops(row, price) / time.value / row.gpus() * 1e-12;
    case Metric::tokens_per_second_per_gpu:
      return static_cast<double>(row.sequence * row.batch * row.plan.data) / time.value / row.gpus();
    case Metric::memory: break;
  }
  throw std::logic_error("value_of: memory is no function of time");
}

// What a framework reports after a forward pass is allocated memory; training runs show what their allocator
// took.  Formulas 5.1 and 5.6.
Bytes memory_of(const Scenario& scenario, const costmodel::Schedule& schedule) {
  if (scenario.workload.phase != WorkPhase::training_step) return costmodel::peak_bytes(schedule, Bytes(0));
  return costmodel::cached_bytes(schedule,
                                 costmodel::device_memory(scenario.cluster) - scenario.search.memory_reserve);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

template <class Belongs>
Summary summary_of(const std::vector<ReproducedRow>& rows, Belongs belongs) {
  Summary summary;
  std::vector<double> errors, sizes;
  int inside = 0;
  for (const ReproducedRow& row : rows) {
    if (!belongs(row)) continue;
    if (!row.skipped.empty()) {
      ++summary.skipped;
      continue;
    }
    errors.push_back(row.error());
    sizes.push_back(std::abs(row.error()));
    inside += row.inside() ? 1 : 0;
    summary.not_fitting += row.fits ? 0 : 1;
    if (sizes.back() > summary.worst || summary.worst_id.empty())
      summary.worst = sizes.back(), summary.worst_id = row.row.id;
  }
  summary.rows = static_cast<int>(errors.size());
  if (errors.empty()) return summary;
  summary.mean = mean_of(sizes);
  summary.bias = mean_of(errors);
  summary.inside = static_cast<double>(inside) / summary.rows;
  std::sort(sizes.begin(), sizes.end());
  const std::size_t half = sizes.size() / 2;
  summary.median = sizes.size() % 2 == 1 ? sizes[half] : (sizes[half - 1] + sizes[half]) / 2;
  return summary;
}

// What two runs must have in common to be compared.
bool same_configuration(const PublishedRow& a, const PublishedRow& b) {
  const costmodel::ModelSpec &m = a.model, &o = b.model;
  return a.source == b.source && a.kind == b.kind && a.metric == b.metric && a.gpu == b.gpu &&
         a.gpus_per_node == b.gpus_per_node && a.nodes == b.nodes && a.intra_gbps == b.intra_gbps &&
         a.nics_per_node == b.nics_per_node && a.nic_gbps == b.nic_gbps && m.layers == o.layers &&
         m.hidden == o.hidden && m.heads == o.heads && m.kv_heads == o.kv_heads && m.head_dim == o.head_dim &&
         m.ffn == o.ffn && m.vocab == o.vocab && a.sequence == b.sequence && a.batch == b.batch &&
         a.dtype == b.dtype && a.mask == b.mask && a.packings == b.packings && a.phase == b.phase &&
         a.plan.checkpoint == b.plan.checkpoint;
}

// Whether a is faster than b, by a value in the unit of the metric.
bool faster(Metric metric, double a, double b) { return metric == Metric::time ? a < b : a > b; }

std::string configuration_text(const PublishedRow& row) {
  std::string text = std::to_string(row.gpus()) + " " + row.gpu + ", " + std::to_string(row.sequence) +
                     " tokens, " + std::to_string(row.model.heads) + " heads, " +
                     std::string(costmodel::name_of(row.plan.checkpoint));
  return text;
}

}  // namespace

std::string_view name_of(RowGroup group) {
  constexpr std::array<std::string_view, row_group_count> names{"kernel", "attention", "prefill", "training",
                                                                "memory"};
  return names.at(static_cast<std::size_t>(group));
}

RowGroup group_of(const PublishedRow& row) {
  if (row.metric == Metric::memory) return RowGroup::memory;
  switch (row.kind) {
    case RowKind::attention: return RowGroup::attention;
    case RowKind::training: return RowGroup::training;
    case RowKind::prefill: return RowGroup::prefill;
    case RowKind::kernel: return RowGroup::kernel;
  }
  throw std::logic_error("group_of: unknown kind");
}

namespace {

ReproducedRow predicted(const PublishedRow& row, const PublishedCase& published,
                        std::span<const Seconds> times, const costmodel::CalibrationSet& calibrations) {
  ReproducedRow result;
  result.row = row;
  result.skipped = published.skipped;
  if (published.scenarios.empty()) return result;
  const double count = static_cast<double>(published.scenarios.size());
  for (std::size_t s = 0; s < published.scenarios.size(); ++s) {
    const Scenario& scenario = published.scenarios[s];
    const costmodel::PlanPrice price = costmodel::Pricer(scenario, calibrations).price(published.plan);
    if (s == 0) result.price = price, result.plan = costmodel::plan_name(published.plan, scenario);
    if (price.rejected) result.fits = false;
    if (row.metric == Metric::memory) {
      const costmodel::Schedule schedule = costmodel::lower(scenario, published.plan);
      const Bytes peak = memory_of(scenario, schedule);
      const double gigabytes = peak.value * 1e-9;
      const double half = costmodel::z90 * costmodel::moving_memory_error *
                          costmodel::moving_bytes(schedule, peak).value * 1e-9;
      result.predicted += gigabytes / count;
      result.low += (gigabytes - half) / count;
      result.high += (gigabytes + half) / count;
      result.time += price.time / count;
      continue;
    }
    // A simulated time has the relative interval of the analytic one.   Formula 4.9.
    const Seconds time = times.empty() ? price.time : times[s];
    const double scale = time / price.time;
    result.time += time / count;
    result.low += price.low().value * scale / count;
    result.high += price.high().value * scale / count;
  }
  if (row.metric == Metric::memory) return result;
  const double low = result.low, high = result.high;
  result.predicted = value_of(row, result.time, result.price);
  result.low = value_of(row, Seconds(row.metric == Metric::time ? low : high), result.price);
  result.high = value_of(row, Seconds(row.metric == Metric::time ? high : low), result.price);
  return result;
}

}  // namespace

ReproducedRow reproduce(const PublishedRow& row, const PublishedCase& published,
                        std::span<const Seconds> times, const costmodel::CalibrationSet& calibrations) {
  ReproducedRow result = predicted(row, published, times, calibrations);
  const bool number = std::isfinite(result.predicted) && std::isfinite(result.high) && result.predicted > 0;
  if (result.skipped.empty() && !number)
    result.skipped = "the numbers of the row are so large or small that the prediction is none";
  return result;
}

ReproducedRow reproduce(const PublishedRow& row, const costmodel::CalibrationSet& calibrations) {
  return reproduce(row, case_of(row, calibrations), {}, calibrations);
}

std::vector<Summary> summaries_by_source(const std::vector<ReproducedRow>& rows) {
  std::vector<std::string> sources;
  for (const ReproducedRow& row : rows)
    if (std::find(sources.begin(), sources.end(), row.row.source) == sources.end())
      sources.push_back(row.row.source);
  std::vector<Summary> list;
  for (const std::string& source : sources)
    for (int g = 0; g < row_group_count; ++g) {
      const RowGroup group = static_cast<RowGroup>(g);
      Summary summary = summary_of(rows, [&](const ReproducedRow& row) {
        return row.row.source == source && group_of(row.row) == group;
      });
      if (summary.rows + summary.skipped == 0) continue;
      summary.source = source;
      summary.group = group;
      list.push_back(summary);
    }
  return list;
}

std::vector<Summary> summaries_by_group(const std::vector<ReproducedRow>& rows) {
  std::vector<Summary> list;
  for (int g = 0; g < row_group_count; ++g) {
    const RowGroup group = static_cast<RowGroup>(g);
    Summary summary = summary_of(rows, [&](const ReproducedRow& row) { return group_of(row.row) == group; });
    if (summary.rows + summary.skipped == 0) continue;
    summary.group = group;
    list.push_back(summary);
  }
  list.push_back(summary_of(rows, [](const ReproducedRow&) { return true; }));
  return list;
}

double mean_over_sources(const std::vector<Summary>& by_source, std::optional<RowGroup> group) {
  std::vector<double> means;
  for (const Summary& summary : by_source)
    if (summary.rows > 0 && (!group || summary.group == group)) means.push_back(summary.mean);
  return mean_of(means);
}

std::vector<Contest> contests(const std::vector<ReproducedRow>& rows) {
  std::vector<Contest> list;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const PublishedRow& row = rows[i].row;
    if (!rows[i].skipped.empty() || row.metric == Metric::memory || row.gpus() == 1) continue;
    const auto known = std::find_if(list.begin(), list.end(), [&](const Contest& contest) {
      return same_configuration(rows[static_cast<std::size_t>(contest.rows.front())].row, row);
    });
    const int index = static_cast<int>(i);
    if (known != list.end()) {
      known->rows.push_back(index);
      continue;
    }
    Contest contest;
    contest.source = row.source;
    contest.configuration = configuration_text(row);
    contest.rows = {index};
    list.push_back(std::move(contest));
  }
  std::erase_if(list, [](const Contest& contest) { return contest.rows.size() < 2; });
  for (Contest& contest : list) {
    const auto at = [&](int i) -> const ReproducedRow& { return rows[static_cast<std::size_t>(i)]; };
    const Metric metric = at(contest.rows.front()).row.metric;
    contest.measured = contest.predicted = contest.rows.front();
    for (const int i : contest.rows) {
      if (faster(metric, at(i).row.value, at(contest.measured).row.value)) contest.measured = i;
      if (faster(metric, at(i).predicted, at(contest.predicted).predicted)) contest.predicted = i;
    }
    const double best = at(contest.measured).row.value, chosen = at(contest.predicted).row.value;
    contest.loss = metric == Metric::time ? chosen / best - 1 : best / chosen - 1;
  }
  return list;
}

}  // namespace validation
