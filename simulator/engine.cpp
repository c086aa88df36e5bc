#include "simulator/engine.h"

namespace simulator {

std::string_view name_of(PathPart part) {
  constexpr std::array<std::string_view, path_part_count> names{"late start",
                                                                "attention forward",
                                                                "attention backward",
                                                                "matrix products",
                                                                "elementwise",
                                                                "slowed kernels",
                                                                "transfers inside nodes",
                                                                "transfers between nodes",
                                                                "waiting for shared links",
                                                                "host"};
  return names.at(static_cast<std::size_t>(part));
}

PathPart path_part(const costmodel::Op& op) {
  switch (costmodel::compute_part(op)) {
    case costmodel::ComputePart::attention_forward: return PathPart::attention_forward;
    case costmodel::ComputePart::attention_backward: return PathPart::attention_backward;
    case costmodel::ComputePart::gemm: return PathPart::matrix_products;
    case costmodel::ComputePart::elementwise: return PathPart::elementwise;
  }
  return PathPart::elementwise;
}

void RunResult::count_once(std::size_t w, double sign) {
  const auto count = [&](std::vector<double>& once, const std::vector<double>& sum) {
    once.resize(sum.size(), 0.0);
    once[w] += sign * sum[w];
  };
  count(compute_once, compute);
  count(slowdown_once, slowdown);
  count(host_once, host);
}

PathPart path_part(const Flow& flow) {
  return flow.route.link_class == costmodel::LinkClass::scale_out ? PathPart::network : PathPart::inside;
}

}  // namespace simulator
