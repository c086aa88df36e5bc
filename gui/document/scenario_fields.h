// The numbers and choices of a scenario that the editor offers, in its order: their words, ranges and present
// text.  Setting one is costmodel::edited_document.
#pragma once

#include <QString>
#include <string>
#include <vector>

#include "costmodel/spec/scenario.h"

namespace gui {

enum class FieldKind { tokens, count, bytes, bandwidth, number, choice };
enum class FieldGroup { model, workload, cluster, constraints };

struct Field {
  std::string key;  // of costmodel::override_keys()
  QString label;
  QString help;
  FieldKind kind = FieldKind::choice;
  FieldGroup group = FieldGroup::model;
  double low = 0;  // of the slider, in base units; no slider where low = high
  double high = 0;
};

const std::vector<Field>& scenarioFields();
const Field* findField(const std::string& key);  // nullptr when there is none

// The present value as its field shows it: "1M", "47 GB/s", "causal".  Reads back as the same value.
std::string fieldText(const costmodel::Scenario& scenario, const std::string& key);
// The present value in base units; 0 for a choice.
double fieldValue(const costmodel::Scenario& scenario, const std::string& key);
// What a choice may be.
std::vector<std::string> fieldChoices(const costmodel::Scenario& scenario, const std::string& key);

// Why the field has no meaning or cannot be changed in this scenario; empty when it can.
QString fieldObjection(const costmodel::Scenario& scenario, const std::string& key);

}  // namespace gui
