// How a project was looked at: its own layout of docks, the plan and the baseline that were chosen, the part
// of the timeline that was seen.  Kept with the preferences, never in the project.
#pragma once

#include <QByteArray>
#include <QString>
#include <optional>

namespace gui {

struct ViewState {
  QByteArray layout;
  QString current, baseline;                // every axis of the plan; empty: nobody chose
  QString current_family, baseline_family;  // for when that very plan is not shown any more
  double from = 0, to = 1;                  // of the timeline's length

  friend bool operator==(const ViewState&, const ViewState&) = default;
};

// By the path of the project; the most recent ones.
std::optional<ViewState> storedView(const QString& project);
void storeView(const QString& project, const ViewState& state);

}  // namespace gui
