#include "gui/models/link_csv.h"

#include "costmodel/base/csv_cell.h"

namespace gui {

namespace {

constexpr int exact = 17, time_digits = 9, share_digits = 6;

QString cell(const QString& words) {
  return QString::fromStdString(costmodel::csv_cell(words.toStdString()));
}

QString number(double value, int digits) { return QString::number(value, 'g', digits); }

}  // namespace

QString linkLinesCsv(const LinkUse& use) {
  QString text = QStringLiteral("phase,begin_s,end_s,link,kind,bytes,utilisation\n");
  for (std::size_t l = 0; l < use.links.size(); ++l)
    for (std::size_t s = 0; s < use.slices.size(); ++s)
      text += QStringLiteral("%1,%2,%3,%4,%5,%6,%7\n")
                  .arg(cell(use.phases[use.slices[s].phase].name), number(use.slices[s].begin, time_digits),
                       number(use.slices[s].end, time_digits), cell(use.links[l].name),
                       cell(use.links[l].kind), number(use.bytes[use.at(l, s)], time_digits),
                       number(static_cast<double>(use.utilisation[use.at(l, s)]), share_digits));
  return text;
}

QString linkLinesCsv(const std::vector<PredictedLink>& links) {
  QString text =
      QStringLiteral("link,sent_bytes,bandwidth_bytes_per_s,time_s,predicted_average_utilisation\n");
  for (const PredictedLink& link : links)
    text += QStringLiteral("%1,%2,%3,%4,%5\n")
                .arg(cell(link.name), number(link.bytes, exact), number(link.bandwidth, exact),
                     number(link.seconds, exact), number(link.utilisation(), exact));
  return text;
}

QString linkMatrixCsv(const LinkUse& use) {
  QString phases = QStringLiteral("phase"), begins = QStringLiteral("begin_s"),
          ends = QStringLiteral("end_s");
  for (const LinkSlice& slice : use.slices) {
    phases += QLatin1Char(',') + cell(use.phases[slice.phase].name);
    begins += QLatin1Char(',') + number(slice.begin, time_digits);
    ends += QLatin1Char(',') + number(slice.end, time_digits);
  }
  QString text = phases + QLatin1Char('\n') + begins + QLatin1Char('\n') + ends + QLatin1Char('\n');
  for (std::size_t l = 0; l < use.links.size(); ++l) {
    text += cell(use.links[l].name);
    for (std::size_t s = 0; s < use.slices.size(); ++s)
      text += QLatin1Char(',') + number(static_cast<double>(use.utilisation[use.at(l, s)]), share_digits);
    text += QLatin1Char('\n');
  }
  return text;
}

QString linkMatrixCsv(const std::vector<PredictedLink>& links) {
  if (links.empty()) return QStringLiteral("phase\nbegin_s\nend_s\n");
  QString text = QStringLiteral("phase,predicted average\nbegin_s,0\nend_s,%1\n")
                     .arg(number(links.front().seconds, exact));
  for (const PredictedLink& link : links)
    text += QStringLiteral("%1,%2\n").arg(cell(link.name), number(link.utilisation(), exact));
  return text;
}

}  // namespace gui
