#include "gui/views/verdict_bar.h"

#include <QCursor>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTextDocumentFragment>
#include <QVBoxLayout>

#include "costmodel/base/unit_text.h"
#include "gui/document/scenario_limits.h"
#include "gui/look/figure_html.h"
#include "gui/look/theme.h"
#include "gui/look/verdict_html.h"
#include "gui/views/figure_popup.h"
#include "gui/views/measured_label.h"

namespace gui {

namespace {

MeasuredLabel* makeLabel(QWidget* parent) {
  auto* label = new MeasuredLabel(parent);
  label->setTextInteractionFlags(Qt::TextBrowserInteraction);
  label->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
  return label;
}

// `items` are rich text.
QString listHtml(const QString& title, const QStringList& items) {
  if (items.isEmpty()) return {};
  QString html = QStringLiteral("<b>%1</b>").arg(title.toHtmlEscaped());
  for (const QString& item : items)
    html += QStringLiteral("<div style='margin-top:3px'>\u2022 %1</div>").arg(item);
  return html;
}

}  // namespace

VerdictBar::VerdictBar(Project& project, Selection& selection, QWidget* parent)
    : QFrame(parent),
      project_(project),
      selection_(selection),
      headline_(makeLabel(this)),
      tie_(new QLabel(this)),
      problem_(makeLabel(this)),
      details_(makeLabel(this)),
      why_(makeLabel(this)),
      changes_(makeLabel(this)),
      fewer_tokens_(new QPushButton(this)),
      more_nodes_(new QPushButton(this)) {
  setObjectName(QStringLiteral("verdictBar"));
  setAccessibleName(tr("Verdict"));
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  headline_->setObjectName(QStringLiteral("verdictHeadline"));
  headline_->setAccessibleName(tr("Answer"));
  why_->setAccessibleName(tr("Why"));
  changes_->setAccessibleName(tr("What would change it"));
  details_->setAccessibleName(tr("The plan in words"));
  tie_->setAccessibleName(tr("Tie"));
  problem_->setAccessibleName(tr("Problem"));
  QFont large = font();
  large.setPointSizeF(large.pointSizeF() * 1.6);
  headline_->setFont(large);
  why_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  changes_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  tie_->setTextFormat(Qt::PlainText);
  dressTie();
  details_->setTextFormat(Qt::PlainText);

  // Beside the smaller words: the answer has the whole width.
  auto* second = new QHBoxLayout;
  second->addWidget(details_, 1);
  second->addWidget(tie_, 0, Qt::AlignTop | Qt::AlignRight);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(fewer_tokens_);
  buttons->addWidget(more_nodes_);
  buttons->addStretch(1);
  // Their names are long: a row of their own leaves the window as narrow as it may be.
  auto* remedies = new QHBoxLayout;
  for (std::size_t i = 0; i < remedies_.size(); ++i) {
    remedies_[i] = new QPushButton(this);
    remedies_[i]->hide();
    remedies->addWidget(remedies_[i]);
    connect(remedies_[i], &QPushButton::clicked, this, [this, i] { takeRemedy(i); });
  }
  remedies->addStretch(1);
  auto* columns = new QHBoxLayout;
  columns->setSpacing(24);
  columns->addWidget(why_, 3);
  columns->addWidget(changes_, 2);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 8, 12, 8);
  layout->setSpacing(5);
  layout->addWidget(headline_);
  layout->addWidget(problem_);
  layout->addLayout(second);
  layout->addLayout(buttons);
  layout->addLayout(remedies);
  layout->addLayout(columns);
  problem_->hide();
  fewer_tokens_->hide();
  more_nodes_->hide();

  connect(headline_, &QLabel::linkActivated, this, &VerdictBar::openFigure);
  connect(why_, &QLabel::linkActivated, this, &VerdictBar::openCause);
  connect(fewer_tokens_, &QPushButton::clicked, this, [this] {
    project_.setField("sequence", std::to_string(selection_.evaluation()->answer.verdict.nearest_sequence));
  });
  connect(more_nodes_, &QPushButton::clicked, this, [this] {
    project_.setField("nodes", std::to_string(selection_.evaluation()->answer.verdict.nearest_nodes));
  });
  connect(&selection_, &Selection::evaluationChanged, this, &VerdictBar::refresh);
  connect(&selection_, &Selection::verdictCompleted, this, &VerdictBar::refresh);
  refresh();
}

// Dark words on orange in both schemes.
void VerdictBar::dressTie() {
  QFont bold = font();
  bold.setBold(true);
  tie_->setFont(bold);
  tie_->setMargin(3);
  tie_->setAutoFillBackground(true);
  tie_->setBackgroundRole(QPalette::Window);  // the bar's own is another
  QPalette colours = palette();
  colours.setColor(QPalette::Window, QColor(0xE6, 0x9F, 0x00));
  colours.setColor(QPalette::WindowText, QColor(0x1F, 0x23, 0x28));
  if (tie_->palette() != colours) tie_->setPalette(colours);
}

void VerdictBar::refresh() {
  // A palette may come before the layout does.
  if (selection_.evaluation() && layout() != nullptr) showVerdict(selection_.evaluation());
}

void VerdictBar::showVerdict(const EvaluationPtr& evaluation) {
  const VerdictHtml html = verdictHtml(*evaluation, palette());
  // Every label that comes or goes would lay out the whole window: once is enough.
  layout()->setEnabled(false);
  headline_->showText(html.headline);
  details_->showText(html.details);
  QPalette quiet = palette();
  quiet.setColor(QPalette::WindowText, ink(Ink::faint_text, palette()));
  if (details_->palette() != quiet) details_->setPalette(quiet);
  details_->setVisible(!html.details.isEmpty());
  why_->showText(listHtml(tr("Why"), html.why));
  why_->setVisible(!html.why.isEmpty());
  QStringList changes;
  for (const QString& change : html.changes) changes << change.toHtmlEscaped();
  changes_->showText(
      listHtml(evaluation->winner < 0 ? tr("What to change first") : tr("What would change it"), changes));
  changes_->setVisible(!html.changes.isEmpty());
  tie_->setText(html.tie);
  tie_->setVisible(!html.tie.isEmpty());
  plain_ = html.plain;
  offerChanges(evaluation->answer.verdict);
  layout()->setEnabled(true);
  layout()->update();
}

void VerdictBar::offerChanges(const costmodel::Verdict& verdict) {
  fewer_tokens_->setVisible(verdict.plan.empty() && verdict.nearest_sequence > 0);
  fewer_tokens_->setText(
      tr("Use %1 tokens")
          .arg(QString::fromStdString(costmodel::format_tokens_short(verdict.nearest_sequence))));
  more_nodes_->setVisible(verdict.plan.empty() && verdict.nearest_nodes > 0);
  more_nodes_->setText(tr("Use %n nodes", "", verdict.nearest_nodes));
  for (std::size_t i = 0; i < remedies_.size(); ++i) {
    const bool offered = verdict.plan.empty() && i < verdict.changes.size();
    remedies_[i]->setVisible(offered);
    if (!offered) continue;
    const costmodel::MemoryChange& change = verdict.changes[i];
    remedies_[i]->setText(tr("Allow %1").arg(QString::fromStdString(change.text)));
    remedies_[i]->setToolTip(tr("The nearest plan fits then: %1 at %2 x the time")
                                 .arg(QString::fromStdString(costmodel::format_bytes(change.memory)),
                                      QString::fromStdString(costmodel::format_number(change.slowdown))));
  }
}

void VerdictBar::takeRemedy(std::size_t which) {
  const std::vector<costmodel::MemoryChange>& changes = selection_.evaluation()->answer.verdict.changes;
  if (which >= changes.size()) return;
  if (const Problem problem = gui::takeRemedy(project_, changes[which])) setProblem(*problem);
}

void VerdictBar::setProblem(const QString& problem) {
  problem_->setVisible(!problem.isEmpty());
  if (!problem.isEmpty())
    problem_->showText(
        QStringLiteral("<span style='color:%1'><b>%2</b></span> %3")
            .arg(ink(Ink::capacity, palette()).name(), tr("Last valid result."), problem.toHtmlEscaped()));
}

void VerdictBar::openFigure(const QString& name) {
  const EvaluationPtr& evaluation = selection_.evaluation();
  const costmodel::PlanReport* best = evaluation ? evaluation->report(evaluation->winner) : nullptr;
  if (best == nullptr) return;
  showFigurePopup(*this, QCursor::pos(), figureHtml(*best, name.toStdString()));
}

void VerdictBar::openCause(const QString& link) {
  const EvaluationPtr& evaluation = selection_.evaluation();
  if (!evaluation) return;
  selection_.setCurrent(evaluation->winner);
  selection_.setBaseline(link.section(QLatin1Char(':'), 1).toInt());
  Q_EMIT causeChosen();
}

void VerdictBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refresh();
}

QString VerdictBar::headline() const {
  return QTextDocumentFragment::fromHtml(headline_->text()).toPlainText();
}

}  // namespace gui
