#include "gui/window/view_export.h"

#include <QApplication>
#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QImage>
#include <QPainter>
#include <QPalette>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

constexpr double image_scale = 2;  // pictures are for slides: twice the pixels of a plain screen
constexpr int points_per_inch = 96;

QByteArray pngOf(const ExportedView& view) {
  QImage image(view.size * image_scale, QImage::Format_RGB32);
  image.setDevicePixelRatio(image_scale);
  image.fill(QApplication::palette().color(QPalette::Base));
  QPainter painter(&image);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
  view.paint(painter, QRect(QPoint(0, 0), view.size));
  painter.end();
  QByteArray bytes;
  QBuffer buffer(&bytes);
  image.save(&buffer, "PNG");
  return bytes;
}

QByteArray svgOf(const ExportedView& view) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setSize(view.size);
  generator.setViewBox(QRect(QPoint(0, 0), view.size));
  generator.setTitle(view.title);
  generator.setResolution(points_per_inch);
  QPainter painter(&generator);
  painter.fillRect(QRect(QPoint(0, 0), view.size), QApplication::palette().color(QPalette::Base));
  view.paint(painter, QRect(QPoint(0, 0), view.size));
  painter.end();
  return bytes;
}

QByteArray pdfOf(const ExportedView& view) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  QPdfWriter writer(&buffer);
  writer.setResolution(points_per_inch);
  writer.setTitle(view.title);
  writer.setPageSize(QPageSize(QSizeF(view.size) * 72.0 / points_per_inch, QPageSize::Point));
  writer.setPageMargins(QMarginsF());
  QPainter painter(&writer);
  view.paint(painter, QRect(QPoint(0, 0), view.size));
  painter.end();
  return bytes;
}

}  // namespace

const ExportedView* findView(const std::vector<ExportedView>& views, const QString& name) {
  for (const ExportedView& view : views)
    if (view.name == name) return &view;
  return nullptr;
}

QByteArray pictureOf(const ExportedView& view, PictureKind kind) {
  switch (kind) {
    case PictureKind::png: return pngOf(view);
    case PictureKind::svg: return svgOf(view);
    case PictureKind::pdf: return pdfOf(view);
  }
  return {};
}

QString exportView(const ExportedView& view, const QString& path) {
  const QString suffix = QFileInfo(path).suffix().toLower();
  const bool picture =
      suffix == QLatin1String("png") || suffix == QLatin1String("svg") || suffix == QLatin1String("pdf");
  if (!picture && suffix != QLatin1String("csv"))
    return tr("%1: unknown kind of file; expected a name ending in .png, .svg, .pdf or .csv").arg(path);
  if (picture && !view.paint)
    return tr("The view %1 has no picture; expected a name ending in .csv").arg(view.name);
  if (!picture && !view.csv)
    return tr("The view %1 has no numbers; expected a name ending in .png, .svg or .pdf").arg(view.name);
  const QByteArray bytes = suffix == QLatin1String("png")   ? pngOf(view)
                           : suffix == QLatin1String("svg") ? svgOf(view)
                           : suffix == QLatin1String("pdf") ? pdfOf(view)
                                                            : view.csv().toUtf8();
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
    return tr("%1 cannot be written: %2").arg(path, file.errorString());
  return {};
}

}  // namespace gui
