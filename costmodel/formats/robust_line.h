// A straight line through measured times, t = steps x alpha + sent / bandwidth, that a wild row hardly moves.
//
// Minimises the Huber loss of the relative errors (k = 1.345 robust standard deviations), with alpha >= 0.
#pragma once

#include <span>
#include <vector>

namespace costmodel {

struct LinePoint {
  double steps = 1;  // how often alpha is paid
  double sent = 0;   // bytes
  double time = 0;   // seconds, above zero
};

struct RobustLine {
  double alpha = 0;             // seconds
  double slope = 0;             // seconds per byte
  std::vector<double> weights;  // of each point, 1 but for outliers

  double at(const LinePoint& point) const { return alpha * point.steps + slope * point.sent; }
  // (predicted - measured) / measured of each point.
  std::vector<double> errors(std::span<const LinePoint> points) const;
};

// Needs two points or more.
RobustLine robust_line(std::span<const LinePoint> points);

double median(std::vector<double> values);

}  // namespace costmodel
