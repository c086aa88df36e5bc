#include "gui/models/job_table_model.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "costmodel/base/unit_text.h"

namespace gui {

namespace {

constexpr int tick_ms = 500;
constexpr double least_share = 0.05;

QString timeText(const Job& job) {
  if (job.state() == JobState::waiting) return {};
  if (job.running()) {
    QString so_far = QStringLiteral("%1 s").arg(job.seconds(), 0, 'f', 0);
    const double share = job.progress().value_or(0);
    // Before that a guess would jump about.
    if (share < least_share || share >= 1) return so_far;
    return JobTableModel::tr("%1, %2 s left").arg(so_far).arg(job.seconds() * (1 - share) / share, 0, 'f', 0);
  }
  return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(job.seconds())));
}

QString progressText(const Job& job) {
  return job.progress() ? QStringLiteral("%1 %").arg(std::lround(*job.progress() * 100)) : QString();
}

}  // namespace

JobTableModel::JobTableModel(JobQueue& queue, QObject* parent)
    : QAbstractTableModel(parent), queue_(queue), jobs_(queue.jobs().rbegin(), queue.jobs().rend()) {
  clock_.setInterval(tick_ms);
  connect(&clock_, &QTimer::timeout, this, [this] {
    if (!queue_.busy()) clock_.stop();
    const int column = static_cast<int>(JobColumn::time);
    if (!jobs_.empty()) Q_EMIT dataChanged(index(0, column), index(rowCount() - 1, column));
  });
  connect(&queue_, &JobQueue::added, this, [this](Job* job) {
    beginInsertRows({}, 0, 0);
    jobs_.insert(jobs_.begin(), job);
    endInsertRows();
    clock_.start();
  });
  connect(&queue_, &JobQueue::jobChanged, this, &JobTableModel::jobChanged);
  connect(&queue_, &JobQueue::aboutToReset, this, [this] { beginResetModel(); });
  connect(&queue_, &JobQueue::reset, this, [this] {
    jobs_.assign(queue_.jobs().rbegin(), queue_.jobs().rend());
    endResetModel();
  });
}

Job* JobTableModel::job(int row) const {
  return row >= 0 && row < static_cast<int>(jobs_.size()) ? jobs_[static_cast<std::size_t>(row)] : nullptr;
}

void JobTableModel::jobChanged(Job* job) {
  const auto found = std::find(jobs_.begin(), jobs_.end(), job);
  if (found == jobs_.end()) return;
  const int row = static_cast<int>(found - jobs_.begin());
  Q_EMIT dataChanged(index(row, 0), index(row, job_column_count - 1));
}

int JobTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(jobs_.size());
}

int JobTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : job_column_count;
}

QVariant JobTableModel::data(const QModelIndex& index, int role) const {
  const Job* job = this->job(index.row());
  if (job == nullptr || !index.isValid()) return {};
  const auto column = static_cast<JobColumn>(index.column());
  if (role == progress_role) return job->progress().value_or(-1);
  if (role == Qt::TextAlignmentRole && column == JobColumn::time)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole && !job->message().isEmpty()) return job->message();
  if (role == Qt::AccessibleTextRole)
    return QStringLiteral("%1: %2").arg(
        headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(),
        data(index, Qt::DisplayRole).toString());
  if (role != Qt::DisplayRole) return {};
  switch (column) {
    case JobColumn::kind: return job->kind();
    case JobColumn::subject: return job->subject();
    case JobColumn::state: return name_of(job->state());
    case JobColumn::progress: return progressText(*job);
    case JobColumn::time: return timeText(*job);
    // The last line says most.
    case JobColumn::message: return job->message().section(QLatin1Char('\n'), -1);
  }
  return {};
}

QVariant JobTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= job_column_count)
    return {};
  const std::array<QString, job_column_count> names{
      tr("Job"), tr("What"), tr("State"), tr("Progress"), tr("Time"), tr("Result, or what went wrong")};
  return names[static_cast<std::size_t>(section)];
}

}  // namespace gui
