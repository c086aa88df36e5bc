#include "gui/look/verdict_html.h"

#include <QCoreApplication>

#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/plan/plan_text.h"
#include "costmodel/price/memory.h"
#include "costmodel/price/quantity_text.h"
#include "gui/look/theme.h"

namespace gui {

namespace {

QString tr(const char* text, const char* about = nullptr, int count = -1) {
  return QCoreApplication::translate("gui", text, about, count);
}
QString text(const std::string& s) { return QString::fromStdString(s); }

constexpr std::size_t most_whys = 3;
constexpr std::size_t most_flips = 3;

// The axes that the winner has and the sentence repeats after each plan are said once, in the details.
QString shortened(const Evaluation& evaluation, std::string sentence) {
  const std::string kept = " " + costmodel::memory_axes_text(evaluation.reports.front().price.plan);
  for (std::size_t at = sentence.find(kept); kept.size() > 1 && at != std::string::npos;
       at = sentence.find(kept))
    sentence.erase(at, kept.size());
  return text(sentence);
}

QString link(const char* figure, const QString& words, const QPalette& palette) {
  return QStringLiteral("<a href='%1' style='color:%3;text-decoration:none'><b>%2</b></a>")
      .arg(QString::fromLatin1(figure), words.toHtmlEscaped(), ink(Ink::text, palette).name());
}

// A sentence with the plan that it is about as a link to what it loses by.
QString withCause(const Evaluation& evaluation, const std::string& sentence, const QPalette& palette) {
  const QString words = shortened(evaluation, sentence);
  int about = -1;
  QString name;
  for (int i = 0; evaluation.report(i) != nullptr; ++i) {
    const costmodel::PlanReport& report = *evaluation.report(i);
    const QString known = text(costmodel::split_name(report.price.plan, evaluation.scenario));
    // "ring 64" is a part of "zigzag-ring 64".
    if (i == evaluation.winner || !report.runs() || !words.contains(known) || known.size() <= name.size())
      continue;
    about = i;
    name = known;
  }
  if (about < 0) return words.toHtmlEscaped();
  const qsizetype at = words.indexOf(name);
  return words.left(at).toHtmlEscaped() +
         QStringLiteral("<a href='cause:%1' style='color:%2'>%3</a>")
             .arg(about)
             .arg(ink(Ink::text, palette).name(), name.toHtmlEscaped()) +
         words.mid(at + name.size()).toHtmlEscaped();
}

QString perWhat(const Evaluation& evaluation) {
  switch (evaluation.scenario.workload.phase) {
    case costmodel::WorkPhase::training_step: return tr("per step");
    case costmodel::WorkPhase::prefill: return tr("per prefill");
    case costmodel::WorkPhase::forward: return tr("per layer, forward");
    case costmodel::WorkPhase::backward: return tr("per layer, backward");
    case costmodel::WorkPhase::forward_backward: break;
  }
  return tr("per layer, fwd + bwd");
}

// "66.7 of 80 GiB": the unit once when both have the same.
QString memoryWords(const Evaluation& evaluation, const costmodel::PlanPrice& price) {
  QString used = text(costmodel::format_bytes(price.memory));
  const QString all = text(costmodel::format_bytes(costmodel::device_memory(evaluation.scenario.cluster)));
  const QString unit = all.mid(all.indexOf(QLatin1Char(' ')));
  if (used.endsWith(unit)) used.chop(unit.size());
  return tr("%1 of %2").arg(used, all);
}

// Readable on its ground: Okabe-Ito's orange and sky are too light for text on white.
QString nameColour(const costmodel::Plan& plan, const QPalette& palette) {
  const QColor colour = planMark(plan).colour;
  return (isDark(palette) ? colour.lighter(125) : colour.darker(colour.lightness() > 110 ? 160 : 115)).name();
}

QString details(const Evaluation& evaluation, const costmodel::PlanReport& best) {
  const costmodel::Plan& plan = best.price.plan;
  QStringList parts;
  if (plan.transport_is_ring()) {
    parts << (plan.double_ring() ? tr("double ring") : tr("flat ring"));
    parts << tr("%1 tokens").arg(QString::fromUtf8(costmodel::name_of(plan.layout).data()));
    if (costmodel::has_backward(evaluation.scenario.workload.phase))
      parts << (plan.backward == costmodel::BackwardSide::q ? tr("queries travel in backward")
                                                            : tr("K and V travel in backward"));
  }
  if (evaluation.wholeModel()) {
    const std::string kept = costmodel::memory_axes_text(plan);
    if (!kept.empty()) parts << tr("keeps and shards: %1").arg(text(kept));
    parts << tr("%1 tokens/s").arg(text(costmodel::format_number(best.figure("tokens_per_second").value)));
  }
  return parts.join(QStringLiteral(" \u00B7 "));
}

VerdictHtml nothingRuns(const Evaluation& evaluation, const QPalette& palette) {
  VerdictHtml html;
  const costmodel::Verdict& verdict = evaluation.answer.verdict;
  html.headline = QStringLiteral("<span style='color:%1'><b>%2</b></span>")
                      .arg(ink(Ink::capacity, palette).name(), text(verdict.text).toHtmlEscaped());
  for (const costmodel::MemoryChange& change : verdict.changes) {
    if (html.changes.size() == static_cast<qsizetype>(most_flips)) break;
    html.changes << tr("%1: %2 at %3 x the time")
                        .arg(text(change.text), text(costmodel::format_bytes(change.memory)),
                             text(costmodel::format_number(change.slowdown)));
  }
  html.plain = text(verdict.text);
  return html;
}

}  // namespace

VerdictHtml verdictHtml(const Evaluation& evaluation, const QPalette& palette) {
  if (evaluation.winner < 0) return nothingRuns(evaluation, palette);
  const costmodel::Verdict& verdict = evaluation.answer.verdict;
  const costmodel::PlanReport& best = *evaluation.report(evaluation.winner);
  VerdictHtml html;
  const std::string name =
      evaluation.wholeModel() ? costmodel::split_name(best.price.plan, evaluation.scenario) : best.name;
  html.headline =
      tr("Run %1 \u2014 %2 %3, %4, fits.")
          .arg(QStringLiteral("<span style='color:%1'><b>%2</b></span>")
                   .arg(nameColour(best.price.plan, palette), text(name).toHtmlEscaped()),
               link("time", text(costmodel::value_text(best.figure("time"))), palette), perWhat(evaluation),
               link("memory.peak", memoryWords(evaluation, best.price), palette));
  html.details = details(evaluation, best);
  html.plain = text(verdict.text) + QLatin1Char('\n');
  for (const costmodel::Reason& reason : verdict.reasons) {
    html.plain += text(reason.text) + QLatin1Char('\n');
    switch (reason.kind) {
      case costmodel::ReasonKind::against:
      case costmodel::ReasonKind::side:
        if (html.why.size() < static_cast<qsizetype>(most_whys))
          html.why << (reason.kind == costmodel::ReasonKind::against
                           ? withCause(evaluation, reason.text, palette)
                           : shortened(evaluation, reason.text).toHtmlEscaped());
        break;
      case costmodel::ReasonKind::tie: html.changes << shortened(evaluation, reason.text); break;
      case costmodel::ReasonKind::rates: break;
      case costmodel::ReasonKind::flips:
        if (verdict.flips.empty()) html.changes << shortened(evaluation, reason.text);
        break;
    }
  }
  for (const costmodel::FlipPoint& flip : verdict.flips) {
    if (&flip - verdict.flips.data() == static_cast<std::ptrdiff_t>(most_flips)) break;
    html.changes << shortened(evaluation, costmodel::flip_text(flip, evaluation.scenario)) + QLatin1Char('.');
  }
  if (!evaluation.flips) html.changes << tr("looking for what would change it ...");
  if (!verdict.tie_with.empty())
    html.tie = verdict.tie_with.size() == 1
                   ? tr("tie with %1").arg(shortened(evaluation, verdict.tie_with.front()))
                   : tr("tie with %n plans", "", static_cast<int>(verdict.tie_with.size()));
  return html;
}

}  // namespace gui
