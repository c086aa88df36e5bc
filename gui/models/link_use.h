// How full the links of a cluster were over time, as `ringside simulate --links` writes it, and by kind of
// link, as its JSON says.
#pragma once

#include <QByteArray>
#include <QString>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace gui {

// Of one kind, over the whole simulation.
struct LinkKindTotal {
  QString kind;  // "NIC out"
  int used = 0;  // links that carried anything
  double bytes = 0;
  double mean_utilisation = 0, highest_utilisation = 0;
  QString busiest;  // the link with the highest
};

struct LinkTotals {
  std::vector<LinkKindTotal> kinds;
  // Links that carried several flows at once: how many in the phase that has most, and one of them.
  int shared = 0;
  QString shared_link, shared_phase;
  int simulated_ranks = 0, all_ranks = 0;  // fewer were simulated where the others do the same

  const LinkKindTotal* of(const QString& kind) const;
  bool isBusiest(const QString& link) const;
};
LinkTotals linkTotals(const nlohmann::json& simulation);

struct LinkPhase {
  QString name;
  int repetitions = 1;        // in the time that was recorded
  double begin = 0, end = 0;  // s
  std::size_t first_slice = 0, slice_count = 0;
};

struct LinkSlice {
  double begin = 0, end = 0;  // s
  std::size_t phase = 0;
};

struct LinkRecord {
  QString name;  // "node3.nic2.in"
  QString kind;  // "NIC in"
};

struct LinkUse {
  // In the order in which they begin.  They may overlap: who is ready begins the next.
  std::vector<LinkPhase> phases;
  std::vector<LinkSlice> slices;   // by phase, in order; gaps are repetitions that were not recorded
  std::vector<LinkRecord> links;   // in order of appearance
  std::vector<float> utilisation;  // link-major: link x slices.size() + slice
  std::vector<double> bytes;

  double duration() const;  // s
  std::size_t at(std::size_t link, std::size_t slice) const { return link * slices.size() + slice; }
};
using LinkUsePtr = std::shared_ptr<const LinkUse>;

// Throws costmodel::Error that names the file, the line and the column that is wrong.
LinkUse parseLinkUse(const QByteArray& csv, const QString& file);
LinkUse readLinkUse(const QString& path);

}  // namespace gui
