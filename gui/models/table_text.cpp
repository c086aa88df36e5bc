#include "gui/models/table_text.h"

#include "costmodel/base/csv_cell.h"

namespace gui {

namespace {

QString cellText(QString text, TableFormat format) {
  switch (format) {
    case TableFormat::csv: return QString::fromStdString(costmodel::csv_cell(text.toStdString()));
    case TableFormat::tsv: return text.replace(QLatin1Char('\t'), QLatin1Char(' '));
    case TableFormat::markdown: return text.replace(QLatin1Char('|'), QStringLiteral("\\|"));
  }
  return text;
}

QString lineOf(const QStringList& cells, TableFormat format) {
  switch (format) {
    case TableFormat::csv: return cells.join(QLatin1Char(',')) + QLatin1Char('\n');
    case TableFormat::tsv: return cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
    case TableFormat::markdown:
      return QStringLiteral("| ") + cells.join(QStringLiteral(" | ")) + QStringLiteral(" |\n");
  }
  return {};
}

bool rightAligned(const QAbstractItemModel& model, int column) {
  const QVariant alignment = model.headerData(column, Qt::Horizontal, Qt::TextAlignmentRole);
  return alignment.value<Qt::Alignment>().testFlag(Qt::AlignRight);
}

}  // namespace

QString tableText(const QAbstractItemModel& model, const QList<int>& columns, TableFormat format) {
  QStringList head, rule;
  for (const int column : columns) {
    head << cellText(model.headerData(column, Qt::Horizontal).toString(), format);
    rule << (rightAligned(model, column) ? QStringLiteral("---:") : QStringLiteral("---"));
  }
  QString text = lineOf(head, format);
  if (format == TableFormat::markdown) text += lineOf(rule, format);
  for (int row = 0; row < model.rowCount(); ++row) {
    QStringList cells;
    for (const int column : columns) cells << cellText(model.index(row, column).data().toString(), format);
    text += lineOf(cells, format);
  }
  return text;
}

}  // namespace gui
