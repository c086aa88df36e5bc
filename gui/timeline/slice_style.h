// Colours of slices and of everything around them, from the palette: Okabe-Ito for kinds, the palette's own
// ink for the rest.  Kind is never told by colour alone: stalls are hatched, the critical path is outlined,
// sends and receives have rows of their own.
#pragma once

#include <QColor>
#include <QPalette>
#include <array>

#include "gui/timeline/timeline_trace.h"

namespace gui {

enum class Marks : std::uint8_t {
  none,  // plain areas, for measuring them
  all,   // hatching, outlines, labels
};

struct SliceStyle {
  std::array<QColor, slice_kind_count> fill;
  std::array<QColor, slice_kind_count> edge;   // of colours that are too light for the background
  std::array<QColor, slice_kind_count> label;  // text on the fill
  QColor hatch;
  QColor critical;
  QColor background, ink, faint_ink, grid, selection;
  QColor measured;  // behind measured rows
  Marks marks = Marks::all;

  const QColor& of(SliceKind kind) const { return fill[static_cast<std::size_t>(kind)]; }
};

SliceStyle style_from(const QPalette& palette);

}  // namespace gui
