// Times that are a sum of a few costs: the costs, none below zero.
#pragma once

#include <Eigen/Core>

namespace validation {

// x >= 0 that makes columns x nearest to `times` in relative error; errors over twice the typical one weigh
// less the larger they are.  Few columns: every subset of them is tried.   Formula 6.4.
Eigen::VectorXd nonnegative_fit(const Eigen::MatrixXd& columns, const Eigen::VectorXd& times);

}  // namespace validation
