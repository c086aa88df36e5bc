// Writing pictures and traces.  Both say what went wrong, or nothing; a failed export leaves no file.
#pragma once

#include <QPainter>
#include <QString>
#include <functional>

#include "costmodel/price/plan_timeline.h"

namespace gui {

using PaintTo = std::function<void(QPainter&, const QRect&)>;

// By the ending of the name: .png (twice the size on screen), .svg, .pdf.
QString write_picture(const QString& path, const QSize& size, const PaintTo& paint);

QString write_plan_trace(const QString& path, const costmodel::PlanTimeline& timeline);

}  // namespace gui
