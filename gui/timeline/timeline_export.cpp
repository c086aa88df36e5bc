#include "gui/timeline/timeline_export.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

#include "costmodel/formats/plan_trace.h"

namespace gui {

namespace {

constexpr double png_scale = 2;
constexpr int pixels_per_inch = 96;  // one unit is one pixel of the screen; the same for all texts

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

QString save(const QString& path, const QByteArray& bytes) {
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
    return tr("%1 cannot be written: %2").arg(path, file.errorString());
  return {};
}

QByteArray png(const QSize& size, const PaintTo& paint) {
  QImage image(size * png_scale, QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(png_scale);
  QPainter painter(&image);
  paint(painter, QRect(QPoint(), size));
  painter.end();
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return bytes;
}

QByteArray svg(const QSize& size, const PaintTo& paint) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setResolution(pixels_per_inch);
  generator.setSize(size);
  generator.setViewBox(QRect(QPoint(), size));
  generator.setTitle(tr("Timeline"));
  QPainter painter(&generator);
  paint(painter, QRect(QPoint(), size));
  painter.end();
  return bytes;
}

QByteArray pdf(const QSize& size, const PaintTo& paint) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  QPdfWriter writer(&buffer);
  writer.setResolution(pixels_per_inch);
  writer.setPageSize(QPageSize(QSizeF(size) * 72 / pixels_per_inch, QPageSize::Point));
  writer.setPageMargins(QMarginsF());
  QPainter painter(&writer);
  paint(painter, QRect(QPoint(), size));
  painter.end();
  return bytes;
}

}  // namespace

QString write_picture(const QString& path, const QSize& size, const PaintTo& paint) {
  const QString ending = QFileInfo(path).suffix().toLower();
  if (ending == QLatin1String("png")) return save(path, png(size, paint));
  if (ending == QLatin1String("svg")) return save(path, svg(size, paint));
  if (ending == QLatin1String("pdf")) return save(path, pdf(size, paint));
  return tr("%1: the name of a picture ends in .png, .svg or .pdf").arg(path);
}

QString write_plan_trace(const QString& path, const costmodel::PlanTimeline& timeline) {
  return save(path, QByteArray::fromStdString(costmodel::chrome_trace(timeline)));
}

}  // namespace gui
