#include "gui/window/recovery_offer.h"

#include <QCoreApplication>

namespace gui {

namespace {
QString tr(const char* text) { return QCoreApplication::translate("gui", text); }
}  // namespace

void offerRecovered(Recovery& recovery, MessageBar& messages) {
  const std::vector<RecoveredProject> found = recovery.found();
  if (found.empty()) return;
  const RecoveredProject& first = found.front();
  const QString where = first.path.isEmpty() ? first.title : first.path;
  messages.showOffer(tr("The program ended before the changes to %1 were saved.").arg(where),
                     {{tr("Res&tore them"),
                       [&recovery, &messages, first] {
                         if (const Problem problem = recovery.restore(first)) messages.showMessage(*problem);
                       }},
                      {tr("Thro&w them away"), [&recovery, &messages, first] {
                         recovery.discard(first);
                         offerRecovered(recovery, messages);  // the next, if there is one
                       }}});
}

}  // namespace gui
