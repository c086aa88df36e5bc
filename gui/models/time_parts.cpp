#include "gui/models/time_parts.h"

#include <QCoreApplication>
#include <algorithm>

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

constexpr std::string_view items = "compute.items.";
constexpr std::string_view phases = "phases.";

// "phases.layer forward.exposed" -> "layer forward"
std::string phaseOf(const std::string& name) {
  return name.substr(phases.size(), name.rfind('.') - phases.size());
}

}  // namespace

std::vector<TimePart> timeParts(const costmodel::PlanReport& report) {
  std::vector<TimePart> parts;
  for (const costmodel::Figure& figure : report.figures)
    if (figure.name.starts_with(items))
      parts.push_back({PartKind::compute, QString::fromStdString(figure.name.substr(items.size())),
                       figure.name, figure.value});
  // The attention operator alone has no kinds of kernels: its phases take their place.
  if (parts.empty())
    for (const costmodel::Figure& figure : report.figures)
      if (figure.name.starts_with(phases) && figure.name.ends_with(".compute"))
        parts.push_back({PartKind::compute,
                         tr("computing, %1").arg(QString::fromStdString(phaseOf(figure.name))), figure.name,
                         figure.value});
  for (const costmodel::Figure& figure : report.figures)
    if (figure.name.starts_with(phases) && figure.name.ends_with(".exposed"))
      parts.push_back({PartKind::exposed, tr("exposed, %1").arg(QString::fromStdString(phaseOf(figure.name))),
                       figure.name, figure.value});
  return parts;
}

double secondsOf(const std::vector<TimePart>& parts, const std::string& figure) {
  for (const TimePart& part : parts)
    if (part.figure == figure) return part.seconds;
  return 0;
}

std::vector<TimePart> commonParts(const std::vector<TimePart>& a, const std::vector<TimePart>& b) {
  double total_a = 0, total_b = 0;
  for (const TimePart& part : a) total_a += part.seconds;
  for (const TimePart& part : b) total_b += part.seconds;
  const double least = std::max(total_a, total_b) / 1000;
  std::vector<TimePart> common;
  for (const PartKind kind : {PartKind::compute, PartKind::exposed})
    for (const std::vector<TimePart>* parts : {&a, &b})
      for (const TimePart& part : *parts) {
        const bool known = std::any_of(common.begin(), common.end(),
                                       [&](const TimePart& other) { return other.figure == part.figure; });
        const double seconds = std::max(secondsOf(a, part.figure), secondsOf(b, part.figure));
        if (part.kind == kind && !known && seconds >= least) common.push_back(part);
      }
  return common;
}

}  // namespace gui
