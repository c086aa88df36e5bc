// Bytes sent, counted on the schedule: never estimated beside it.  Formulas 2.1 to 2.7 are its closed forms.
#pragma once

#include "costmodel/price/cluster_map.h"
#include "costmodel/price/plan_price.h"
#include "costmodel/schedule/schedule.h"

namespace costmodel {

Traffic count_traffic(const Schedule& schedule, const ClusterMap& map);

}  // namespace costmodel
