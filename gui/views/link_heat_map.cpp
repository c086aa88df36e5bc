#include "gui/views/link_heat_map.h"

#include <QAccessible>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"
#include "gui/models/link_places.h"

namespace gui {

namespace {

constexpr int tip_delay_ms = 300;
constexpr double least_row = 2;  // pixels: below that rows are put together

QString seconds(double value) {
  return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(value)));
}
QString bytesText(double value) {
  return QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(value)));
}
QString percent(double share) { return QString::fromStdString(costmodel::percent_text(share)); }

}  // namespace

LinkHeatMap::LinkHeatMap(QWidget* parent) : QWidget(parent) {
  qRegisterMetaType<LinkCell>();
  setObjectName(QStringLiteral("linkHeatMap"));
  setAccessibleName(tr("How full the links are over time"));
  setStatusTip(tr("Arrows choose a cell, W/S or +/- zoom, A/D move, drag a range, Backspace back, 0 all"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  tip_timer_.setSingleShot(true);
  tip_timer_.setInterval(tip_delay_ms);
  connect(&tip_timer_, &QTimer::timeout, this, [this] {
    if (hovered_) QToolTip::showText(mapToGlobal(pointer_.toPoint()), describe(*hovered_), this);
  });
}

void LinkHeatMap::setUse(LinkUsePtr use, LinkTotals totals, costmodel::ClusterSpec cluster) {
  use_ = std::move(use);
  totals_ = std::move(totals);
  cluster_ = std::move(cluster);
  hovered_.reset();
  selected_.reset();
  pointed_.reset();
  dragged_.reset();
  range_.resize(use_ ? use_->duration() : 0);
  rebuild();
  Q_EMIT momentChanged();
}

LinkRows LinkHeatMap::rowsFor(const QRectF& area) const {
  if (!use_) return {};
  return linkRows(*use_, static_cast<std::size_t>(std::max(8.0, (area.height() - 70) / least_row)));
}

void LinkHeatMap::rebuild() {
  rows_ = rowsFor(rect());
  if (selected_ && selected_->row >= static_cast<int>(rows_.rows.size())) selected_.reset();
  hovered_.reset();
  update();
}

void LinkHeatMap::setTimeRange(double from, double to) {
  range_.show({from, to});
  update();
}

void LinkHeatMap::changeRange(const std::function<void(RangeStack&)>& change) {
  const TimeRange before = range_.now();
  change(range_);
  if (range_.now() == before) return;
  update();
  Q_EMIT timeRangeChanged(range_.now().from, range_.now().to);
}

void LinkHeatMap::pointAt(double time) {
  pointed_ = time;
  update();
  Q_EMIT momentChanged();
}

void LinkHeatMap::choose(const QString& link) {
  if (!use_) return;
  const int row = rows_.rowOf(link, *use_);
  if (row < 0) return;
  const std::optional<double> now = moment();
  selectCell(LinkCell{row, now ? *now : (range_.now().from + range_.now().to) / 2});
}

void LinkHeatMap::selectCell(const std::optional<LinkCell>& cell) {
  if (selected_ == cell) return;
  selected_ = cell;
  pointed_.reset();
  update();
  Q_EMIT momentChanged();
  if (!cell) return;
  QString words = describe(*cell);
  words.replace(QStringLiteral("<br>"), QStringLiteral("; "))
      .remove(QLatin1String("<b>"))
      .remove(QLatin1String("</b>"));
  setAccessibleDescription(words);
  QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&changed);
  Q_EMIT cellSelected(*cell);
}

std::optional<double> LinkHeatMap::moment() const {
  if (hovered_) return hovered_->time;
  if (pointed_) return pointed_;
  if (selected_) return selected_->time;
  return {};
}

QString LinkHeatMap::describe(const LinkCell& cell) const {
  if (!use_ || cell.row < 0 || cell.row >= static_cast<int>(rows_.rows.size())) return {};
  const LinkRow& row = rows_.rows[static_cast<std::size_t>(cell.row)];
  const std::optional<LinkMoment> fullest = fullestAt(*use_, row.links, cell.time);
  if (!fullest)
    return tr("<b>%1</b><br>%2: not recorded; a repetition like those before")
        .arg(row.label, seconds(cell.time));
  const auto [link, s, share] = *fullest;
  const LinkRecord& record = use_->links[link];
  const LinkSlice& when = use_->slices[s];
  const double bytes = use_->bytes[use_->at(link, s)];
  QString text =
      tr("<b>%1 (%2): %3 full</b><br>%4 in %5, from %6 to %7 of %8")
          .arg(record.name, record.kind, percent(share), bytesText(bytes), seconds(when.end - when.begin),
               seconds(when.begin), seconds(when.end), use_->phases[when.phase].name);
  if (row.links.size() > 1) text += tr("<br>the busiest then of %1 links").arg(row.links.size());
  if (const auto* b = bandwidthOf(cluster_, record))
    text += tr("<br>utilisation = bytes / (b x time) = %1 / (%2 x %3) = %4<br>b: %5; bytes: %6")
                .arg(bytesText(bytes), QString::fromStdString(costmodel::format_bandwidth(b->value)),
                     seconds(when.end - when.begin), percent(share),
                     QString::fromStdString(b->source.empty() ? std::string(costmodel::name_of(b->provenance))
                                                              : b->source),
                     tr("simulated"));
  if (const LinkKindTotal* total = totals_.of(record.kind))
    text += tr("<br>all %1 links of this kind: mean %2 full, the fullest %3 (%4)")
                .arg(total->used)
                .arg(percent(total->mean_utilisation), percent(total->highest_utilisation), total->busiest);
  if (record.name == totals_.shared_link)
    text += tr("<br>shared: one of %1 links that carry several flows at once in %2")
                .arg(totals_.shared)
                .arg(totals_.shared_phase);
  return text;
}

double LinkHeatMap::timeAt(double x) const {
  const Place place = placeIn(rect(), rows_);
  const TimeRange now = range_.now();
  return now.from + (x - place.plot.left()) / std::max(1.0, place.plot.width()) * now.span();
}

std::optional<LinkCell> LinkHeatMap::cellAt(QPointF point) const {
  if (!use_ || rows_.rows.empty()) return {};
  const Place place = placeIn(rect(), rows_);
  if (point.x() < place.plot.left() || point.x() >= place.plot.right()) return {};
  for (std::size_t r = 0; r < place.tops.size(); ++r)
    if (point.y() >= place.tops[r] && point.y() < place.tops[r] + place.row)
      return LinkCell{static_cast<int>(r), timeAt(point.x())};
  return {};
}

QRectF LinkHeatMap::placeOf(const LinkCell& cell) const {
  const Place place = placeIn(rect(), rows_);
  if (cell.row < 0 || cell.row >= static_cast<int>(place.tops.size())) return {};
  const TimeRange now = range_.now();
  const double x = place.plot.left() + (cell.time - now.from) / now.span() * place.plot.width();
  return {x, place.tops[static_cast<std::size_t>(cell.row)], 1, place.row};
}

void LinkHeatMap::setHovered(const std::optional<LinkCell>& cell) {
  if (hovered_ == cell) return;
  hovered_ = cell;
  QToolTip::hideText();
  if (cell)
    tip_timer_.start();
  else
    tip_timer_.stop();
  update();
  Q_EMIT momentChanged();
}

}  // namespace gui
