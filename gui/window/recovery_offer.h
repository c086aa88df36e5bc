// Says at the start that edits of an earlier run were not saved, and gives them back or throws them away.
#pragma once

#include "gui/document/recovery.h"
#include "gui/window/message_bar.h"

namespace gui {

// Both must live as long as the bar's buttons may be pressed.
void offerRecovered(Recovery& recovery, MessageBar& messages);

}  // namespace gui
