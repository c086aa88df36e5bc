// Which columns of the plan table there is room for, and how wide they are.
//
// What decides (the plan, its time, its memory, whether it fits) always stays.  Of the rest the least telling
// give way first; bars get narrower before anything goes, and wider where there is room.
#pragma once

#include <QSet>
#include <vector>

#include "gui/models/plan_table_model.h"

namespace gui {

struct ColumnWidth {
  PlanColumn column = PlanColumn::plan;
  int width = 0;  // pixels
};

// `wanted`: with the width that their contents need.  Columns in `kept` never give way.
std::vector<ColumnWidth> columnsWithRoom(std::vector<ColumnWidth> wanted, int room,
                                         const QSet<int>& kept = {});

}  // namespace gui
