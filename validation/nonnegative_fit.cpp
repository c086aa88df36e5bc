#include "validation/nonnegative_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "validation/median.h"

namespace validation {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr Index most_columns = 6;

VectorXd relative_errors(const MatrixXd& columns, const VectorXd& times, const VectorXd& x) {
  return ((columns * x - times).array() / times.array()).matrix();
}

// The best of all subsets of columns whose solution has nothing below zero.
VectorXd solve(const MatrixXd& scaled, const VectorXd& weights) {
  const Index n = scaled.cols();
  VectorXd best = VectorXd::Zero(n);
  double least = std::numeric_limits<double>::infinity();
  for (unsigned subset = 1; subset < (1U << static_cast<unsigned>(n)); ++subset) {
    std::vector<Index> chosen;
    for (Index c = 0; c < n; ++c)
      if ((subset >> static_cast<unsigned>(c) & 1U) != 0) chosen.push_back(c);
    MatrixXd part(scaled.rows(), static_cast<Index>(chosen.size()));
    for (std::size_t c = 0; c < chosen.size(); ++c)
      part.col(static_cast<Index>(c)) = (scaled.col(chosen[c]).array() * weights.array()).matrix();
    const VectorXd solved = part.colPivHouseholderQr().solve(weights);  // every time is 1
    if (!solved.allFinite() || solved.minCoeff() < 0) continue;
    const double loss = (part * solved - weights).squaredNorm();
    if (loss >= least) continue;
    least = loss;
    best.setZero();
    for (std::size_t c = 0; c < chosen.size(); ++c) best[chosen[c]] = solved[static_cast<Index>(c)];
  }
  return best;
}

}  // namespace

VectorXd nonnegative_fit(const MatrixXd& columns, const VectorXd& times) {
  if (columns.cols() < 1 || columns.cols() > most_columns || columns.rows() != times.size() ||
      times.size() == 0 || times.minCoeff() <= 0)
    throw std::logic_error("nonnegative_fit: needs 1 to 6 columns and one time above zero per row");
  // Columns of like size, in relative terms.
  MatrixXd scaled = columns;
  for (Index r = 0; r < scaled.rows(); ++r) scaled.row(r) /= times[r];
  VectorXd size(scaled.cols());
  for (Index c = 0; c < scaled.cols(); ++c) {
    size[c] = std::max(scaled.col(c).cwiseAbs().maxCoeff(), 1e-300);
    scaled.col(c) /= size[c];
  }
  VectorXd weights = VectorXd::Ones(times.size());
  VectorXd x;
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    x = (solve(scaled, weights).array() / size.array()).matrix();
    const VectorXd errors = relative_errors(columns, times, x).cwiseAbs();
    const double typical = std::max(median_of({errors.begin(), errors.end()}), 1e-9);
    for (Index r = 0; r < errors.size(); ++r)
      weights[r] = errors[r] <= 2 * typical ? 1.0 : std::sqrt(2 * typical / errors[r]);
  }
  return x;
}

}  // namespace validation
