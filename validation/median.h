// Median and median absolute deviation: what a repeated timing is summed up by.
#pragma once

#include <vector>

namespace validation {

struct Measured {
  double median = 0;     // seconds
  double deviation = 0;  // median absolute deviation, relative to the median
};

double median_of(std::vector<double> values);  // 0 when there are none
Measured measured(const std::vector<double>& samples);

}  // namespace validation
