#include "costmodel/formats/robust_line.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace costmodel {

namespace {

struct Line {
  double alpha = 0, slope = 0;
};

// Minimises the weighted sum of (t(x_i)/t_i - 1)^2.  Both columns are scaled to about 1, since bytes and
// seconds are 15 orders of magnitude apart.
Line weighted_line(std::span<const LinePoint> points, const std::vector<double>& weights) {
  const double time_scale = points.front().time;
  const double sent_scale = points.back().sent / points.back().time;
  const auto count = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd columns(count, 2);
  Eigen::VectorXd ones(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const LinePoint& point = points[static_cast<std::size_t>(i)];
    const double weight = std::sqrt(weights[static_cast<std::size_t>(i)]);
    columns(i, 0) = weight * point.steps * time_scale / point.time;
    columns(i, 1) = weight * point.sent / point.time / sent_scale;
    ones[i] = weight;
  }
  const Eigen::Vector2d scaled = columns.colPivHouseholderQr().solve(ones);
  if (scaled[0] >= 0) return {scaled[0] * time_scale, scaled[1] / sent_scale};
  const Eigen::VectorXd sent = columns.col(1);  // alpha would be negative: the best line through zero
  return {0, sent.dot(ones) / sent.squaredNorm() / sent_scale};
}

}  // namespace

double median(std::vector<double> values) {
  const std::size_t middle = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> RobustLine::errors(std::span<const LinePoint> points) const {
  std::vector<double> errors;
  for (const LinePoint& point : points) errors.push_back(at(point) / point.time - 1);
  return errors;
}

// Iteratively reweighted least squares for the Huber loss.
RobustLine robust_line(std::span<const LinePoint> points) {
  constexpr double huber_k = 1.345;  // 95 % efficient for normal errors (Huber 1964)
  constexpr double normal_deviation =
      1.4826;                           // standard deviation of normal errors / their median absolute value
  constexpr double least_scale = 1e-3;  // times are printed with two or more digits
  RobustLine result;
  result.weights.assign(points.size(), 1);
  for (int round = 0; round <= 50; ++round) {
    const Line line = weighted_line(points, result.weights);
    result.alpha = line.alpha;
    result.slope = line.slope;
    if (round == 50) break;
    std::vector<double> absolute = result.errors(points);
    for (double& error : absolute) error = std::abs(error);
    const double scale = std::max(least_scale, normal_deviation * median(absolute));
    for (std::size_t i = 0; i < absolute.size(); ++i)
      result.weights[i] = absolute[i] <= huber_k * scale ? 1 : huber_k * scale / absolute[i];
  }
  return result;
}

}  // namespace costmodel
