#include "gui/window/shared_figure.h"

#include <QApplication>
#include <QCryptographicHash>
#include <QTextDocument>

#include "costmodel/base/unit_text.h"
#include "gui/look/theme.h"
#include "gui/look/verdict_html.h"
#include "gui/views/timeline_panel.h"
#include "gui/views/trade_off_view.h"

namespace gui {

namespace {

constexpr int margin = 28;
constexpr int headline_height = 118;
constexpr int foot_height = 34;
constexpr int trade_off_width = 440;

// Rich text in a box, without the look of links.
void drawHtml(QPainter& painter, const QRect& box, const QString& html, double points) {
  QTextDocument document;
  QFont font = QApplication::font();
  font.setPointSizeF(points);
  document.setDefaultFont(font);
  document.setTextWidth(box.width());
  document.setDocumentMargin(0);
  document.setDefaultStyleSheet(QStringLiteral("a { text-decoration: none }"));
  document.setHtml(QStringLiteral("<div style='color:%1'>%2</div>")
                       .arg(ink(Ink::text, QApplication::palette()).name(), html));
  painter.save();
  painter.translate(box.topLeft());
  painter.setClipRect(QRect(QPoint(0, 0), box.size()));
  document.drawContents(&painter);
  painter.restore();
}

QString footLine(const Session& session) {
  const costmodel::Scenario& scenario = session.project.scenario();
  const QByteArray hash = QCryptographicHash::hash(QByteArray::fromStdString(session.project.document().text),
                                                   QCryptographicHash::Sha256);
  const QString calibration =
      QString::fromStdString(session.selection.evaluation()->calibration).section(QLatin1Char(';'), 0, 0);
  return QStringLiteral(
             "%1 \u00B7 %2 nodes of %3 \u00B7 %4 tokens \u00B7 %5 \u00B7 Ringside %6 \u00B7 project %7")
      .arg(QString::fromStdString(scenario.model.name))
      .arg(scenario.cluster.node_count())
      .arg(QString::fromStdString(scenario.cluster.name),
           QString::fromStdString(costmodel::format_tokens_short(scenario.workload.sequence)), calibration,
           QStringLiteral(RINGSIDE_VERSION), QString::fromLatin1(hash.toHex().left(8)));
}

}  // namespace

void paintSharedFigure(QPainter& painter, const QRect& area, const Session& session, TimelinePanel& timeline,
                       TradeOffView& trade_off) {
  const QPalette palette = QApplication::palette();
  painter.fillRect(area, ink(Ink::ground, palette));
  if (!session.selection.evaluation()) return;
  const VerdictHtml verdict = verdictHtml(*session.selection.evaluation(), palette);
  const QRect inside = area.adjusted(margin, margin - 8, -margin, -margin / 2);
  const QRect head(inside.left(), inside.top(), inside.width(), headline_height);
  QString first = verdict.headline;
  if (!verdict.tie.isEmpty()) first += QStringLiteral(" <i>(%1)</i>").arg(verdict.tie.toHtmlEscaped());
  drawHtml(painter, head, first, 20);
  drawHtml(painter, head.adjusted(0, 46, 0, 0), verdict.why.mid(0, 2).join(QStringLiteral("<br>")), 11.5);
  const QRect body(inside.left(), head.bottom(), inside.width(),
                   inside.height() - headline_height - foot_height);
  timeline.paintTo(painter,
                   QRect(body.left(), body.top(), body.width() - trade_off_width - 16, body.height()));
  trade_off.paintTo(
      painter, QRect(body.right() - trade_off_width, body.top(), trade_off_width, body.height() * 2 / 3));
  const int below = body.top() + body.height() * 2 / 3 + 12;
  QString changes =
      QStringLiteral("<b>%1</b>").arg(QCoreApplication::translate("gui", "What would change it"));
  for (const QString& change : verdict.changes)
    changes += QStringLiteral("<div style='margin-top:4px'>\u2022 %1</div>").arg(change.toHtmlEscaped());
  drawHtml(painter,
           QRect(body.right() - trade_off_width + 8, below, trade_off_width - 8, body.bottom() - below),
           changes, 10.5);
  QFont small = QApplication::font();
  small.setPointSizeF(9);
  painter.setFont(small);
  painter.setPen(ink(Ink::faint_text, palette));
  painter.drawText(QRect(inside.left(), inside.bottom() - foot_height, inside.width(), foot_height),
                   Qt::AlignLeft | Qt::AlignVCenter, footLine(session));
}

}  // namespace gui
