#include "gui/views/field_row.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSlider>
#include <QToolButton>
#include <cmath>

#include "gui/document/field_arithmetic.h"
#include "gui/look/theme.h"
#include "gui/views/quantity_edit.h"

namespace gui {

namespace {
constexpr int slider_steps = 200;  // logarithmic from low to high
}

FieldRow::FieldRow(Project& project, const Field& field, QWidget* parent)
    : QWidget(parent), project_(project), field_(field) {
  label_ = new QLabel(field.label, this);
  revert_ = new QToolButton(this);
  revert_->setText(QStringLiteral("\u25CF"));
  revert_->setAutoRaise(true);
  revert_->setAccessibleName(tr("Revert %1").arg(field.label));
  revert_->setFocusPolicy(Qt::TabFocus);
  QSizePolicy keeps_its_place = revert_->sizePolicy();
  keeps_its_place.setRetainSizeWhenHidden(true);
  revert_->setSizePolicy(keeps_its_place);
  revert_->setFixedSize(18, 18);
  problem_ = new QLabel(this);
  problem_->setWordWrap(true);
  problem_->hide();

  QWidget* input_widget = makeInput();
  input_widget->setAccessibleName(field.label);
  input_widget->setToolTip(field.help);
  label_->setToolTip(field.help);
  label_->setBuddy(input_widget);
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(4);
  grid->setVerticalSpacing(0);
  grid->addWidget(label_, 0, 0);
  grid->addWidget(input_widget, 0, 1);
  grid->addWidget(revert_, 0, 2);
  if (slider_ != nullptr) grid->addWidget(slider_, 1, 1);
  grid->addWidget(problem_, 2, 0, 1, 3);
  grid->setColumnMinimumWidth(0, 104);
  grid->setColumnStretch(1, 1);

  connect(revert_, &QToolButton::clicked, this, [this] { project_.revertField(field_.key); });
  refresh();
}

QWidget* FieldRow::makeInput() {
  if (field_.kind == FieldKind::choice) {
    list_ = new QComboBox(this);
    list_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    list_->setMinimumContentsLength(12);
    // A sliding window has any length.
    list_->setEditable(field_.key == "mask");
    list_->setFocusPolicy(Qt::StrongFocus);
    connect(list_, &QComboBox::activated, this, [this] { ask(list_->currentText()); });
    if (list_->isEditable()) {
      list_->lineEdit()->setAccessibleName(field_.label);
      connect(list_->lineEdit(), &QLineEdit::editingFinished, this, [this] { ask(list_->currentText()); });
    }
    return list_;
  }
  edit_ = new QuantityEdit(field_.kind, this);
  connect(edit_, &QuantityEdit::wanted, this, &FieldRow::ask);
  connect(edit_, &QuantityEdit::typed, this, [this](const QString& text) {
    if (project_.tryField(field_.key, text.toStdString())) return;
    setProblem({});
    Q_EMIT settled();
  });
  if (field_.low < field_.high) {
    slider_ = new QSlider(Qt::Horizontal, this);
    slider_->setRange(0, slider_steps);
    slider_->setFixedHeight(16);
    slider_->setFocusPolicy(Qt::ClickFocus);
    slider_->setAccessibleName(tr("%1, slider").arg(field_.label));
    connect(slider_, &QSlider::valueChanged, this, &FieldRow::sliderMoved);
  }
  return edit_;
}

QWidget* FieldRow::input() const { return edit_ != nullptr ? static_cast<QWidget*>(edit_) : list_; }

int FieldRow::sliderPosition(double value) const {
  if (value <= field_.low) return 0;
  return static_cast<int>(
      std::lround(slider_steps * std::log(value / field_.low) / std::log(field_.high / field_.low)));
}

void FieldRow::sliderMoved(int position) {
  if (refreshing_) return;
  const double value =
      field_.low * std::pow(field_.high / field_.low, static_cast<double>(position) / slider_steps);
  ask(QString::fromStdString(roundText(field_.kind, value)));
}

void FieldRow::ask(const QString& text) {
  if (refreshing_) return;
  if (!project_.setField(field_.key, text.toStdString())) {
    setProblem({});
    refresh();
    Q_EMIT settled();
  }
}

void FieldRow::refresh() {
  refreshing_ = true;
  const costmodel::Scenario& scenario = project_.scenario();
  const QString text = QString::fromStdString(fieldText(scenario, field_.key));
  if (list_ != nullptr) {
    QStringList choices;
    for (const std::string& choice : fieldChoices(scenario, field_.key))
      choices << QString::fromStdString(choice);
    list_->clear();
    list_->addItems(choices);
    list_->setCurrentText(text);
  } else {
    const double value = fieldValue(scenario, field_.key);
    edit_->showValue(text, value);
    if (slider_ != nullptr && !slider_->isSliderDown()) slider_->setValue(sliderPosition(value));
  }
  const QString objection = fieldObjection(scenario, field_.key);
  setVisible(field_.key != "accumulation" || objection.isEmpty());
  setEnabled(objection.isEmpty());
  input()->setToolTip(objection.isEmpty() ? field_.help : objection);
  refreshDot();
  refreshing_ = false;
}

void FieldRow::refreshDot() {
  const std::string saved = fieldText(project_.lastSaved().scenario, field_.key);
  revert_->setVisible(saved != fieldText(project_.scenario(), field_.key));
  revert_->setToolTip(tr("Back to %1").arg(QString::fromStdString(saved)));
  QPalette dot = palette();
  dot.setColor(QPalette::ButtonText, ink(Ink::exposed, palette()));
  revert_->setPalette(dot);
}

void FieldRow::setProblem(const QString& problem) {
  problem_->setText(problem);
  problem_->setVisible(!problem.isEmpty());
  QPalette colours = palette();
  colours.setColor(QPalette::WindowText, ink(Ink::capacity, palette()));
  problem_->setPalette(colours);
  const QString outline = QStringLiteral("border: 1px solid %1;").arg(ink(Ink::capacity, palette()).name());
  if (edit_ != nullptr) edit_->setStyleSheet(problem.isEmpty() ? QString() : outline);
  if (list_ != nullptr) list_->setStyleSheet(problem.isEmpty() ? QString() : outline);
}

}  // namespace gui
