#include "validation/link_calibration.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "costmodel/base/error.h"
#include "costmodel/base/unit_text.h"

namespace validation {

using costmodel::FittedLink;
using costmodel::LinePoint;

namespace {

// How often a class was measured, by whom: "between nodes (b200)".
std::string class_text(const std::string& gpu, FittedLink link) {
  return (link == FittedLink::scale_up ? "inside a node" : "between nodes") +
         (gpu.empty() ? "" : " (" + gpu + ")");
}

std::vector<LinkConstraint> constraints_of(const std::vector<FittedRow>& rows,
                                           const Eigen::VectorXd& column) {
  const double all = column.squaredNorm();
  std::vector<LinkConstraint> list;
  for (std::size_t i = 0; i < rows.size() && all > 0; ++i) {
    const double share = std::pow(column[static_cast<Eigen::Index>(i)], 2) / all;
    if (share >= 0.05) list.push_back({rows[i].row.id, share});
  }
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.share > b.share; });
  return list;
}

// How well the rows know both constants: relative errors over relative changes of alpha and of 1 / bandwidth.
void describe(const std::vector<LinePoint>& points, const costmodel::RobustLine& line, LinkClassFit& fit) {
  const auto count = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd jacobian(count, 2);
  double squares = 0, weights = 0;
  for (Eigen::Index i = 0; i < count; ++i) {
    const LinePoint& point = points[static_cast<std::size_t>(i)];
    const FittedRow& row = fit.rows[static_cast<std::size_t>(i)];
    const double root = std::sqrt(row.weight);
    jacobian(i, 0) = root * line.alpha * point.steps / point.time;
    jacobian(i, 1) = root * line.slope * point.sent / point.time;
    squares += row.weight * row.error * row.error;
    weights += row.weight;
  }
  fit.residual = std::sqrt(squares / weights);
  fit.alpha.constraints = constraints_of(fit.rows, jacobian.col(0));
  fit.bandwidth.constraints = constraints_of(fit.rows, jacobian.col(1));
  const double noise = count > 2 ? std::sqrt(squares / static_cast<double>(count - 2)) : 0;
  if (line.alpha > 0) {
    const Eigen::Matrix2d covariance = (jacobian.transpose() * jacobian).inverse();
    fit.alpha.sigma = noise * std::sqrt(covariance(0, 0));
    fit.bandwidth.sigma = noise * std::sqrt(covariance(1, 1));
  } else {
    fit.bandwidth.sigma = noise / jacobian.col(1).norm();
  }
}

LinkClassFit fitted(const std::string& gpu, FittedLink link, std::vector<LinkRow> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const LinkRow& a, const LinkRow& b) { return a.size < b.size; });
  LinkClassFit fit;
  fit.gpu = gpu;
  fit.link = link;
  std::vector<LinePoint> points;
  std::set<double> sizes;
  for (const LinkRow& row : rows) points.push_back(row.point), sizes.insert(row.size.value);
  if (sizes.size() < 2)
    throw costmodel::Error(
        fmt::format("one message size {} cannot tell alpha from bandwidth; expected a range of "
                    "sizes, such as -b 8 -e 1G -f 2",
                    class_text(gpu, link)));
  const costmodel::RobustLine line = costmodel::robust_line(points);
  const LinePoint& largest = points.back();
  if (!(line.slope > 0) || line.slope * largest.sent < 0.5 * line.at(largest))
    throw costmodel::Error(
        fmt::format("the largest message {}, {}, still takes mostly fixed time; expected larger "
                    "ones, such as -e 1G",
                    class_text(gpu, link), format_bytes(rows.back().size)));
  const std::vector<double> errors = line.errors(points);
  for (std::size_t i = 0; i < rows.size(); ++i)
    fit.rows.push_back({std::move(rows[i]), errors[i], line.weights[i]});
  fit.alpha.value = line.alpha;
  fit.bandwidth.value = 1 / line.slope;
  const LinePoint& smallest = points.front();
  fit.alpha_known = line.alpha * smallest.steps >= 0.2 * line.at(smallest) ? costmodel::AlphaKnown::yes
                                                                           : costmodel::AlphaKnown::no;
  describe(points, line, fit);
  return fit;
}

}  // namespace

std::vector<LinkClassFit> fit_links(const std::vector<LinkRow>& rows) {
  std::map<std::pair<std::string, FittedLink>, std::vector<LinkRow>> classes;
  for (const LinkRow& row : rows) classes[{row.gpu, row.link}].push_back(row);
  if (classes.empty()) throw costmodel::Error("there is no row that measures a link");
  std::vector<LinkClassFit> fits;
  for (auto& [key, list] : classes) fits.push_back(fitted(key.first, key.second, std::move(list)));
  return fits;
}

}  // namespace validation
