#include "gui/views/scenario_editor.h"

#include <QEvent>
#include <QGroupBox>
#include <QVBoxLayout>

#include "gui/views/change_list.h"

namespace gui {

namespace {

QString titleOf(FieldGroup group) {
  switch (group) {
    case FieldGroup::model: return ScenarioEditor::tr("Model");
    case FieldGroup::workload: return ScenarioEditor::tr("Workload");
    case FieldGroup::cluster: return ScenarioEditor::tr("Cluster");
    case FieldGroup::constraints: return ScenarioEditor::tr("Constraints");
  }
  return {};
}

}  // namespace

ScenarioEditor::ScenarioEditor(Project& project, QWidget* parent) : QScrollArea(parent), project_(project) {
  setObjectName(QStringLiteral("scenarioEditor"));
  setWidgetResizable(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(6, 4, 6, 4);
  column->setSpacing(6);
  for (const FieldGroup group :
       {FieldGroup::model, FieldGroup::workload, FieldGroup::cluster, FieldGroup::constraints}) {
    auto* box = new QGroupBox(titleOf(group), content);
    auto* fields = new QVBoxLayout(box);
    fields->setContentsMargins(8, 4, 6, 6);
    fields->setSpacing(3);
    for (const Field& field : scenarioFields()) {
      if (field.group != group) continue;
      rows_.push_back(new FieldRow(project_, field, box));
      fields->addWidget(rows_.back());
      connect(rows_.back(), &FieldRow::settled, this, [this] { Q_EMIT problemChanged({}); });
    }
    column->addWidget(box);
  }
  addLimits(*content);
  auto* changes = new ChangeList(project_, content);
  connect(changes, &ChangeList::fieldChosen, this, &ScenarioEditor::focusField);
  column->addWidget(changes);
  column->addStretch(1);
  setWidget(content);
  connect(&project_, &Project::changed, this, &ScenarioEditor::refresh);
  // A saved file has other values to go back to.
  connect(&project_, &Project::fileChanged, this, [this] {
    for (FieldRow* row : rows_) row->refreshDot();
    for (LimitRow* row : limits_) row->refresh();
  });
  connect(&project_, &Project::fieldFailed, this, [this](const QString& key, const QString& message) {
    if (FieldRow* failed = row(key.toStdString())) {
      failed->setProblem(message);
      Q_EMIT problemChanged(tr("%1: %2").arg(failed->field().label, message));
    }
  });
}

void ScenarioEditor::addLimits(QWidget& content) {
  auto* box = new QGroupBox(tr("Plans"), &content);
  auto* rows = new QVBoxLayout(box);
  rows->setContentsMargins(8, 4, 6, 6);
  rows->setSpacing(3);
  for (const LimitField& field : limitFields()) {
    limits_.push_back(new LimitRow(project_, field, box));
    rows->addWidget(limits_.back());
  }
  content.layout()->addWidget(box);
}

LimitRow* ScenarioEditor::limitRow(const std::string& axis) const {
  for (LimitRow* row : limits_)
    if (row->field().axis == axis) return row;
  return nullptr;
}

FieldRow* ScenarioEditor::row(const std::string& key) const {
  for (FieldRow* row : rows_)
    if (row->field().key == key) return row;
  return nullptr;
}

void ScenarioEditor::focusField(const std::string& key) {
  if (FieldRow* found = row(key)) {
    ensureWidgetVisible(found);
    found->input()->setFocus(Qt::ShortcutFocusReason);
  }
  if (LimitRow* found = limitRow(key)) {
    ensureWidgetVisible(found);
    found->box(found->field().choices.front().value).setFocus(Qt::ShortcutFocusReason);
  }
}

void ScenarioEditor::refresh() {
  for (FieldRow* row : rows_) {
    row->setProblem({});
    row->refresh();
  }
  for (LimitRow* row : limits_) row->refresh();
  Q_EMIT problemChanged({});
}

QSize ScenarioEditor::sizeHint() const { return {290, 640}; }

void ScenarioEditor::changeEvent(QEvent* event) {
  QScrollArea::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  for (FieldRow* row : rows_) row->refresh();
  for (LimitRow* row : limits_) row->refresh();
}

}  // namespace gui
