// A rate that several ranks share is no longer anybody's measurement, and says so.
#pragma once

#include <string>

namespace validation {

template <class Rate>
void share_rate(Rate& rate, double factor, const std::string& why) {
  rate.value = rate.value * factor;
  rate.source += why;
}

}  // namespace validation
