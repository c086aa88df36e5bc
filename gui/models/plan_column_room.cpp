#include "gui/models/plan_column_room.h"

#include <algorithm>
#include <array>

namespace gui {

namespace {

constexpr int narrower = 24, wider = 60;  // pixels that a bar may lose and gain

constexpr std::array first_to_go{PlanColumn::keeps,    PlanColumn::intra,  PlanColumn::longest,
                                 PlanColumn::interval, PlanColumn::inter,  PlanColumn::tokens_per_second,
                                 PlanColumn::against,  PlanColumn::exposed};

bool hasBar(const ColumnWidth& each) {
  return each.column == PlanColumn::time || each.column == PlanColumn::memory;
}

int sum(const std::vector<ColumnWidth>& columns) {
  int total = 0;
  for (const ColumnWidth& each : columns) total += each.width;
  return total;
}

}  // namespace

std::vector<ColumnWidth> columnsWithRoom(std::vector<ColumnWidth> wanted, int room, const QSet<int>& kept) {
  const int bars = static_cast<int>(std::count_if(wanted.begin(), wanted.end(), hasBar));
  for (const PlanColumn column : first_to_go) {
    if (sum(wanted) - bars * narrower <= room) break;
    if (!kept.contains(static_cast<int>(column)))
      std::erase_if(wanted, [&](const ColumnWidth& each) { return each.column == column; });
  }
  if (bars == 0) return wanted;
  const int change = std::clamp((room - sum(wanted)) / bars, -narrower, wider);
  const bool rounded_up = change <= 0 && (room - sum(wanted)) % bars != 0;
  for (ColumnWidth& each : wanted)
    if (hasBar(each)) each.width += std::max(-narrower, change - (rounded_up ? 1 : 0));
  return wanted;
}

}  // namespace gui
