// How full links are, as CSV: every link and slice of time on a line of its own, or links x slices.
#pragma once

#include <QString>
#include <vector>

#include "gui/models/link_use.h"
#include "gui/models/predicted_links.h"

namespace gui {

// One line a link and slice, links in order.
QString linkLinesCsv(const LinkUse& use);
QString linkLinesCsv(const std::vector<PredictedLink>& links);

// A row of utilisations per link, a column per slice.  Three lines of header say each column's phase, begin
// and end, for phases may overlap.  What was not recorded has no column.  A prediction is one column, of the
// whole time.
QString linkMatrixCsv(const LinkUse& use);
QString linkMatrixCsv(const std::vector<PredictedLink>& links);

}  // namespace gui
