// Every view as a file: a picture (PNG, SVG, PDF) or its numbers (CSV).
#pragma once

#include <QByteArray>
#include <QSize>
#include <QString>
#include <functional>
#include <vector>

class QPainter;
class QRect;

namespace gui {

// A view by the name that --view takes.
struct ExportedView {
  QString name;
  QString title;
  QSize size;                                          // of its picture
  std::function<void(QPainter&, const QRect&)> paint;  // empty: it has no picture
  std::function<QString()> csv;                        // empty: it has no numbers
};

enum class PictureKind { png, svg, pdf };
QByteArray pictureOf(const ExportedView& view, PictureKind kind);

// By the suffix of the path.  Writes all or nothing; says what is wrong, empty when nothing is.
QString exportView(const ExportedView& view, const QString& path);

const ExportedView* findView(const std::vector<ExportedView>& views, const QString& name);

}  // namespace gui
