// A table as text, as it is shown: its rows in their order, its visible columns, its words.
#pragma once

#include <QAbstractItemModel>
#include <QList>
#include <QString>

namespace gui {

enum class TableFormat { csv, tsv, markdown };

QString tableText(const QAbstractItemModel& model, const QList<int>& columns, TableFormat format);

}  // namespace gui
