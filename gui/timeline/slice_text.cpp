#include "gui/timeline/slice_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>
#include <algorithm>
#include <cmath>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/slice_facts.h"
#include "gui/timeline/slice_lookup.h"

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }
QString in_qt(const std::string& text) { return QString::fromStdString(text); }

// One decimal where a whole number would hide what is left, or what is there at all.
QString percent(double share) {
  const bool near_edge = (share > 0 && share < 0.0995) || (share < 1 && share >= 0.9905);
  return QLocale().toString(100 * share, 'f', near_edge ? 1 : 0) + QStringLiteral(" %");
}

QString rank_of(const TimelineTrace& trace, int rank) {
  for (const TraceRank& candidate : trace.ranks)
    if (candidate.rank == rank) return candidate.full_name;
  return tr("rank %1").arg(rank);
}

// A point in time in milliseconds, with enough digits to tell the ends of a slice of that length apart.
QString moment_text(double at, double length) {
  int digits = 1;
  for (double step = 1e-4; digits < 7 && step > length / 50; step /= 10) ++digits;
  return QLocale().toString(at * 1e3, 'f', digits) + QStringLiteral(" ms");
}

// What is told of a trace that lies under a prediction.
QString comparison_of(const TimelineTrace& measured, const TimelineTrace& predicted) {
  const double error = measured.duration / predicted.duration - 1;
  QString text =
      tr("thin rows: %1, %2, %3 %")
          .arg(measured.plan, time_text(measured.duration),
               QLocale().toString(100 * error, 'f', 1).prepend(error > 0 ? QStringLiteral("+") : QString()));
  const auto is_predicted = [&](const TraceRank& rank) {
    return std::any_of(predicted.ranks.begin(), predicted.ranks.end(),
                       [&](const TraceRank& other) { return other.rank == rank.rank; });
  };
  if (std::none_of(measured.ranks.begin(), measured.ranks.end(), is_predicted))
    text += tr(", but of other ranks: record all of them to compare");
  return text;
}

}  // namespace

QString node_text(const NodeHeader& node) {
  if (node.folding == Folding::open) return tr("node %1").arg(node.ref.node);
  return (node.gpus == 1 ? tr("node %1, 1 GPU folded") : tr("node %1, %2 GPUs folded"))
      .arg(node.ref.node)
      .arg(node.gpus);
}

QString time_text(double seconds) { return in_qt(costmodel::format_seconds(costmodel::Seconds(seconds))); }

QString summary_of(const TimelineScene& scene, const SliceRef& ref) {
  const TraceRow* row = scene.row(ref);
  if (!row || ref.slice >= row->size()) return {};
  const TimelineTrace& trace = scene.trace(ref)->trace;
  return tr("%1, %2, %3, from %4 on %5")
      .arg(trace.names[row->name(ref.slice)], time_text(row->end(ref.slice) - row->start(ref.slice)),
           name_of(row->kind(ref.slice)), time_text(row->start(ref.slice)), rank_of(trace, row->rank));
}

QString tooltip_of(const TimelineScene& scene, const SliceRef& ref) {
  const TraceRow* row = scene.row(ref);
  if (!row || ref.slice >= row->size()) return {};
  const TimelineTrace& trace = scene.trace(ref)->trace;
  const std::size_t i = ref.slice;
  QStringList lines;
  const auto add = [&](const QString& text) {
    if (!text.isEmpty()) lines << text.toHtmlEscaped();
  };
  lines << QStringLiteral("<b>%1</b> &nbsp; <b>%2</b>")
               .arg(trace.names[row->name(i)].toHtmlEscaped(), time_text(row->end(i) - row->start(i)));
  QString source = tr("measured or simulated: read from a trace");
  const costmodel::TimelineSlice* slice = described(scene, ref);
  if (slice) {
    const costmodel::PhaseTimeline& recorded = trace.source->phases[row->origins[i].phase];
    const costmodel::SliceFacts facts =
        costmodel::facts_of(*trace.source, recorded, costmodel::Rank(row->rank), *slice);
    add(in_qt(facts.what));
    add(in_qt(facts.formula));
    source = tr("ESTIMATED \u00b7 %1").arg(in_qt(facts.source));
  }
  const double length = row->end(i) - row->start(i);
  QString when = tr("%1; %2 to %3")
                     .arg(rank_of(trace, row->rank), moment_text(row->start(i), length),
                          moment_text(row->end(i), length));
  if (slice)
    when.prepend(in_qt(std::string(trace.source->phase(trace.source->phases[row->origins[i].phase]).name)) +
                 QStringLiteral(", "));
  if (slice && slice->start > slice->ready && slice->activity != costmodel::Activity::receive)
    when += tr("; waited %1 before").arg(time_text(slice->start - slice->ready));
  add(when);
  if (row->critical(i) == Critical::yes) add(tr("on the critical path"));
  if (slice && slice->activity == costmodel::Activity::receive && !other_end(scene, ref))
    add(tr("its sender, rank %1, is not shown").arg(slice->peer.value));
  lines << QStringLiteral("<i>%1</i>").arg(source.toHtmlEscaped());
  return lines.join(QStringLiteral("<br>"));
}

HeaderText header_of(const TimelineScene& scene, PlanSlot slot) {
  HeaderText header;
  const PreparedTrace* predicted = scene.trace(slot, TraceLayer::predicted);
  const PreparedTrace* measured = scene.trace(slot, TraceLayer::measured);
  const PreparedTrace* shown = predicted ? predicted : measured;
  if (!shown) return header;
  header.plan = shown->trace.plan;
  header.time = time_text(shown->trace.duration);
  const PlanSlot other_slot = slot == PlanSlot::upper ? PlanSlot::lower : PlanSlot::upper;
  const PreparedTrace* other = scene.trace(other_slot, TraceLayer::predicted);
  if (other && other->trace.duration > 0 && shown->trace.duration > 0) {
    const double ratio = other->trace.duration / shown->trace.duration;
    if (std::abs(ratio - 1) < 0.0005)
      header.ratio = tr("same time");
    else if (ratio > 1)
      header.ratio =
          QLocale().toString(ratio, 'f', ratio < 10 ? 2 : 1) + QStringLiteral("\u00d7 ") + tr("faster");
    else
      header.ratio = QStringLiteral("+") + percent(1 / ratio - 1);
  }
  QStringList cause;
  if (predicted && predicted->trace.source) {
    const costmodel::PlanTimeline& source = *predicted->trace.source;
    const costmodel::PathTimes path = source.path();
    struct Part {
      double share;
      QString name;
    };
    std::vector<Part> parts{{path.compute / source.time(), tr("compute")},
                            {path.inside / source.time(), tr("link in node")},
                            {path.network / source.time(), tr("network card")},
                            {path.host / source.time(), tr("host")}};
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.share > b.share; });
    QStringList shares;
    for (const Part& part : parts)
      if (part.share >= 0.0005) shares << percent(part.share) + QLatin1Char(' ') + part.name;
    cause << tr("critical path: %1").arg(shares.join(QStringLiteral(", ")));
    cause << tr("GPUs stall %1 of the time").arg(percent(source.stalled() / source.time()));
    cause << predicted->trace.shown_ranks;
  }
  if (measured)
    cause << (predicted ? comparison_of(measured->trace, predicted->trace) : measured->trace.shown_ranks);
  header.cause = cause.join(QStringLiteral("  \u00b7  "));
  return header;
}

}  // namespace gui
