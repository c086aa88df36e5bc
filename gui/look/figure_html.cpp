#include "gui/look/figure_html.h"

#include <QCoreApplication>
#include <array>

#include "costmodel/price/quantity_text.h"

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }
QString escaped(const std::string& text) { return QString::fromStdString(text).toHtmlEscaped(); }

constexpr std::size_t most_inputs = 8;

QString inputsHtml(const costmodel::Figure& figure) {
  QString rows;
  std::size_t told = 0;
  for (const costmodel::FigureInput& input : figure.inputs) {
    if (told++ == most_inputs) break;
    QString source = QString::fromUtf8(costmodel::name_of(input.provenance).data());
    if (!input.source.empty()) source += QStringLiteral(": ") + escaped(input.source);
    rows += QStringLiteral(
                "<tr><td><i>%1</i>&nbsp;</td><td align=right><b>%2</b>&nbsp;</td><td>%3 <span "
                "style='color:gray'>(%4)</span></td></tr>")
                .arg(escaped(input.symbol), escaped(input.text), escaped(input.meaning), source);
  }
  if (rows.isEmpty()) return {};
  QString html = QStringLiteral("<table cellspacing=0 cellpadding=1>") + rows + QStringLiteral("</table>");
  if (figure.inputs.size() > most_inputs)
    html += QStringLiteral("<p style='color:gray;margin:0'>") +
            QCoreApplication::translate("gui", "and %n more inputs: ringside estimate --explain %1", "",
                                        static_cast<int>(figure.inputs.size() - most_inputs))
                .arg(escaped(figure.name)) +
            QStringLiteral("</p>");
  return html;
}

}  // namespace

QString figureTitle(const std::string& name) {
  struct Title {
    std::string_view name;
    const char* title;
  };
  constexpr std::array titles{
      Title{"time", QT_TRANSLATE_NOOP("gui", "time")},
      Title{"compute", QT_TRANSLATE_NOOP("gui", "computing")},
      Title{"exposed", QT_TRANSLATE_NOOP("gui", "exposed communication and waiting")},
      Title{"traffic.per_gpu", QT_TRANSLATE_NOOP("gui", "sent per GPU")},
      Title{"traffic.intra", QT_TRANSLATE_NOOP("gui", "sent inside the node, per GPU")},
      Title{"traffic.inter", QT_TRANSLATE_NOOP("gui", "sent over the network, per GPU")},
      Title{"memory.peak", QT_TRANSLATE_NOOP("gui", "peak memory of one GPU")},
      Title{"tokens_per_second", QT_TRANSLATE_NOOP("gui", "tokens per second")},
      Title{"max_sequence", QT_TRANSLATE_NOOP("gui", "longest sequence that fits")},
  };
  for (const Title& title : titles)
    if (title.name == name) return tr(title.title);
  constexpr std::string_view items = ".items.";
  const std::size_t at = name.find(items);
  return QString::fromStdString(at == std::string::npos ? name : name.substr(at + items.size()));
}

QString figureHtml(const costmodel::Figure& figure, const QString& plan) {
  QString html = QStringLiteral("<div style='white-space:normal'><b>%1</b>").arg(figureTitle(figure.name));
  if (!plan.isEmpty()) html += QStringLiteral(" &middot; ") + plan.toHtmlEscaped();
  html += QStringLiteral("<br><span style='font-size:large'><b>%1</b></span>")
              .arg(escaped(costmodel::value_text(figure)));
  if (figure.high > figure.low)
    html +=
        QStringLiteral(" &nbsp;") + tr("90 % between %1 and %2")
                                        .arg(escaped(costmodel::format_quantity(figure.low, figure.unit)),
                                             escaped(costmodel::format_quantity(figure.high, figure.unit)));
  html += QStringLiteral("<br>= %1").arg(escaped(figure.expression));
  html += QStringLiteral("<br><span style='color:gray'>") +
          tr("formula %1 of docs/model.md").arg(escaped(figure.formula)) + QStringLiteral(" &middot; ") +
          tr("weakest input: %1").arg(QString::fromUtf8(costmodel::name_of(figure.provenance).data())) +
          QStringLiteral("</span>");
  return html + inputsHtml(figure) + QStringLiteral("</div>");
}

QString figureHtml(const costmodel::PlanReport& report, std::string_view name) {
  const QString plan = QString::fromStdString(report.name);
  const costmodel::Figure* figure = costmodel::find_figure(report.figures, name);
  if (figure != nullptr) return figureHtml(*figure, plan);
  if (report.price.rejected)
    return tr("%1 does not run: %2").arg(plan.toHtmlEscaped(), escaped(report.price.rejected->text));
  return {};
}

}  // namespace gui
