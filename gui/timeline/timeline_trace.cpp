#include "gui/timeline/timeline_trace.h"

#include <QCoreApplication>
#include <algorithm>
#include <stdexcept>

namespace gui {

QString name_of(SliceKind kind) {
  const char* text = "";
  switch (kind) {
    case SliceKind::attention: text = QT_TRANSLATE_NOOP("gui", "attention"); break;
    case SliceKind::kernel: text = QT_TRANSLATE_NOOP("gui", "other kernels"); break;
    case SliceKind::stall: text = QT_TRANSLATE_NOOP("gui", "stall"); break;
    case SliceKind::send_inside: text = QT_TRANSLATE_NOOP("gui", "send in node"); break;
    case SliceKind::send_network: text = QT_TRANSLATE_NOOP("gui", "send NIC"); break;
    case SliceKind::receive_inside: text = QT_TRANSLATE_NOOP("gui", "receive in node"); break;
    case SliceKind::receive_network: text = QT_TRANSLATE_NOOP("gui", "receive NIC"); break;
    case SliceKind::message: text = QT_TRANSLATE_NOOP("gui", "exchange"); break;
    case SliceKind::collective_inside: text = QT_TRANSLATE_NOOP("gui", "collective in node"); break;
    case SliceKind::collective_network: text = QT_TRANSLATE_NOOP("gui", "collective NIC"); break;
    case SliceKind::host: text = QT_TRANSLATE_NOOP("gui", "host"); break;
  }
  return QCoreApplication::translate("gui", text);
}

QString name_of(LaneRole role) {
  const char* text = "";
  switch (role) {
    case LaneRole::compute: text = QT_TRANSLATE_NOOP("gui", "compute"); break;
    case LaneRole::send: text = QT_TRANSLATE_NOOP("gui", "send"); break;
    case LaneRole::receive: text = QT_TRANSLATE_NOOP("gui", "receive"); break;
    case LaneRole::message: text = QT_TRANSLATE_NOOP("gui", "exchange"); break;
    case LaneRole::collective: text = QT_TRANSLATE_NOOP("gui", "collective"); break;
    case LaneRole::host: text = QT_TRANSLATE_NOOP("gui", "host"); break;
  }
  return QCoreApplication::translate("gui", text);
}

void TraceRow::add(double start, double end, SliceKind kind, Critical critical, std::uint32_t name) {
  if (!starts_.empty()) {
    if (start < starts_.back()) throw std::logic_error("slices of a row must be added in order");
    lengths_.back() = std::min(lengths_.back(), static_cast<float>(start - starts_.back()));
  }
  starts_.push_back(start);
  lengths_.push_back(static_cast<float>(std::max(0.0, end - start)));
  names_.push_back(name);
  bits_.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(kind) |
                                            (critical == Critical::yes ? critical_bit : 0U)));
}

void TraceRow::reserve(std::size_t count) {
  starts_.reserve(count);
  lengths_.reserve(count);
  names_.reserve(count);
  bits_.reserve(count);
}

std::size_t TraceRow::first_after(double t) const {
  // The last slice that starts at or before t may reach over it.
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), t);
  const std::size_t i = static_cast<std::size_t>(next - starts_.begin());
  return i > 0 && end(i - 1) > t ? i - 1 : i;
}

std::size_t TimelineTrace::slice_count() const {
  std::size_t sum = 0;
  for (const TraceRow& row : rows) sum += row.size();
  return sum;
}

}  // namespace gui
