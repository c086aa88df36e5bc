#include "gui/views/change_list.h"

#include "gui/document/scenario_fields.h"

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
  for (const Field& field : scenarioFields()) {
    const std::string before = fieldText(project_.lastSaved().scenario, field.key);
    const std::string now = fieldText(project_.scenario(), field.key);
    if (now == before) continue;
    html += QStringLiteral("<div style='margin-top:3px'><a href='%1' style='color:%2'>%3</a></div>")
                .arg(QString::fromStdString(field.key), palette().color(QPalette::WindowText).name(),
                     tr("%1: %2, was %3")
                         .arg(field.label, QString::fromStdString(now), QString::fromStdString(before))
                         .toHtmlEscaped());
  }
  setVisible(!html.isEmpty());
  setText(QStringLiteral("<b>%1</b>").arg(tr("What changed")) + html);
}

}  // namespace gui
