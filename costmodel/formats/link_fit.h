// Alpha and bandwidth of a link from an nccl-tests log, and the lines of a scenario that hold them.
//
// It is a straight line through measured times, not a model of NCCL: its choice of protocol and algorithm by
// size is in the residual.
#pragma once

#include <string>

#include "costmodel/base/units.h"
#include "costmodel/formats/nccl_tests_log.h"
#include "costmodel/formats/robust_line.h"

namespace costmodel {

enum class FittedLink { scale_up, scale_out };  // inside one node, between nodes

std::string_view name_of(FittedLink link);

// Whether the log has messages small enough to tell alpha apart from zero.
enum class AlphaKnown { no, yes };

struct LinkFit {
  FittedLink link = FittedLink::scale_up;  // scale_out as soon as the ranks are on two hosts
  Seconds alpha;                           // of one step
  AlphaKnown alpha_known = AlphaKnown::yes;
  BytesPerSecond bandwidth;  // per GPU and direction; with scale_out per network card
  int cards = 0;             // network cards that the bandwidth was divided by; 1 for sendrecv
  double residual = 0;       // root mean square of (predicted - measured) / measured
  double worst = 0;          // the largest of them, absolute
  Bytes worst_size;
  int samples = 0;  // message sizes
};

struct LinkFitOptions {
  int nics_per_node = 0;  // 0: as many as GPUs of a node took part
};

// Formula, with n ranks on m nodes, c cards per node, message size S:
//   t(S) = s alpha + x(S) / b
//   all_reduce      s = 2(n-1)  x = 2 S (n-1)/n        ring: every rank sends x in s steps
//   all_gather,
//   reduce_scatter  s = n-1     x = S (n-1)/n
//   alltoall        s = 1       x = S (n-1)/n          all sends are posted together
//   sendrecv        s = 1       x = S
// One node: the bandwidth is b.  Several nodes: a ring leaves each node once, over all cards together: b/c
// per card; sendrecv leaves it through the card of one GPU: b; of an alltoall only x = S (n - n/m)/n of each
// GPU leaves the node: b (n/m) / c. alpha and b minimise the Huber loss (k = 1.345 robust standard
// deviations) of the relative errors (t(S) - measured)/measured, with alpha >= 0; several rows of one size
// count as their median. Throws Error when the log cannot tell the bandwidth: fewer than two sizes, or no
// large message.
LinkFit fit_link(const NcclTestsLog& log, const LinkFitOptions& options = {});

// A row in terms of one link: time = steps x alpha + sent / b, b of one GPU inside a node, of one card
// between nodes.  For fits over several logs.
struct LinkPoint {
  int line = 0;  // of the log
  Bytes size;
  LinePoint point;
};
std::vector<LinkPoint> link_points(const NcclTestsLog& log, const LinkFitOptions& options = {});

// A fragment for the [cluster] section of a scenario, with comments that say where each number comes from.
std::string link_fit_toml(const NcclTestsLog& log, const LinkFit& fit);

}  // namespace costmodel
