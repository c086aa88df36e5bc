#include "gui/models/sweep_model.h"

#include <QApplication>
#include <QBrush>
#include <QFont>
#include <algorithm>

#include "costmodel/answer/search.h"
#include "costmodel/base/csv_cell.h"
#include "costmodel/base/unit_text.h"
#include "gui/look/theme.h"

namespace gui {

namespace {

constexpr double small_font = 0.88;  // seven columns have little room
constexpr int mark_size = 12;        // pixels

const costmodel::PlanPrice* winnerOf(const costmodel::SweepPoint& point) {
  return point.winner >= 0 ? &point.plans[static_cast<std::size_t>(point.winner)] : nullptr;
}

QString seconds(double value) {
  return QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(value)));
}

// On one line of a cell.
QString unbroken(QString text) { return text.replace(QLatin1Char(' '), QChar::Nbsp); }

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
  simulated_.assign(grid.size(), std::nullopt);
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
  const auto& point = points_[pointOf(at)];
  return point ? &*point : nullptr;
}

std::int64_t SweepModel::tokensAt(int column) const { return costmodel::parse_tokens(sequenceAt(column)); }

bool SweepModel::isPresent(const QModelIndex& at) const {
  return sequenceAt(at.column()) == present_sequence_ && nodesAt(at.row()) == present_nodes_;
}

void SweepModel::setSimulated(const SweepSimulationAnswer& answer) {
  for (const SimulatedWinner& winner : answer.points) {
    const auto row = std::find(grid_.nodes.begin(), grid_.nodes.end(), winner.nodes);
    const auto column = std::find(grid_.sequences.begin(), grid_.sequences.end(), winner.sequence);
    if (row == grid_.nodes.end() || column == grid_.sequences.end()) continue;
    const QModelIndex at = index(static_cast<int>(row - grid_.nodes.begin()),
                                 static_cast<int>(column - grid_.sequences.begin()));
    simulated_[pointOf(at)] = winner;
    Q_EMIT dataChanged(at, at);
  }
}

std::size_t SweepModel::pointOf(const QModelIndex& at) const {
  return static_cast<std::size_t>(at.row() * columnCount() + at.column());
}

const SimulatedWinner* SweepModel::simulatedAt(std::size_t point) const {
  return simulated_[point] ? &*simulated_[point] : nullptr;
}

QString SweepModel::text(const QModelIndex& at) const {
  const costmodel::PlanPrice* winner = winnerOf(*pointAt(at));
  if (winner == nullptr) return tr("\u2717 nothing runs");
  QString words = QStringLiteral("%1\n%2").arg(QString::fromStdString(costmodel::plan_family(winner->plan)),
                                               seconds(winner->time.value));
  const SimulatedWinner* simulated = simulatedAt(pointOf(at));
  if (simulated == nullptr) return words;
  return words + QLatin1Char('\n') +
         (simulated->reason.isEmpty() ? tr("(%1)").arg(unbroken(seconds(simulated->seconds)))
                                      : tr("not simulated"));
}

QString SweepModel::tip(const QModelIndex& at) const {
  const costmodel::SweepPoint& point = *pointAt(at);
  const costmodel::PlanPrice* winner = winnerOf(point);
  if (winner == nullptr) return reasonOf(point);
  QString words =
      tr("%1\n%2, %3 of one GPU")
          .arg(QString::fromStdString(point.names[static_cast<std::size_t>(point.winner)]),
               seconds(winner->time.value), QString::fromStdString(costmodel::format_bytes(winner->memory)));
  if (const SimulatedWinner* simulated = simulatedAt(pointOf(at)))
    words += QLatin1Char('\n') + (simulated->reason.isEmpty()
                                      ? tr("simulated: %1").arg(seconds(simulated->seconds))
                                      : tr("not simulated: %1").arg(simulated->reason));
  return words + QLatin1Char('\n') + tr("click to load this scenario");
}

QVariant SweepModel::data(const QModelIndex& at, int role) const {
  const costmodel::SweepPoint* point = pointAt(at);
  if (role == Qt::TextAlignmentRole) return QVariant::fromValue(Qt::Alignment(Qt::AlignCenter));
  if (role == Qt::FontRole) {
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * small_font);
    font.setBold(at.isValid() && isPresent(at));
    font.setUnderline(at.isValid() && isPresent(at));
    return font;
  }
  if (point == nullptr) return role == Qt::DisplayRole ? QVariant(QStringLiteral("\u2026")) : QVariant();
  const costmodel::PlanPrice* winner = winnerOf(*point);
  switch (role) {
    case Qt::DisplayRole: return text(at);
    case Qt::ToolTipRole: return tip(at);
    case Qt::AccessibleTextRole:
      return tr("%1 nodes, %2 tokens: %3")
          .arg(QString::fromStdString(nodesAt(at.row())), QString::fromStdString(sequenceAt(at.column())),
               text(at));
    case Qt::DecorationRole:
      if (winner == nullptr) return {};
      return markPixmap(planMark(winner->plan), mark_size, qApp->devicePixelRatio(), QApplication::palette());
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
  return nodes == "1" ? tr("1 node") : tr("%n nodes", "", std::stoi(nodes));
}

QString SweepModel::csv() const {
  QString lines = QStringLiteral("nodes,sequence,winner,time_s,memory_peak_B,simulated_s,reason\n");
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (!points_[i]) continue;
    const costmodel::SweepPoint& point = *points_[i];
    lines += QString::fromStdString(grid_.nodes[i / grid_.sequences.size()] + "," +
                                    grid_.sequences[i % grid_.sequences.size()] + ",");
    const SimulatedWinner* simulated = simulatedAt(i);
    if (const costmodel::PlanPrice* winner = winnerOf(point))
      lines += QStringLiteral("%1,%2,%3,%4,%5\n")
                   .arg(QString::fromStdString(
                       costmodel::csv_cell(point.names[static_cast<std::size_t>(point.winner)])))
                   .arg(winner->time.value, 0, 'g', 17)
                   .arg(winner->memory.value, 0, 'f', 0)
                   .arg(simulated != nullptr && simulated->reason.isEmpty()
                            ? QString::number(simulated->seconds, 'g', 17)
                            : QString(),
                        simulated == nullptr
                            ? QString()
                            : QString::fromStdString(costmodel::csv_cell(simulated->reason.toStdString())));
    else
      lines += QStringLiteral(",,,,%1\n")
                   .arg(QString::fromStdString(costmodel::csv_cell(reasonOf(point).toStdString())));
  }
  return lines;
}

}  // namespace gui
