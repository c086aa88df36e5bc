#include "gui/document/evaluator.h"

#include <algorithm>

namespace gui {

namespace {
constexpr int flips_delay_ms = 60;
}

Evaluator::Evaluator(Project& project, QObject* parent) : QObject(parent), project_(project) {
  pool_.setMaxThreadCount(1);
  soon_.setSingleShot(true);
  connect(&soon_, &QTimer::timeout, this, &Evaluator::start);
  flips_soon_.setSingleShot(true);
  connect(&flips_soon_, &QTimer::timeout, this, &Evaluator::startFlips);
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
  flips_soon_.stop();
  if (running_)
    again_ = true;
  else
    soon_.start(0);
}

// Runs `work` on the worker; its result, an evaluation or nothing, comes back to this thread.
template <class Work>
void Evaluator::onWorker(Work work) {
  running_ = true;
  again_ = false;
  pool_.start([this, work = std::move(work)] {
    QString problem;
    EvaluationPtr evaluation;
    try {
      evaluation = work();
    } catch (const std::exception& error) {
      problem = problemText(error);
    }
    QMetaObject::invokeMethod(
        this,
        [this, evaluation, problem] {
          if (evaluation) take(evaluation);
          finish(problem);
        },
        Qt::QueuedConnection);
  });
}

void Evaluator::start() {
  onWorker([request = present()] { return evaluate(request); });
}

// Of what is shown.  An edit does not wait for the flip points of what it replaces.
void Evaluator::startFlips() {
  if (running_ || !evaluation_ || evaluation_->revision != project_.revision()) return;
  onWorker([this, evaluation = evaluation_, number = wanted_.load()] {
    return withFlips(*evaluation, [&] { return wanted_.load() == number; });
  });
}

void Evaluator::take(const EvaluationPtr& evaluation) {
  if (again_ || evaluation->revision != project_.revision()) return;
  evaluation_ = evaluation;
  if (evaluation->flips) {
    Q_EMIT completed();
    return;
  }
  Q_EMIT evaluated();
  flips_soon_.start(flips_delay_ms);
}

void Evaluator::finish(const QString& problem) {
  running_ = false;
  if (!problem.isEmpty()) Q_EMIT failed(problem);
  if (again_) start();
}

void Evaluator::evaluateNow() {
  soon_.stop();
  flips_soon_.stop();
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
