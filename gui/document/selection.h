// What the user looks at: the current plan, the baseline that it is compared with, what is under the pointer.
// Views set it and listen to it; they never call each other.
#pragma once

#include <QObject>
#include <QPair>
#include <string>

#include "gui/document/evaluator.h"

namespace gui {

class Selection : public QObject {
  Q_OBJECT

 public:
  explicit Selection(Evaluator& evaluator, QObject* parent = nullptr);

  const EvaluationPtr& evaluation() const { return evaluation_; }
  // Indices into evaluation()->reports; -1 for none.
  int current() const { return current_; }
  int baseline() const { return baseline_; }
  int hovered() const { return hovered_; }
  // Whether somebody chose it; else it is the usual one and may become another with the next evaluation.
  bool currentIsChosen() const { return !current_family_.empty(); }
  bool baselineIsChosen() const { return !baseline_family_.empty(); }
  const costmodel::PlanReport* currentReport() const;
  const costmodel::PlanReport* baselineReport() const;

  // A choice is kept when the scenario changes: the plan of the same family is current then.
  void setCurrent(int index);
  void setBaseline(int index);
  void setHovered(int index);
  void forgetChoices();
  // By name, alias or family ("ring"); whether there is one.
  bool chooseCurrent(const std::string& name);
  bool chooseBaseline(const std::string& name);
  // A plan that may not be shown yet; it is when the evaluator has priced it.
  void choosePlan(const costmodel::Plan& plan);
  // Several plans to look at together; the first of them is current.  None: all again.
  void mark(const std::vector<costmodel::Plan>& plans);
  const std::vector<costmodel::Plan>& marked() const { return marked_; }
  bool isMarked(const costmodel::Plan& plan) const;
  // Keeps a plan on top of the table and through edits, or lets it go again.
  void toggleKept(int index);
  bool isKept(const costmodel::Plan& plan) const { return evaluator_.isKept(plan); }

 Q_SIGNALS:
  void evaluationChanged();  // before the others, which follow from it
  void verdictCompleted();   // the evaluation is the same, its verdict has its flip points now
  void currentChanged();
  void baselineChanged();
  void comparisonChanged();  // either of them, once for both: for views that show one against the other
  void hoveredChanged();
  void markedChanged();
  void keptChanged();

 private:
  void take();
  int followed(const std::string& family) const;

  Evaluator& evaluator_;
  EvaluationPtr evaluation_;
  int current_ = -1;
  int baseline_ = -1;
  int hovered_ = -1;
  std::string current_family_;  // chosen by the user; empty: the winner
  std::string baseline_family_;
  std::optional<costmodel::Plan> awaited_;
  std::vector<costmodel::Plan> marked_;
};

}  // namespace gui
