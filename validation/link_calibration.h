// Alpha and bandwidth of every link class, fitted to all rows that measured it: in one node, and between
// nodes, for each GPU.   Formula 6.6.
#pragma once

#include <string>
#include <vector>

#include "validation/link_test_rows.h"

namespace validation {

struct LinkConstraint {
  std::string row;
  double share = 0;  // of what all rows say of this constant
};

struct LinkConstant {
  double value = 0;
  double sigma = 0;                         // relative, one standard deviation; 0 when nothing is known
  std::vector<LinkConstraint> constraints;  // largest first
};

struct FittedRow {
  LinkRow row;
  double error = 0;   // (predicted - measured) / measured
  double weight = 1;  // below 1: an outlier
};

struct LinkClassFit {
  std::string gpu;
  costmodel::FittedLink link = costmodel::FittedLink::scale_up;
  LinkConstant alpha;      // seconds
  LinkConstant bandwidth;  // bytes per second, of one GPU inside a node, of one card between nodes
  costmodel::AlphaKnown alpha_known = costmodel::AlphaKnown::yes;
  double residual = 0;  // root mean square of the errors; outliers count by their weight
  std::vector<FittedRow> rows;
};

// Throws Error naming the class whose rows cannot tell a bandwidth.
std::vector<LinkClassFit> fit_links(const std::vector<LinkRow>& rows);

}  // namespace validation
