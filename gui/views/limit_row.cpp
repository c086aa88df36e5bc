#include "gui/views/limit_row.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QToolButton>
#include <algorithm>

#include "gui/look/theme.h"

namespace gui {

LimitRow::LimitRow(Project& project, const LimitField& field, QWidget* parent)
    : QWidget(parent),
      project_(project),
      field_(field),
      revert_(new QToolButton(this)),
      problem_(new QLabel(this)) {
  revert_->setText(QStringLiteral("\u25CF"));
  revert_->setAutoRaise(true);
  revert_->setAccessibleName(tr("Revert %1").arg(field.label));
  revert_->setFocusPolicy(Qt::TabFocus);
  revert_->setFixedSize(18, 18);
  QSizePolicy keeps_its_place = revert_->sizePolicy();
  keeps_its_place.setRetainSizeWhenHidden(true);
  revert_->setSizePolicy(keeps_its_place);
  problem_->setWordWrap(true);
  problem_->hide();
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(4);
  grid->setVerticalSpacing(1);
  grid->addWidget(new QLabel(field.label, this), 0, 0);
  grid->addWidget(revert_, 0, 2, Qt::AlignRight);
  int place = 0;
  for (const LimitChoice& choice : field.choices) {
    auto* box = new QCheckBox(choice.label, this);
    box->setAccessibleName(tr("%1: %2").arg(field.label, choice.label));
    connect(box, &QCheckBox::clicked, this, &LimitRow::choose);
    grid->addWidget(box, 1 + place / 2, place % 2);
    boxes_.push_back(box);
    ++place;
  }
  grid->addWidget(problem_, 1 + (place + 1) / 2, 0, 1, 3);
  grid->setColumnStretch(1, 1);
  connect(revert_, &QToolButton::clicked, this, [this] {
    if (const Problem problem = revertLimit(project_, field_)) setProblem(*problem);
  });
  refresh();
}

QCheckBox& LimitRow::box(const std::string& value) const {
  const auto choice = std::find_if(field_.choices.begin(), field_.choices.end(),
                                   [&](const LimitChoice& one) { return one.value == value; });
  return *boxes_.at(static_cast<std::size_t>(choice - field_.choices.begin()));
}

void LimitRow::choose() {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < boxes_.size(); ++i)
    if (boxes_[i]->isChecked()) values.push_back(field_.choices[i].value);
  const Problem problem = setLimit(project_, field_, values);
  refresh();
  setProblem(problem.value_or(QString()));
}

void LimitRow::refresh() {
  const costmodel::Scenario& scenario = project_.scenario();
  const std::vector<std::string> allowed = allowedChoices(scenario, field_);
  const QString objection = limitObjection(scenario, field_);
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    const LimitChoice& choice = field_.choices[i];
    boxes_[i]->setChecked(std::find(allowed.begin(), allowed.end(), choice.value) != allowed.end());
    boxes_[i]->setToolTip(objection.isEmpty() ? choice.help : objection);
  }
  setEnabled(objection.isEmpty());
  const costmodel::Scenario& saved = project_.lastSaved().scenario;
  revert_->setVisible(allowedChoices(saved, field_) != allowed);
  revert_->setToolTip(tr("Back to %1").arg(limitText(saved, field_)));
  QPalette dot = palette();
  dot.setColor(QPalette::ButtonText, ink(Ink::exposed, palette()));
  revert_->setPalette(dot);
  setProblem({});
}

QString LimitRow::problem() const { return problem_->text(); }

void LimitRow::setProblem(const QString& problem) {
  if (problem == problem_->text()) return;
  problem_->setText(problem);
  problem_->setVisible(!problem.isEmpty());
  QPalette colours = palette();
  colours.setColor(QPalette::WindowText, ink(Ink::capacity, palette()));
  problem_->setPalette(colours);
}

}  // namespace gui
