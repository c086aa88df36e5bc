#include "validation/median.h"

#include <algorithm>
#include <cmath>

namespace validation {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Measured measured(const std::vector<double>& samples) {
  Measured result;
  result.median = median_of(samples);
  std::vector<double> deviations;
  for (const double sample : samples) deviations.push_back(std::abs(sample - result.median));
  if (result.median > 0) result.deviation = median_of(deviations) / result.median;
  return result;
}

}  // namespace validation
