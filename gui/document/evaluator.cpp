#include "gui/document/evaluator.h"

#include <QPointer>
#include <algorithm>

namespace gui {

Evaluator::Evaluator(Project& project, QObject* parent) : QObject(parent), project_(project) {
  pool_.setMaxThreadCount(1);
  soon_.setSingleShot(true);
  connect(&soon_, &QTimer::timeout, this, &Evaluator::start);
  connect(&project_, &Project::changed, this, &Evaluator::request);
  connect(&project_, &Project::fileChanged, this, [this] {
    pinned_.clear();
    kept_.clear();
    Q_EMIT keptChanged();
  });
}

Evaluator::~Evaluator() { pool_.waitForDone(); }

EvaluationRequest Evaluator::present() const {
  EvaluationRequest request{project_.scenario(), pinned_, project_.revision()};
  request.pinned.insert(request.pinned.end(), kept_.begin(), kept_.end());
  return request;
}

void Evaluator::request() {
  ++wanted_;
  if (running_)
    again_ = true;
  else
    soon_.start(0);
}

void Evaluator::start() {
  running_ = true;
  again_ = false;
  pool_.start([this, request = present(), number = wanted_.load()] {
    QString problem;
    const auto report = [this](auto action) {
      QMetaObject::invokeMethod(this, action, Qt::QueuedConnection);
    };
    try {
      const EvaluationPtr first = evaluate(request);
      report([this, first] { take(first); });
      // An edit does not wait for the flip points of what it replaces.
      const auto wanted = [&] { return wanted_.load() == number; };
      const EvaluationPtr complete = wanted() ? withFlips(*first, wanted) : nullptr;
      if (complete) report([this, complete] { takeFlips(complete); });
    } catch (const std::exception& error) {
      problem = problemText(error);
    }
    report([this, problem] { finish(problem); });
  });
}

void Evaluator::take(const EvaluationPtr& evaluation) {
  if (again_ || evaluation->revision != project_.revision()) return;
  evaluation_ = evaluation;
  Q_EMIT evaluated();
}

void Evaluator::takeFlips(const EvaluationPtr& evaluation) {
  if (again_ || !evaluation_ || evaluation->revision != project_.revision()) return;
  evaluation_ = evaluation;
  Q_EMIT completed();
}

void Evaluator::finish(const QString& problem) {
  running_ = false;
  if (!problem.isEmpty()) Q_EMIT failed(problem);
  if (again_) start();
}

void Evaluator::evaluateNow() {
  soon_.stop();
  try {
    evaluation_ = withFlips(*evaluate(present()));
  } catch (const std::exception& error) {
    Q_EMIT failed(problemText(error));
    return;
  }
  Q_EMIT evaluated();
}

void Evaluator::pin(const std::vector<costmodel::Plan>& plans) {
  bool more = false;
  for (const costmodel::Plan& plan : plans) {
    const bool shown = evaluation_ && evaluation_->indexOf(plan) >= 0;
    if (shown || std::find(pinned_.begin(), pinned_.end(), plan) != pinned_.end()) continue;
    pinned_.push_back(plan);
    more = true;
  }
  if (more) request();
}

void Evaluator::unpinAll() {
  if (pinned_.empty() && kept_.empty()) return;
  pinned_.clear();
  kept_.clear();
  Q_EMIT keptChanged();
  request();
}

bool Evaluator::isKept(const costmodel::Plan& plan) const {
  return std::find(kept_.begin(), kept_.end(), plan) != kept_.end();
}

void Evaluator::keep(const costmodel::Plan& plan) {
  if (isKept(plan)) return;
  kept_.push_back(plan);
  Q_EMIT keptChanged();
  if (!evaluation_ || evaluation_->indexOf(plan) < 0) request();
}

// Its row stays until the next edit: nothing under the pointer jumps away.
void Evaluator::release(const costmodel::Plan& plan) {
  if (std::erase(kept_, plan) > 0) Q_EMIT keptChanged();
}

}  // namespace gui
