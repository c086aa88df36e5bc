#include "gui/document/scenario_limits.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <exception>

#include "costmodel/answer/memory_remedy.h"
#include "costmodel/spec/search_edit.h"
#include "gui/document/edit_field.h"

namespace gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

std::vector<LimitField> makeFields() {
  return {{"transport",
           tr("Exchange"),
           {{"ring", tr("Ring"), tr("Blocks travel around a ring: flat or double, RingAttention or burst.")},
            {"hybrid", tr("Hybrid"), tr("Rings of groups that split the heads (USP).")},
            {"all_to_all", tr("Ulysses"), tr("All-to-all: every rank has all tokens of some heads.")},
            {"all_gather", tr("All-gather"), tr("Every rank gathers all keys and values.")},
            {"tensor", tr("Tensor"), tr("Tensor parallelism alone.")},
            {"none", tr("No split"), tr("Every GPU has whole sequences.")}}},
          {"backward",
           tr("Backward"),
           {{"kv", tr("K and V travel"), tr("Keys, values and their gradients: RingAttention.")},
            {"q", tr("Queries travel"), tr("Queries and their gradients: burst.")}}}};
}

bool holds(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

void push(Project& project, const std::string& key, costmodel::ScenarioDocument edited, const QString& text) {
  if (edited.text == project.document().text) return;
  project.undoStack().push(new EditField(project, key, std::move(edited), text));
}

}  // namespace

const std::vector<LimitField>& limitFields() {
  static const std::vector<LimitField> fields = makeFields();
  return fields;
}

std::vector<std::string> allowedChoices(const costmodel::Scenario& scenario, const LimitField& field) {
  const std::vector<std::string> limit = costmodel::allowed_values(scenario.search, field.axis);
  std::vector<std::string> values;
  for (const LimitChoice& choice : field.choices)
    if (limit.empty() || holds(limit, choice.value)) values.push_back(choice.value);
  return values;
}

QString limitText(const costmodel::Scenario& scenario, const LimitField& field) {
  const std::vector<std::string> values = allowedChoices(scenario, field);
  if (values.size() == field.choices.size()) return tr("all");
  QStringList labels;
  for (const LimitChoice& choice : field.choices)
    if (holds(values, choice.value)) labels << choice.label;
  return labels.join(QStringLiteral(", "));
}

QString limitObjection(const costmodel::Scenario& scenario, const LimitField& field) {
  if (scenario.plan) return tr("The file names one plan in [plan]: nothing is searched.");
  if (field.axis == "backward" && !costmodel::has_backward(scenario.workload.phase))
    return tr("This phase has no backward pass.");
  return {};
}

Problem setLimit(Project& project, const LimitField& field, const std::vector<std::string>& values) {
  if (values == allowedChoices(project.scenario(), field)) return std::nullopt;
  if (values.empty()) return tr("Nothing would be left to search; expected at least one.");
  try {
    const bool all = values.size() == field.choices.size();
    costmodel::ScenarioDocument edited = costmodel::limited_document(
        project.document(), field.axis, all ? std::vector<std::string>() : values);
    const QString text = QStringLiteral("%1 %2").arg(field.label, limitText(edited.scenario, field));
    push(project, "search." + field.axis, std::move(edited), text);
    return std::nullopt;
  } catch (const std::exception& error) {
    return problemText(error);
  }
}

Problem revertLimit(Project& project, const LimitField& field) {
  return setLimit(project, field, allowedChoices(project.lastSaved().scenario, field));
}

Problem takeRemedy(Project& project, const costmodel::MemoryChange& change) {
  try {
    push(project, "search.remedy", costmodel::remedied_document(project.document(), change),
         QString::fromStdString(change.text));
    return std::nullopt;
  } catch (const std::exception& error) {
    return problemText(error);
  }
}

}  // namespace gui
