// Colours and marks: Okabe-Ito, told apart by shape as well as by colour, on a light or a dark ground.
#pragma once

#include <QApplication>
#include <QColor>
#include <QIcon>
#include <QPainterPath>
#include <QPalette>
#include <string>

#include "costmodel/plan/plan.h"

namespace gui {

enum class Scheme { system, light, dark };

// Sets the style and palette of the whole program.
void applyScheme(QApplication& application, Scheme scheme);
bool isDark(const QPalette& palette);

// What a colour stands for, the same in every view.
enum class Ink {
  compute,
  exposed,   // communication and waiting that is not hidden
  slowdown,  // kernels slowed by communication in flight
  host,      // copies to the host and work there
  memory,    // bar of the peak
  capacity,  // the memory line and what lies beyond it
  good,      // fits
  text,
  faint_text,
  grid,
  ground,  // of plots
};
QColor ink(Ink ink, const QPalette& palette);

// Qualitative colours for items of a stack, in an order that keeps neighbours apart.
QColor stackColour(int index);

// A plan's mark: colour by transport, shape by member of the family.
enum class MarkShape { disc, circle, square, diamond, triangle, triangle_down, star, plus };
struct PlanMark {
  QColor colour;
  MarkShape shape = MarkShape::disc;
};
PlanMark planMark(const costmodel::Plan& plan);
// The outline of a mark round `centre`.
QPainterPath markPath(MarkShape shape, QPointF centre, double radius);
// Its edge: darker than the fill where the fill alone has too little contrast.
QColor markOutline(const PlanMark& mark, const QPalette& palette);
// The same mark as a small picture for tables and menus.
QPixmap markPixmap(const PlanMark& mark, int size, double pixel_ratio, const QPalette& palette);
void paintMark(QPainter& painter, const PlanMark& mark, QPointF centre, double radius,
               const QPalette& palette);

}  // namespace gui
