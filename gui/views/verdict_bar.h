// The answer in words, above everything else: what to run, why, what would change it.  When nothing fits:
// what would, as buttons.
#pragma once

#include <QFrame>
#include <array>

#include "gui/document/project.h"
#include "gui/document/selection.h"

class QLabel;
class QPushButton;

namespace gui {

class MeasuredLabel;

class VerdictBar : public QFrame {
  Q_OBJECT

 public:
  VerdictBar(Project& project, Selection& selection, QWidget* parent = nullptr);

  QString headline() const;  // without markup
  QString plainText() const { return plain_; }
  // Shows what is wrong with a field while the last valid result stays; empty: nothing is wrong.
  void setProblem(const QString& problem);

 Q_SIGNALS:
  // Somebody asks why a plan loses: the winner is current now and that plan the baseline.
  void causeChosen();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void showVerdict(const EvaluationPtr& evaluation);
  void refresh();
  void dressTie();
  void openFigure(const QString& name);
  void openCause(const QString& link);
  void offerChanges(const costmodel::Verdict& verdict);
  void takeRemedy(std::size_t which);

  Project& project_;
  Selection& selection_;
  MeasuredLabel* headline_;
  QLabel* tie_;
  MeasuredLabel* problem_;
  MeasuredLabel* details_;
  MeasuredLabel* why_;
  MeasuredLabel* changes_;
  QPushButton* fewer_tokens_;
  QPushButton* more_nodes_;
  std::array<QPushButton*, 2> remedies_;  // axes of [search] or [plan] that are in the way
  QString plain_;
};

}  // namespace gui
