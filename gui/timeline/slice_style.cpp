#include "gui/timeline/slice_style.h"

#include <cmath>

namespace gui {

namespace {

// Okabe-Ito.
constexpr QRgb blue = 0xff0072b2, vermillion = 0xffd55e00, green = 0xff009e73, purple = 0xffcc79a7,
               sky = 0xff56b4e9, orange = 0xffe69f00;

QColor mixed(const QColor& a, const QColor& b, double part_of_b) {
  const auto channel = [&](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * part_of_b)); };
  return QColor(channel(a.red(), b.red()), channel(a.green(), b.green()), channel(a.blue(), b.blue()));
}

QColor fill_of(SliceKind kind, const QColor& background, const QColor& ink) {
  switch (kind) {
    case SliceKind::attention: return blue;
    case SliceKind::kernel: return green;
    case SliceKind::stall: return mixed(background, vermillion, 0.14);
    case SliceKind::send_inside:
    case SliceKind::collective_inside: return orange;
    case SliceKind::send_network:
    case SliceKind::collective_network: return vermillion;
    case SliceKind::receive_inside: return sky;
    case SliceKind::receive_network: return purple;
    case SliceKind::message: return mixed(background, ink, 0.5);
    case SliceKind::host: return mixed(background, ink, 0.7);
  }
  return ink;
}

}  // namespace

SliceStyle style_from(const QPalette& palette) {
  SliceStyle style;
  style.background = palette.color(QPalette::Base);
  style.ink = palette.color(QPalette::Text);
  style.faint_ink = mixed(style.background, style.ink, 0.62);
  style.grid = mixed(style.background, style.ink, 0.13);
  style.measured = mixed(style.background, style.ink, 0.06);
  style.selection = palette.color(QPalette::Highlight);
  const bool light = style.background.lightness() > 127;
  style.hatch = mixed(style.background, vermillion, light ? 0.75 : 0.85);
  style.critical = style.ink;
  for (int k = 0; k < slice_kind_count; ++k) {
    const std::size_t place = static_cast<std::size_t>(k);
    const QColor fill = fill_of(static_cast<SliceKind>(k), style.background, style.ink);
    style.fill[place] = fill;
    style.edge[place] = mixed(fill, light ? QColor(Qt::black) : style.background, light ? 0.3 : 0.35);
    style.label[place] = qGray(fill.rgb()) > 140 ? QColor(Qt::black) : QColor(Qt::white);
  }
  return style;
}

}  // namespace gui
