#include "gui/views/change_list.h"

#include "gui/document/scenario_fields.h"
#include "gui/document/scenario_limits.h"

namespace gui {

ChangeList::ChangeList(Project& project, QWidget* parent) : QLabel(parent), project_(project) {
  setObjectName(QStringLiteral("changeList"));
  setAccessibleName(tr("What changed"));
  setTextFormat(Qt::RichText);
  setTextInteractionFlags(Qt::TextBrowserInteraction);
  setWordWrap(true);
  connect(this, &QLabel::linkActivated, this,
          [this](const QString& key) { Q_EMIT fieldChosen(key.toStdString()); });
  connect(&project_, &Project::changed, this, &ChangeList::refresh);
  connect(&project_, &Project::fileChanged, this, &ChangeList::refresh);
  refresh();
}

void ChangeList::refresh() {
  QString html;
  const auto add = [&](const std::string& key, const QString& label, const QString& now,
                       const QString& before) {
    if (now == before) return;
    html += QStringLiteral("<div style='margin-top:3px'><a href='%1' style='color:%2'>%3</a></div>")
                .arg(QString::fromStdString(key), palette().color(QPalette::WindowText).name(),
                     tr("%1: %2, was %3").arg(label, now, before).toHtmlEscaped());
  };
  const costmodel::Scenario& saved = project_.lastSaved().scenario;
  const costmodel::Scenario& present = project_.scenario();
  for (const Field& field : scenarioFields())
    add(field.key, field.label, QString::fromStdString(fieldText(present, field.key)),
        QString::fromStdString(fieldText(saved, field.key)));
  for (const LimitField& field : limitFields())
    add(field.axis, field.label, limitText(present, field), limitText(saved, field));
  setVisible(!html.isEmpty());
  setText(QStringLiteral("<b>%1</b>").arg(tr("What changed")) + html);
}

}  // namespace gui
