#include "gui/look/theme.h"

#include <QPainter>
#include <QStyleFactory>
#include <array>

#include "costmodel/answer/search.h"

namespace gui {

namespace {

// Okabe and Ito's eight colours without black and yellow, which one of the grounds swallows.
constexpr QRgb orange = 0xE69F00, sky = 0x56B4E9, green = 0x009E73, blue = 0x0072B2, vermillion = 0xD55E00,
               purple = 0xCC79A7;

QPalette lightPalette() {
  QPalette p;
  const QColor text(0x1F, 0x23, 0x28);
  p.setColor(QPalette::Window, QColor(0xF3, 0xF4, 0xF6));
  p.setColor(QPalette::WindowText, text);
  p.setColor(QPalette::Base, Qt::white);
  p.setColor(QPalette::AlternateBase, QColor(0xF7, 0xF8, 0xFA));
  p.setColor(QPalette::Text, text);
  p.setColor(QPalette::Button, QColor(0xEC, 0xEE, 0xF1));
  p.setColor(QPalette::ButtonText, text);
  p.setColor(QPalette::BrightText, Qt::white);
  p.setColor(QPalette::ToolTipBase, Qt::white);
  p.setColor(QPalette::ToolTipText, text);
  p.setColor(QPalette::PlaceholderText, QColor(0x6B, 0x72, 0x80));
  p.setColor(QPalette::Highlight, QColor(0xCF, 0xE3, 0xF6));
  p.setColor(QPalette::HighlightedText, text);
  p.setColor(QPalette::Link, QColor(blue));
  p.setColor(QPalette::LinkVisited, QColor(blue));
  p.setColor(QPalette::Mid, QColor(0xC4, 0xC9, 0xD0));
  p.setColor(QPalette::Dark, QColor(0x9A, 0xA1, 0xAB));
  p.setColor(QPalette::Light, Qt::white);
  return p;
}

QPalette darkPalette() {
  QPalette p;
  const QColor text(0xE6, 0xE8, 0xEB);
  p.setColor(QPalette::Window, QColor(0x24, 0x26, 0x2A));
  p.setColor(QPalette::WindowText, text);
  p.setColor(QPalette::Base, QColor(0x1B, 0x1C, 0x1F));
  p.setColor(QPalette::AlternateBase, QColor(0x20, 0x22, 0x25));
  p.setColor(QPalette::Text, text);
  p.setColor(QPalette::Button, QColor(0x34, 0x37, 0x3C));
  p.setColor(QPalette::ButtonText, text);
  p.setColor(QPalette::BrightText, Qt::white);
  p.setColor(QPalette::ToolTipBase, QColor(0x2C, 0x2F, 0x34));
  p.setColor(QPalette::ToolTipText, text);
  p.setColor(QPalette::PlaceholderText, QColor(0x95, 0x9C, 0xA6));
  p.setColor(QPalette::Highlight, QColor(0x2B, 0x4A, 0x66));
  p.setColor(QPalette::HighlightedText, text);
  p.setColor(QPalette::Link, QColor(sky));
  p.setColor(QPalette::LinkVisited, QColor(sky));
  p.setColor(QPalette::Mid, QColor(0x4A, 0x4E, 0x55));
  p.setColor(QPalette::Dark, QColor(0x15, 0x16, 0x18));
  p.setColor(QPalette::Light, QColor(0x45, 0x49, 0x50));
  return p;
}

QColor faded(QColor colour, double alpha) {
  colour.setAlphaF(static_cast<float>(alpha));
  return colour;
}

void disable(QPalette& p) {
  for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, faded(p.color(QPalette::Active, role), 0.45));
}

QPainterPath polygon(QPointF centre, double radius, int corners, double first_angle) {
  QPainterPath path;
  for (int i = 0; i < corners; ++i) {
    const double angle = first_angle + 2 * M_PI * i / corners;
    const QPointF corner = centre + radius * QPointF(std::cos(angle), std::sin(angle));
    if (i == 0)
      path.moveTo(corner);
    else
      path.lineTo(corner);
  }
  path.closeSubpath();
  return path;
}

}  // namespace

bool isDark(const QPalette& palette) { return palette.color(QPalette::Window).lightness() < 128; }

void applyScheme(QApplication& application, Scheme scheme) {
  // What the desktop asked for, before this program set a palette of its own.
  static const bool system_is_dark = isDark(application.palette());
  const bool dark = scheme == Scheme::dark || (scheme == Scheme::system && system_is_dark);
  application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QPalette palette = dark ? darkPalette() : lightPalette();
  disable(palette);
  application.setPalette(palette);
}

QColor ink(Ink which, const QPalette& palette) {
  const bool dark = isDark(palette);
  const QColor text = palette.color(QPalette::Text);
  switch (which) {
    case Ink::compute: return QColor(blue);
    case Ink::exposed: return QColor(orange);
    case Ink::slowdown: return QColor(purple);
    case Ink::host: return QColor(green);
    case Ink::memory: return QColor(sky);
    case Ink::capacity: return QColor(vermillion);
    case Ink::good: return dark ? QColor(0x2F, 0xC4, 0x9A) : QColor(0x00, 0x7A, 0x59);
    case Ink::text: return text;
    case Ink::faint_text: return faded(text, 0.62);
    case Ink::grid: return faded(text, 0.13);
    case Ink::ground: return palette.color(QPalette::Base);
  }
  return text;
}

QColor stackColour(int index) {
  constexpr std::array<QRgb, 6> colours{blue, orange, green, sky, vermillion, purple};
  return QColor(colours.at(static_cast<std::size_t>(index) % colours.size()));
}

PlanMark planMark(const costmodel::Plan& plan) {
  using costmodel::Transport;
  switch (plan.transport) {
    case Transport::none: return {QColor(0x80, 0x80, 0x80), MarkShape::plus};
    case Transport::tensor: return {QColor(0x80, 0x80, 0x80), MarkShape::star};
    case Transport::all_gather: return {QColor(sky), MarkShape::square};
    case Transport::all_to_all: return {QColor(purple), MarkShape::triangle};
    case Transport::hybrid: return {QColor(orange), MarkShape::diamond};
    case Transport::ring: break;
  }
  const std::string family = costmodel::plan_family(plan);
  if (family.ends_with("burst")) return {QColor(green), MarkShape::disc};
  if (family.ends_with("burst-kv")) return {QColor(green), MarkShape::circle};
  if (family.ends_with("zigzag-ring")) return {QColor(blue), MarkShape::diamond};
  if (family.ends_with("striped-ring")) return {QColor(blue), MarkShape::triangle_down};
  return {QColor(blue), MarkShape::square};
}

QPainterPath markPath(MarkShape shape, QPointF c, double r) {
  QPainterPath path;
  switch (shape) {
    case MarkShape::disc:
    case MarkShape::circle: path.addEllipse(c, r, r); break;
    case MarkShape::square: path.addRect(QRectF(c - QPointF(r, r) * 0.88, c + QPointF(r, r) * 0.88)); break;
    case MarkShape::diamond: return polygon(c, r * 1.15, 4, 0);
    case MarkShape::triangle: return polygon(c, r * 1.15, 3, -M_PI / 2);
    case MarkShape::triangle_down: return polygon(c, r * 1.15, 3, M_PI / 2);
    case MarkShape::star:
      for (int i = 0; i < 10; ++i) {
        const double angle = -M_PI / 2 + M_PI * i / 5;
        const QPointF corner = c + (i % 2 == 0 ? 1.2 : 0.5) * r * QPointF(std::cos(angle), std::sin(angle));
        if (i == 0)
          path.moveTo(corner);
        else
          path.lineTo(corner);
      }
      path.closeSubpath();
      break;
    case MarkShape::plus: {
      const double t = r * 0.36;
      path.addRect(QRectF(c.x() - r, c.y() - t, 2 * r, 2 * t));
      QPainterPath upright;
      upright.addRect(QRectF(c.x() - t, c.y() - r, 2 * t, 2 * r));
      path = path.united(upright);
      break;
    }
  }
  return path;
}

QColor markOutline(const PlanMark& mark, const QPalette& palette) {
  if (mark.shape == MarkShape::circle) return mark.colour;
  return isDark(palette) ? mark.colour.lighter(115) : mark.colour.darker(140);
}

void paintMark(QPainter& painter, const PlanMark& mark, QPointF centre, double radius,
               const QPalette& palette) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const bool hollow = mark.shape == MarkShape::circle;
  painter.setPen(QPen(markOutline(mark, palette), hollow ? radius * 0.45 : std::max(1.0, radius * 0.16)));
  painter.setBrush(hollow ? Qt::NoBrush : QBrush(mark.colour));
  painter.drawPath(markPath(mark.shape, centre, hollow ? radius * 0.8 : radius));
  painter.restore();
}

QPixmap markPixmap(const PlanMark& mark, int size, double pixel_ratio, const QPalette& palette) {
  QPixmap pixmap(QSize(size, size) * pixel_ratio);
  pixmap.setDevicePixelRatio(pixel_ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  paintMark(painter, mark, QPointF(size, size) / 2, size * 0.36, palette);
  return pixmap;
}

}  // namespace gui
