#include "validation/calibration_fit.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unsupported/Eigen/NonLinearOptimization>

#include "costmodel/base/error.h"
#include "costmodel/price/calibration_keys.h"

namespace validation {

using costmodel::Calibration;
using costmodel::CalibrationSet;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Published values repeat within 1 to 5 %.
constexpr double row_noise = 0.03;
// So many rows of one kind from one source count in full; further ones say nearly the same.
constexpr double rows_in_full = 4;
// Beyond so many standard deviations a row pulls with a constant force (Huber).
constexpr double huber = 1.5;

// Devices whose kernels and hosts are alike share their constants.
struct Family {
  const char* name;
  std::vector<std::string> devices;
};
const std::vector<Family>& families() {
  static const std::vector<Family> list{{"a100", {"a100-sxm-80gb", "a100-sxm-40gb", "a800-sxm-80gb"}},
                                        {"h800", {"h800-sxm"}},
                                        {"h100-hbm2e", {"h100-hbm2e-96gb"}},
                                        {"h20", {"h20"}},
                                        {"b200", {"b200"}}};
  return list;
}

struct Wanted {
  const char* key;
  double prior_sigma;
};
// Per family.  Rates and tails of kernels; what a ring step waits for the host.
constexpr Wanted per_family[] = {{"forward_peak_fraction", 0.15}, {"backward_peak_fraction", 0.15},
                                 {"forward_tail", 0.5},           {"backward_tail", 0.5},
                                 {"gemm_peak_fraction", 0.08},    {"gemm_fp8_fraction", 0.3},
                                 {"step_overhead", 1.0}};
// Of all families together.
constexpr Wanted shared[] = {{"merge_passes", 0.2}, {"compute_slowdown", 0.5}};
// Of the link through host memory.
constexpr Wanted staged[] = {{"staged_exchange", 0.2}};

double get(const CalibrationSet& set, const FitParameter& parameter) {
  if (parameter.devices.empty()) return set.staged.exchange.value;
  Calibration copy = set.of(parameter.devices.front());
  return *costmodel::calibration_key(parameter.key).view(copy).number;
}

void put(CalibrationSet& set, const FitParameter& parameter, double value) {
  if (parameter.devices.empty()) {
    // Collectives stay ahead of exchanges by what the prior says.
    set.staged.collective.value *= value / set.staged.exchange.value;
    set.staged.exchange.value = value;
  }
  for (const std::string& device : parameter.devices)
    if (Calibration* calibration = set.find(device))
      *costmodel::calibration_key(parameter.key).view(*calibration).number = value;
}

// One constant in the place of another's birth certificate.
void sign(CalibrationSet& set, const FitParameter& parameter) {
  const std::string source = "fitted to published rows";
  if (parameter.devices.empty()) {
    set.staged.exchange.provenance = costmodel::Provenance::published;
    set.staged.exchange.source = source;
  }
  for (const std::string& device : parameter.devices)
    if (Calibration* calibration = set.find(device)) {
      const costmodel::ConstantView view = costmodel::calibration_key(parameter.key).view(*calibration);
      *view.provenance = costmodel::Provenance::published;
      *view.source = source;
    }
}

std::vector<FitParameter> parameters_of(const CalibrationSet& prior) {
  std::vector<FitParameter> list;
  std::vector<std::string> all;
  const auto add = [&](const std::string& name, const std::vector<std::string>& devices,
                       const Wanted& wanted) {
    FitParameter parameter;
    parameter.name = name + ": " + wanted.key;
    parameter.devices = devices;
    parameter.key = wanted.key;
    parameter.prior = parameter.value = get(prior, parameter);
    parameter.prior_sigma = wanted.prior_sigma;
    list.push_back(parameter);
  };
  for (const Family& family : families()) {
    for (const Wanted& wanted : per_family) add(family.name, family.devices, wanted);
    all.insert(all.end(), family.devices.begin(), family.devices.end());
  }
  for (const Calibration& calibration : prior.devices)
    if (calibration.merge_style == costmodel::MergeStyle::separate &&
        std::find(all.begin(), all.end(), calibration.device) == all.end())
      all.push_back(calibration.device);
  for (const Wanted& wanted : shared) add("all devices", all, wanted);
  for (const Wanted& wanted : staged) add("link through host memory", {}, wanted);
  return list;
}

// Pseudo-Huber: r for small r, growing with the root of |r| beyond, so that its square grows linearly.
double robust(double r) {
  const double size = std::abs(r);
  if (size <= huber) return r;
  return std::copysign(std::sqrt(huber * (2 * size - huber)), r);
}

// The residuals of rows and priors as a function of the logarithms of the constants.
class Problem {
 public:
  using Scalar = double;
  using InputType = VectorXd;
  using ValueType = VectorXd;
  using JacobianType = MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  Problem(const CalibrationSet& prior, const std::vector<FitParameter>& parameters,
          const std::vector<PublishedRow>& rows)
      : prior_(prior), parameters_(parameters), rows_(rows) {
    using Kind = std::tuple<std::string, RowKind, std::string, costmodel::WorkPhase>;
    std::map<Kind, int> counts;
    const auto kind = [](const PublishedRow& row) { return Kind(row.source, row.kind, row.gpu, row.phase); };
    for (const PublishedRow& row : rows) ++counts[kind(row)];
    for (const PublishedRow& row : rows)
      weights_.push_back(std::sqrt(std::min(1.0, rows_in_full / counts[kind(row)])) / row_noise);
  }

  int inputs() const { return static_cast<int>(parameters_.size()); }
  int values() const { return static_cast<int>(rows_.size() + parameters_.size()); }

  CalibrationSet set_at(const VectorXd& x) const {
    CalibrationSet set = prior_;
    for (std::size_t p = 0; p < parameters_.size(); ++p)
      put(set, parameters_[p], parameters_[p].prior * std::exp(x[static_cast<Eigen::Index>(p)]));
    return set;
  }

  // Without the Huber bend: for the covariance and for what rows say.
  VectorXd plain(const VectorXd& x) const {
    const CalibrationSet set = set_at(x);
    VectorXd values(this->values());
    Eigen::Index at = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const ReproducedRow row = reproduce(rows_[i], set);
      values[at++] = row.skipped.empty() ? std::log(row.predicted / row.row.value) * weights_[i] : 0.0;
    }
    for (std::size_t p = 0; p < parameters_.size(); ++p)
      values[at++] = x[static_cast<Eigen::Index>(p)] / parameters_[p].prior_sigma;
    return values;
  }

  int operator()(const VectorXd& x, VectorXd& values) const {
    values = plain(x);
    for (Eigen::Index i = 0; i < static_cast<Eigen::Index>(rows_.size()); ++i) values[i] = robust(values[i]);
    return 0;
  }

  template <class Function>
  MatrixXd differences(const VectorXd& x, Function function) const {
    constexpr double step = 1e-4;
    MatrixXd jacobian(values(), inputs());
    for (Eigen::Index p = 0; p < x.size(); ++p) {
      VectorXd up = x, down = x;
      up[p] += step, down[p] -= step;
      jacobian.col(p) = (function(up) - function(down)) / (2 * step);
    }
    return jacobian;
  }

  int df(const VectorXd& x, MatrixXd& jacobian) const {
    jacobian = differences(x, [this](const VectorXd& at) {
      VectorXd values;
      (*this)(at, values);
      return values;
    });
    return 0;
  }

 private:
  const CalibrationSet& prior_;
  const std::vector<FitParameter>& parameters_;
  const std::vector<PublishedRow>& rows_;
  std::vector<double> weights_;
};

VectorXd minimum(Problem& problem, VectorXd x, int* iterations) {
  Eigen::LevenbergMarquardt<Problem> minimiser(problem);
  minimiser.parameters.maxfev = 200;
  minimiser.parameters.ftol = minimiser.parameters.xtol = 1e-10;
  minimiser.minimize(x);
  if (iterations != nullptr) *iterations = static_cast<int>(minimiser.iter);
  return x;
}

// Four digits: more are noise, and files stay readable.
double rounded(double value) { return std::stod(fmt::format("{:.4g}", value)); }

// What is known of each constant after the fit, and from which rows.   Formula 6.2.
void describe(const Problem& problem, const VectorXd& x, const std::vector<PublishedRow>& rows,
              std::vector<FitParameter>& parameters) {
  const MatrixXd jacobian = problem.differences(x, [&](const VectorXd& at) { return problem.plain(at); });
  const MatrixXd covariance =
      (jacobian.transpose() * jacobian).ldlt().solve(MatrixXd::Identity(x.size(), x.size()));
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const Eigen::Index column = static_cast<Eigen::Index>(p);
    FitParameter& parameter = parameters[p];
    parameter.value = parameter.prior * std::exp(x[column]);
    parameter.sigma = std::sqrt(covariance(column, column));
    double of_rows = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      of_rows += std::pow(jacobian(static_cast<Eigen::Index>(i), column), 2);
    const double of_prior = 1 / std::pow(parameter.prior_sigma, 2);
    parameter.from_rows = of_rows / (of_rows + of_prior);
    if (of_rows == 0) continue;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double share = std::pow(jacobian(static_cast<Eigen::Index>(i), column), 2) / of_rows;
      if (share >= 0.05) parameter.constraints.push_back({rows[i].id, share});
    }
    std::stable_sort(parameter.constraints.begin(), parameter.constraints.end(),
                     [](const auto& a, const auto& b) { return a.share > b.share; });
  }
}

double mean_error(const std::vector<ReproducedRow>& rows) {
  double sum = 0;
  int count = 0;
  for (const ReproducedRow& row : rows)
    if (row.skipped.empty()) sum += std::abs(row.error()), ++count;
  return count == 0 ? 0 : sum / count;
}

std::vector<ReproducedRow> reproduced(const std::vector<PublishedRow>& rows, const CalibrationSet& set) {
  std::vector<ReproducedRow> list;
  for (const PublishedRow& row : rows) list.push_back(reproduce(row, set));
  return list;
}

// Residuals from what the fit leaves: the scatter of kernel rows and what is not known of the rate, together.
// Formula 6.3.
void set_residuals(CalibrationSet& set, const CalibrationFit& fit) {
  constexpr double smallest = 0.03;
  for (const Family& family : families())
    for (const auto& [key, direction] :
         {std::pair{"forward_peak_fraction", costmodel::WorkPhase::forward},
          std::pair{"backward_peak_fraction", costmodel::WorkPhase::forward_backward}}) {
      double squares = 0;
      int count = 0;
      for (const ReproducedRow& row : fit.after) {
        const bool forward = row.row.phase == costmodel::WorkPhase::forward;
        if (row.row.kind != RowKind::kernel || !row.skipped.empty() ||
            forward != (direction == costmodel::WorkPhase::forward))
          continue;
        const std::string device =
            case_of(row.row, set).scenarios.front().cluster.groups.front().node.device.name;
        if (std::find(family.devices.begin(), family.devices.end(), device) == family.devices.end()) continue;
        squares += row.error() * row.error();
        ++count;
      }
      if (count == 0) continue;
      const auto parameter = std::find_if(
          fit.parameters.begin(), fit.parameters.end(),
          [&, name = key](const FitParameter& p) { return p.key == name && p.devices == family.devices; });
      const double residual =
          rounded(std::max(smallest, std::hypot(std::sqrt(squares / count), parameter->sigma)));
      for (const std::string& device : family.devices)
        if (Calibration* c = set.find(device))
          (direction == costmodel::WorkPhase::forward ? c->forward : c->backward).residual = residual;
    }
}

// By how much whole runs that the fit has not seen miss more than their parts say.   Formula 6.3.
double run_residual(const std::vector<ReproducedRow>& rows) {
  constexpr double smallest = 0.02;
  double squares = 0;
  int count = 0;
  for (const ReproducedRow& row : rows) {
    if (!row.skipped.empty() || row.row.kind == RowKind::kernel) continue;
    costmodel::ErrorParts parts = row.price.error;
    parts.run = costmodel::Seconds(0);
    squares += std::max(0.0, row.error() * row.error() - std::pow(parts.total() / row.price.time, 2));
    ++count;
  }
  return std::max(smallest, count == 0 ? 0 : std::sqrt(squares / count));
}

std::vector<PublishedRow> timed(const std::vector<PublishedRow>& rows) {
  std::vector<PublishedRow> list;
  for (const PublishedRow& row : rows)
    if (row.metric != Metric::memory) list.push_back(row);
  return list;
}

}  // namespace

CalibrationFit fit_calibrations(const CalibrationSet& prior, const std::vector<PublishedRow>& all_rows) {
  const std::vector<PublishedRow> rows = timed(all_rows);
  if (rows.empty()) throw costmodel::Error("has no row that measures a time; nothing can be fitted to it");
  CalibrationFit fit;
  fit.parameters = parameters_of(prior);
  Problem problem(prior, fit.parameters, rows);
  const VectorXd x = minimum(problem, VectorXd::Zero(problem.inputs()), &fit.iterations);
  describe(problem, x, rows, fit.parameters);
  fit.set = prior;
  for (FitParameter& parameter : fit.parameters)
    put(fit.set, parameter, parameter.value = rounded(parameter.value));
  for (const FitParameter& parameter : fit.parameters)
    if (parameter.from_rows > 0.5) sign(fit.set, parameter);
  fit.before = reproduced(rows, prior);
  fit.after = reproduced(rows, fit.set);

  std::set<std::pair<std::string, std::string>> groups;
  for (const PublishedRow& row : rows) groups.insert({row.source, row.gpu});
  for (const auto& group : groups) {
    std::vector<PublishedRow> kept, out;
    for (const PublishedRow& row : rows)
      (std::pair{row.source, row.gpu} == group ? out : kept).push_back(row);
    if (kept.empty()) continue;
    Problem without(prior, fit.parameters, kept);
    const CalibrationSet set = without.set_at(minimum(without, x, nullptr));
    for (ReproducedRow& row : reproduced(out, set)) fit.left_out.push_back(std::move(row));
    ++fit.groups;
  }
  fit.cross_validated = mean_error(fit.left_out);

  set_residuals(fit.set, fit);
  fit.after = reproduced(rows, fit.set);
  const double run = rounded(run_residual(fit.left_out));
  for (const Family& family : families())
    for (const std::string& device : family.devices)
      if (Calibration* c = fit.set.find(device)) c->run_residual = run;
  fit.after = reproduced(rows, fit.set);
  return fit;
}

}  // namespace validation
