// What the timeline reads from files and writes to them.
#include <QFileDialog>
#include <QMessageBox>
#include <QPainter>

#include "costmodel/base/error.h"
#include "gui/timeline/timeline_export.h"
#include "gui/timeline/timeline_view.h"
#include "gui/timeline/trace_reader.h"

namespace gui {

void TimelineView::askExportPicture() {
  const QString path = QFileDialog::getSaveFileName(this, tr("Export picture"), tr("timeline.png"),
                                                    tr("Pictures (*.png *.svg *.pdf)"));
  if (path.isEmpty()) return;
  const QString problem = exportPicture(path);
  if (!problem.isEmpty()) QMessageBox::warning(this, tr("Export picture"), problem);
}

void TimelineView::askExportTrace() {
  const QString path = QFileDialog::getSaveFileName(this, tr("Export trace"), tr("timeline.json"),
                                                    tr("Chrome traces (*.json)"));
  if (path.isEmpty()) return;
  const QString problem = exportTrace(PlanSlot::upper, path);
  if (!problem.isEmpty()) QMessageBox::warning(this, tr("Export trace"), problem);
}

void TimelineView::askMeasuredTrace() {
  const QString path = QFileDialog::getOpenFileName(this, tr("Measured or simulated trace"), QString(),
                                                    tr("Chrome traces (*.json)"));
  if (path.isEmpty()) return;
  try {
    setMeasured(PlanSlot::upper, readTrace(path));
  } catch (const costmodel::Error& error) {
    QMessageBox::warning(this, tr("Measured or simulated trace"), QString::fromUtf8(error.what()));
  }
}

QString TimelineView::exportPicture(const QString& path) const {
  return write_picture(path, size(),
                       [this](QPainter& painter, const QRect& area) { paintTo(painter, area); });
}

QString TimelineView::exportTrace(PlanSlot slot, const QString& path) const {
  const PreparedTrace* shown = scene_.trace(slot, TraceLayer::predicted);
  if (!shown || !shown->trace.source) return tr("There is no predicted plan to export: select one first.");
  return write_plan_trace(path, *shown->trace.source);
}

}  // namespace gui
