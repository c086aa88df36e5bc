#include "gui/models/plan_table_model.h"

#include <QApplication>
#include <QBrush>
#include <QFont>
#include <QPalette>
#include <algorithm>

#include "costmodel/base/unit_text.h"
#include "costmodel/plan/plan_alias.h"
#include "costmodel/price/memory.h"
#include "costmodel/price/quantity_text.h"
#include "gui/look/figure_html.h"
#include "gui/look/theme.h"

namespace gui {

using costmodel::PlanReport;

namespace {

// The figure that a column shows; "" where it shows none.
const char* figureOf(PlanColumn column) {
  switch (column) {
    case PlanColumn::tokens_per_second: return "tokens_per_second";
    case PlanColumn::time:
    case PlanColumn::interval: return "time";
    case PlanColumn::exposed: return "exposed";
    case PlanColumn::intra: return "traffic.intra";
    case PlanColumn::inter: return "traffic.inter";
    case PlanColumn::memory:
    case PlanColumn::fits: return "memory.peak";
    case PlanColumn::longest: return "max_sequence";
    default: return "";
  }
}

constexpr double room_beyond_capacity = 1.15;

}  // namespace

PlanTableModel::PlanTableModel(Selection& selection, QObject* parent)
    : QAbstractTableModel(parent), selection_(selection) {
  connect(&selection_, &Selection::evaluationChanged, this, &PlanTableModel::reset);
  connect(&selection_, &Selection::currentChanged, this, &PlanTableModel::marksChanged);
  connect(&selection_, &Selection::baselineChanged, this, &PlanTableModel::marksChanged);
  connect(&selection_, &Selection::keptChanged, this, &PlanTableModel::marksChanged);
  reset();
}

void PlanTableModel::reset() {
  beginResetModel();
  evaluation_ = selection_.evaluation();
  longest_time_ = 0;
  memory_scale_ = 0;
  if (evaluation_) {
    const double capacity = costmodel::device_memory(evaluation_->scenario.cluster).value;
    memory_scale_ = capacity * room_beyond_capacity;
    for (const PlanReport& report : evaluation_->reports) {
      if (!report.priced()) continue;
      longest_time_ = std::max(longest_time_, report.price.per_replica().value);
      memory_scale_ = std::max(memory_scale_, report.price.memory.value);
    }
  }
  endResetModel();
}

void PlanTableModel::marksChanged() {
  if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

int PlanTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() || !evaluation_ ? 0 : static_cast<int>(evaluation_->reports.size());
}

int PlanTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(PlanColumn::count);
}

bool PlanTableModel::applies(PlanColumn column) const {
  if (!evaluation_) return true;
  if (column == PlanColumn::keeps || column == PlanColumn::tokens_per_second)
    return evaluation_->wholeModel();
  if (column == PlanColumn::inter) return evaluation_->scenario.cluster.node_count() > 1;
  return true;
}

QString PlanTableModel::against(const PlanReport& report, int row) const {
  if (row == selection_.baseline()) return tr("baseline");
  const PlanReport* baseline = selection_.baselineReport();
  if (baseline == nullptr || !baseline->priced() || !report.priced()) return {};
  const double ratio = report.price.per_replica() / baseline->price.per_replica();
  QString change = QString::fromStdString(costmodel::change_text(ratio));
  if (costmodel::is_tie(report.price, baseline->price)) change = tr("%1 (tie)").arg(change);
  return change;
}

QString PlanTableModel::text(const PlanReport& report, PlanColumn column) const {
  const costmodel::Plan& plan = report.price.plan;
  if (column == PlanColumn::plan)
    return QString::fromStdString(
        evaluation_->wholeModel() ? costmodel::split_name(plan, evaluation_->scenario) : report.name);
  if (!report.priced()) {
    // The reason takes the place of the numbers.
    return column == PlanColumn::time ? QString::fromStdString(report.price.rejected->text) : QString();
  }
  switch (column) {
    case PlanColumn::keeps: return QString::fromStdString(costmodel::memory_axes_text(plan));
    case PlanColumn::interval: return QString::fromStdString(costmodel::interval_text(report.figure("time")));
    case PlanColumn::exposed:
      return QString::fromStdString(
          costmodel::percent_text(report.figure("exposed").value / report.figure("time").value));
    case PlanColumn::fits: {
      const costmodel::Bytes spare =
          costmodel::device_memory(evaluation_->scenario.cluster) - report.price.memory;
      const QString amount =
          QString::fromStdString(costmodel::format_bytes(costmodel::Bytes(std::abs(spare.value))));
      if (report.runs()) return tr("\u2713 %1 free").arg(amount);
      return spare.value < 0
                 ? tr("\u2717 %1 over").arg(amount)
                 : QStringLiteral("\u2717 ") + QString::fromStdString(report.price.rejected->text);
    }
    default: break;
  }
  const std::string name = figureOf(column);
  if (name.empty()) return {};
  if (column == PlanColumn::tokens_per_second) {
    const costmodel::Figure* figure = costmodel::find_figure(report.figures, name);
    return figure == nullptr ? QString() : QString::fromStdString(costmodel::format_number(figure->value));
  }
  return QString::fromStdString(costmodel::value_text(report.figure(name)));
}

double PlanTableModel::sortKey(const PlanReport& report, int row, PlanColumn column) const {
  // Plans that do not run come after the others, in their order, whatever the column.
  constexpr double after = 1e30;
  if (!report.priced()) return after * 10 + row;
  switch (column) {
    case PlanColumn::plan:
    case PlanColumn::keeps: return row;
    case PlanColumn::exposed: return report.price.exposed_share();
    case PlanColumn::time:
    case PlanColumn::against: return report.price.per_replica().value;
    case PlanColumn::interval: return report.figure("time").high - report.figure("time").low;
    default: break;
  }
  const costmodel::Figure* figure = costmodel::find_figure(report.figures, figureOf(column));
  return figure == nullptr ? after : figure->value;
}

CellBar PlanTableModel::bar(const PlanReport& report, PlanColumn column) const {
  CellBar bar;
  if (column == PlanColumn::time && longest_time_ > 0) {
    bar.first = report.price.compute.value / report.price.plan.data / longest_time_;
    bar.second = report.price.exposed().value / report.price.plan.data / longest_time_;
  } else if (memory_scale_ > 0) {
    bar.first = report.price.memory.value / memory_scale_;
    bar.mark = costmodel::device_memory(evaluation_->scenario.cluster).value / memory_scale_;
    bar.over = bar.first > bar.mark;
  }
  return bar;
}

QVariant PlanTableModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !evaluation_ || evaluation_->report(index.row()) == nullptr) return {};
  const PlanReport& report = *evaluation_->report(index.row());
  const auto column = static_cast<PlanColumn>(index.column());
  const bool has_bar = column == PlanColumn::time || column == PlanColumn::memory;
  switch (role) {
    case Qt::DisplayRole:
      return column == PlanColumn::against ? against(report, index.row()) : text(report, column);
    case Qt::AccessibleTextRole: {
      const QString head = headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString();
      const QString words = tr("%1: %2").arg(head, data(index, Qt::DisplayRole).toString());
      const bool kept = column == PlanColumn::plan && selection_.isKept(report.price.plan);
      return kept ? tr("%1, pinned").arg(words) : words;
    }
    case Qt::ToolTipRole:
      if (column == PlanColumn::plan || column == PlanColumn::keeps || column == PlanColumn::against) {
        const QString name = QString::fromStdString(report.name);
        return report.runs()
                   ? name
                   : tr("%1 does not run: %2").arg(name, QString::fromStdString(report.price.rejected->text));
      }
      return figureHtml(report, figureOf(column));
    case Qt::TextAlignmentRole: {
      const bool left = column == PlanColumn::plan || column == PlanColumn::keeps ||
                        column == PlanColumn::fits || (column == PlanColumn::time && !report.priced());
      return QVariant::fromValue(Qt::Alignment(left ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    }
    case Qt::DecorationRole:
      if (column == PlanColumn::plan)
        return markPixmap(planMark(report.price.plan), 16, qApp->devicePixelRatio(), QApplication::palette());
      return {};
    case Qt::FontRole: {
      QFont font;
      font.setBold(index.row() == evaluation_->winner && column == PlanColumn::plan);
      return font;
    }
    case Qt::ForegroundRole:
      if (!report.runs() && column == PlanColumn::fits)
        return QBrush(ink(Ink::capacity, QApplication::palette()));
      if (!report.runs()) return QBrush(ink(Ink::faint_text, QApplication::palette()));
      if (column == PlanColumn::fits) return QBrush(ink(Ink::good, QApplication::palette()));
      return {};
    case sort_role: return sortKey(report, index.row(), column);
    case bar_role: return has_bar && report.priced() ? QVariant::fromValue(bar(report, column)) : QVariant();
    case index_role: return index.row();
    case runs_role: return report.runs();
    case priced_role: return report.priced();
    case marked_role: return selection_.isMarked(report.price.plan);
    case kept_role: return selection_.isKept(report.price.plan);
    case figure_role: return QString::fromLatin1(figureOf(column));
    default: return {};
  }
}

QVariant PlanTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  const auto column = static_cast<PlanColumn>(section);
  if (role == Qt::TextAlignmentRole) {
    const bool left = column == PlanColumn::plan || column == PlanColumn::keeps || column == PlanColumn::fits;
    return QVariant::fromValue(Qt::Alignment(left ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  }
  if (role == Qt::ToolTipRole) {
    switch (column) {
      case PlanColumn::keeps:
        return tr("What is kept for the backward pass, the ZeRO stage, offload, fused loss");
      case PlanColumn::time:
        return tr(
            "Computing of the busiest GPU (blue) and what is exposed (orange): transfers, waiting, "
            "slowed kernels.  Bars count a step of one replica.");
      case PlanColumn::inter: return tr("Bytes that the busiest GPU sends over the network");
      case PlanColumn::intra: return tr("Bytes that the busiest GPU sends inside its node");
      case PlanColumn::memory: return tr("Peak of one GPU, reserve included; the line is the GPU's memory");
      case PlanColumn::against:
        return tr("Time against the baseline; press B on a plan to make it the baseline");
      default: return {};
    }
  }
  if (role != Qt::DisplayRole) return {};
  switch (column) {
    case PlanColumn::plan: return tr("Plan");
    case PlanColumn::keeps: return tr("Keeps, ZeRO");
    case PlanColumn::tokens_per_second: return tr("Tokens/s");
    case PlanColumn::time: return tr("Time");
    case PlanColumn::interval: return tr("\u00B1 90 %");
    case PlanColumn::exposed: return tr("Exposed");
    case PlanColumn::intra: return tr("In node");
    case PlanColumn::inter: return tr("By NIC");
    case PlanColumn::memory: return tr("Peak memory");
    case PlanColumn::fits: return tr("Fits");
    case PlanColumn::longest: return tr("Longest");
    case PlanColumn::against: {
      const PlanReport* baseline = selection_.baselineReport();
      return baseline == nullptr ? tr("Against") : tr("vs baseline");
    }
    case PlanColumn::count: break;
  }
  return {};
}

}  // namespace gui
