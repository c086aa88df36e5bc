#include "gui/models/sweep_model.h"

#include <QApplication>
#include <QBrush>
#include <QFont>

#include "costmodel/answer/search.h"
#include "costmodel/base/csv_cell.h"
#include "costmodel/base/unit_text.h"
#include "gui/look/theme.h"

namespace gui {

namespace {

const costmodel::PlanPrice* winnerOf(const costmodel::SweepPoint& point) {
  return point.winner >= 0 ? &point.plans[static_cast<std::size_t>(point.winner)] : nullptr;
}

QString reasonOf(const costmodel::SweepPoint& point) {
  if (!point.problem.empty()) return QString::fromStdString(point.problem);
  for (const costmodel::PlanPrice& price : point.plans)
    if (price.rejected) return QString::fromStdString(price.rejected->text);
  return SweepModel::tr("no plan runs");
}

}  // namespace

void SweepModel::reset(const costmodel::Scenario& scenario, const SweepGrid& grid) {
  beginResetModel();
  grid_ = grid;
  points_.assign(grid.size(), std::nullopt);
  whole_model_ = costmodel::is_whole_model(scenario.workload.phase);
  present_sequence_ = costmodel::format_tokens(scenario.workload.sequence);
  present_nodes_ = std::to_string(scenario.cluster.node_count());
  endResetModel();
}

void SweepModel::setPoint(std::size_t at, const costmodel::SweepPoint& point) {
  if (at >= points_.size()) return;
  points_[at] = point;
  const auto columns = static_cast<std::size_t>(columnCount());
  const QModelIndex changed = index(static_cast<int>(at / columns), static_cast<int>(at % columns));
  Q_EMIT dataChanged(changed, changed);
}

int SweepModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(grid_.nodes.size());
}

int SweepModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(grid_.sequences.size());
}

const costmodel::SweepPoint* SweepModel::pointAt(const QModelIndex& at) const {
  if (!at.isValid()) return nullptr;
  const auto& point = points_[static_cast<std::size_t>(at.row() * columnCount() + at.column())];
  return point ? &*point : nullptr;
}

std::int64_t SweepModel::tokensAt(int column) const { return costmodel::parse_tokens(sequenceAt(column)); }

bool SweepModel::isPresent(const QModelIndex& at) const {
  return sequenceAt(at.column()) == present_sequence_ && nodesAt(at.row()) == present_nodes_;
}

QString SweepModel::text(const costmodel::SweepPoint& point) const {
  const costmodel::PlanPrice* winner = winnerOf(point);
  if (winner == nullptr) return tr("\u2717 nothing fits");
  return QStringLiteral("%1\n%2").arg(QString::fromStdString(costmodel::plan_family(winner->plan)),
                                      QString::fromStdString(costmodel::format_seconds(winner->time)));
}

QString SweepModel::tip(const costmodel::SweepPoint& point) const {
  const costmodel::PlanPrice* winner = winnerOf(point);
  if (winner == nullptr) return reasonOf(point);
  return tr("%1\n%2, %3 of one GPU\nclick to load this scenario")
      .arg(QString::fromStdString(point.names[static_cast<std::size_t>(point.winner)]),
           QString::fromStdString(costmodel::format_seconds(winner->time)),
           QString::fromStdString(costmodel::format_bytes(winner->memory)));
}

QVariant SweepModel::data(const QModelIndex& at, int role) const {
  const costmodel::SweepPoint* point = pointAt(at);
  if (role == Qt::TextAlignmentRole) return QVariant::fromValue(Qt::Alignment(Qt::AlignCenter));
  if (role == Qt::FontRole) {
    QFont font;
    font.setBold(at.isValid() && isPresent(at));
    font.setUnderline(at.isValid() && isPresent(at));
    return font;
  }
  if (point == nullptr) return role == Qt::DisplayRole ? QVariant(QStringLiteral("\u2026")) : QVariant();
  const costmodel::PlanPrice* winner = winnerOf(*point);
  switch (role) {
    case Qt::DisplayRole: return text(*point);
    case Qt::ToolTipRole: return tip(*point);
    case Qt::AccessibleTextRole:
      return tr("%1 nodes, %2 tokens: %3")
          .arg(QString::fromStdString(nodesAt(at.row())), QString::fromStdString(sequenceAt(at.column())),
               text(*point));
    case Qt::DecorationRole:
      if (winner == nullptr) return {};
      return markPixmap(planMark(winner->plan), 16, qApp->devicePixelRatio(), QApplication::palette());
    case Qt::BackgroundRole: {
      if (winner == nullptr) {
        // Hatched, so that it is told apart without colour.
        QColor faint = ink(Ink::capacity, QApplication::palette());
        faint.setAlphaF(0.35F);
        return QBrush(faint, Qt::BDiagPattern);
      }
      QColor colour = planMark(winner->plan).colour;
      colour.setAlphaF(0.28F);
      return QBrush(colour);
    }
    default: return {};
  }
}

QVariant SweepModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole) return {};
  if (orientation == Qt::Horizontal) return QString::fromStdString(sequenceAt(section));
  const std::string nodes = nodesAt(section);
  return nodes == "1" ? tr("1 node") : tr("%1 nodes").arg(QString::fromStdString(nodes));
}

QString SweepModel::csv() const {
  QString lines = QStringLiteral("nodes,sequence,winner,time_s,memory_peak_B,reason\n");
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (!points_[i]) continue;
    const costmodel::SweepPoint& point = *points_[i];
    lines += QString::fromStdString(grid_.nodes[i / grid_.sequences.size()] + "," +
                                    grid_.sequences[i % grid_.sequences.size()] + ",");
    if (const costmodel::PlanPrice* winner = winnerOf(point))
      lines += QStringLiteral("%1,%2,%3,\n")
                   .arg(QString::fromStdString(
                       costmodel::csv_cell(point.names[static_cast<std::size_t>(point.winner)])))
                   .arg(winner->time.value, 0, 'g', 17)
                   .arg(winner->memory.value, 0, 'f', 0);
    else
      lines += QStringLiteral(",,,%1\n").arg(
          QString::fromStdString(costmodel::csv_cell(reasonOf(point).toStdString())));
  }
  return lines;
}

}  // namespace gui
