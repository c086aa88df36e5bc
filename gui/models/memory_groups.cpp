#include "gui/models/memory_groups.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"

namespace gui {

namespace {

constexpr std::string_view prefix = "memory.items.";
constexpr std::size_t most_items = 10;

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

MemoryGroup groupOf(std::string_view name) {
  if (name == "parameters") return MemoryGroup::weights;
  if (name == "gradients") return MemoryGroup::gradients;
  if (name == "optimizer states") return MemoryGroup::optimizer;
  if (name == "reserve") return MemoryGroup::reserve;
  if (name.ends_with(" kept")) return MemoryGroup::kept;
  if (name.ends_with("weights gathered") || name.ends_with("weight gradients")) return MemoryGroup::gathered;
  return MemoryGroup::working;
}

}  // namespace

std::vector<MemoryShare> memoryShares(const costmodel::PlanReport& report) {
  std::array<MemoryShare, static_cast<std::size_t>(MemoryGroup::count)> groups;
  for (const costmodel::Figure& figure : report.figures) {
    if (!figure.name.starts_with(prefix)) continue;
    const MemoryGroup group = groupOf(std::string_view(figure.name).substr(prefix.size()));
    MemoryShare& share = groups.at(static_cast<std::size_t>(group));
    share.group = group;
    share.bytes += figure.value;
    share.items.push_back(&figure);
  }
  std::vector<MemoryShare> shares;
  for (MemoryShare& share : groups) {
    if (share.bytes <= 0) continue;
    std::stable_sort(
        share.items.begin(), share.items.end(),
        [](const costmodel::Figure* a, const costmodel::Figure* b) { return a->value > b->value; });
    shares.push_back(std::move(share));
  }
  return shares;
}

QString memoryGroupName(MemoryGroup group) {
  switch (group) {
    case MemoryGroup::weights: return tr("parameters");
    case MemoryGroup::gradients: return tr("gradients");
    case MemoryGroup::optimizer: return tr("optimizer");
    case MemoryGroup::kept: return tr("kept for backward");
    case MemoryGroup::gathered: return tr("weights in flight");
    case MemoryGroup::working: return tr("working buffers");
    case MemoryGroup::reserve: return tr("kept free");
    case MemoryGroup::count: break;
  }
  return {};
}

QString memoryShareHtml(const MemoryShare& share, const QString& plan) {
  QString html = QStringLiteral("<b>%1</b> &middot; %2<br><b>%3</b><table cellspacing=0>")
                     .arg(memoryGroupName(share.group), plan.toHtmlEscaped(),
                          QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(share.bytes))));
  std::size_t told = 0;
  for (const costmodel::Figure* figure : share.items) {
    if (told++ == most_items) break;
    html += QStringLiteral(
                "<tr><td align=right>%1&nbsp;&nbsp;</td><td>%2 <span style='color:gray'>(%3, "
                "formula %4)</span></td></tr>")
                .arg(QString::fromStdString(costmodel::value_text(*figure)),
                     QString::fromStdString(figure->name.substr(prefix.size())).toHtmlEscaped(),
                     QString::fromStdString(figure->expression).toHtmlEscaped(),
                     QString::fromStdString(figure->formula));
  }
  return html + QStringLiteral("</table>");
}

}  // namespace gui
