#include "gui/views/links_view.h"

#include <QApplication>
#include <QLabel>
#include <QPainter>
#include <QPointer>
#include <QPushButton>
#include <QSplitter>
#include <QStackedLayout>
#include <QTextDocumentFragment>
#include <QThreadPool>
#include <QToolButton>
#include <QVBoxLayout>

#include "costmodel/price/cluster_map.h"
#include "costmodel/price/quantity_text.h"
#include "gui/models/link_csv.h"
#include "gui/views/link_player.h"

namespace gui {

namespace {

constexpr double topology_share = 0.3;  // of the width of a picture

QString percent(double share) { return QString::fromStdString(costmodel::percent_text(share)); }

QString wordsOf(const LinkTotals& totals) {
  QStringList parts;
  for (const LinkKindTotal& total : totals.kinds)
    parts << LinksView::tr("%1 %2 mean, fullest %3")
                 .arg(total.kind, percent(total.mean_utilisation), percent(total.highest_utilisation));
  QString text = parts.join(QStringLiteral("; "));
  if (totals.shared > 0)
    text += QStringLiteral(".  ") + LinksView::tr("%n links are shared at times in %1, such as %2", "",
                                                  static_cast<int>(totals.shared))
                                        .arg(totals.shared_phase, totals.shared_link);
  return text + QLatin1Char('.');
}

}  // namespace

LinksView::LinksView(Selection& selection, QWidget* parent)
    : QWidget(parent),
      selection_(selection),
      words_(new QLabel(this)),
      button_(new QPushButton(tr("Simulate the current plan"), this)),
      empty_(new QLabel(this)),
      predicted_(new PredictedLinkBars(this)),
      pictures_(new QWidget(this)),
      heat_(new LinkHeatMap),
      topology_(new LinkTopology) {
  setObjectName(QStringLiteral("links"));
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignCenter);
  button_->setAccessibleName(tr("Simulate the current plan, to see how full its links are"));
  auto* splitter = new QSplitter(Qt::Horizontal);
  splitter->addWidget(heat_);
  splitter->addWidget(topology_);
  splitter->setStretchFactor(0, 7);
  splitter->setStretchFactor(1, 3);
  auto* column = new QVBoxLayout(pictures_);
  column->setContentsMargins(4, 2, 4, 2);
  column->setSpacing(2);
  auto* play = new QToolButton(pictures_);
  player_ = new LinkPlayer(*heat_, *play);
  auto* head = new QHBoxLayout;
  head->addWidget(play, 0, Qt::AlignTop);
  head->addWidget(words_, 1);
  column->addLayout(head);
  column->addWidget(splitter, 1);
  auto* nothing = new QWidget(this);
  auto* middle = new QVBoxLayout(nothing);
  middle->addStretch(1);
  middle->addWidget(empty_);
  middle->addSpacing(6);
  middle->addWidget(predicted_, 0, Qt::AlignHCenter);
  middle->addSpacing(6);
  middle->addWidget(button_, 0, Qt::AlignHCenter);
  middle->addStretch(2);
  pages_ = new QStackedLayout(this);
  pages_->addWidget(nothing);
  pages_->addWidget(pictures_);
  connect(button_, &QPushButton::clicked, this, &LinksView::simulationWanted);
  connect(&selection_, &Selection::currentChanged, this, &LinksView::refresh);
  const auto follow = [this] { topology_->show(heat_->moment(), heat_->timeRange()); };
  connect(heat_, &LinkHeatMap::momentChanged, this, follow);
  connect(heat_, &LinkHeatMap::timeRangeChanged, this, follow);
  connect(heat_, &LinkHeatMap::cellSelected, this, [this](const LinkCell& cell) {
    const LinkRow& row = heat_->rows().rows[static_cast<std::size_t>(cell.row)];
    const std::optional<LinkMoment> fullest = fullestAt(*heat_->use(), row.links, cell.time);
    topology_->choose(heat_->use()->links[fullest ? fullest->link : row.links.front()].name);
  });
  connect(topology_, &LinkTopology::linkChosen, heat_, &LinkHeatMap::choose);
  refresh();
}

QString LinksView::words() const {
  return pages_->currentWidget() == pictures_ ? words_->text() : empty_->text();
}

void LinksView::take(const SimulationAnswer& answer) {
  if (answer.links.isEmpty()) return;
  ++reading_;
  QThreadPool::globalInstance()->start([view = QPointer<LinksView>(this), plan = answer.plan,
                                        revision = answer.revision, totals = answer.totals,
                                        path = answer.links] {
    Shown shown{nullptr, totals};
    QString wrong;
    try {
      shown.use = std::make_shared<const LinkUse>(readLinkUse(path));
    } catch (const std::exception& error) {
      wrong = QString::fromUtf8(error.what());
    }
    QMetaObject::invokeMethod(
        qApp,
        [view, plan, revision, shown, wrong] {
          if (!view) return;
          --view->reading_;
          if (!wrong.isEmpty())
            Q_EMIT view->problem(wrong);
          else
            view->keep(plan, revision, shown);
        },
        Qt::QueuedConnection);
  });
}

void LinksView::keep(const costmodel::Plan& plan, int revision, const Shown& shown) {
  const EvaluationPtr& evaluation = selection_.evaluation();
  if (!evaluation || evaluation->revision != revision) return;  // an answer to another question
  if (revision_ != revision) known_.clear();
  revision_ = revision;
  known_[allAxes(plan)] = shown;
  shown_plan_.clear();
  refresh();
}

void LinksView::setSimulating(bool running) {
  button_->setEnabled(!running);
  button_->setText(running ? tr("Simulating...") : tr("Simulate the current plan"));
}

void LinksView::pointAt(int rank, double time) {
  heat_->pointAt(time);
  const EvaluationPtr& evaluation = selection_.evaluation();
  if (!evaluation || rank < 0 || rank >= evaluation->scenario.cluster.gpu_count()) return;
  const costmodel::ClusterMap map(evaluation->scenario.cluster, evaluation->scenario.placement);
  const costmodel::Place& place = map.place(costmodel::Rank(rank));
  topology_->choose(QStringLiteral("node%1.gpu%2.out").arg(place.node).arg(place.local));
}

std::optional<LinkOwner> LinksView::rankOf(const LinkCell& cell) const {
  const EvaluationPtr& evaluation = selection_.evaluation();
  if (!heat_->use() || !evaluation) return {};
  const LinkRow& row = heat_->rows().rows[static_cast<std::size_t>(cell.row)];
  const std::optional<LinkMoment> fullest = fullestAt(*heat_->use(), row.links, cell.time);
  if (!fullest) return {};
  const QString& name = heat_->use()->links[fullest->link].name;
  const QString port = name.section(QLatin1Char('.'), 0, 1);
  const LinkWay way = name.endsWith(QLatin1String(".out")) ? LinkWay::out : LinkWay::in;
  const costmodel::ClusterMap map(evaluation->scenario.cluster, evaluation->scenario.placement);
  for (int rank = 0; rank < map.rank_count(); ++rank) {
    const costmodel::Place& place = map.place(costmodel::Rank(rank));
    if (port == QStringLiteral("node%1.gpu%2").arg(place.node).arg(place.local) ||
        port == QStringLiteral("node%1.nic%2").arg(place.node).arg(place.nic))
      return LinkOwner{rank, way};
  }
  return {};
}

void LinksView::refresh() {
  const EvaluationPtr& evaluation = selection_.evaluation();
  const costmodel::PlanReport* current = selection_.currentReport();
  if (evaluation && evaluation->revision != revision_) {
    known_.clear();
    revision_ = evaluation->revision;
    shown_plan_.clear();
  }
  const bool possible = current != nullptr && current->priced();
  const QString plan = possible ? allAxes(current->price.plan) : QString();
  const auto found = known_.find(plan);
  if (found != known_.end()) {
    if (plan != shown_plan_) {
      heat_->setUse(found->second.use, found->second.totals, evaluation->scenario.cluster);
      topology_->setUse(found->second.use, found->second.totals, evaluation->scenario.cluster);
      topology_->show(heat_->moment(), heat_->timeRange());
    }
    words_->setText(tr("<b>%1, simulated.</b> %2")
                        .arg(QString::fromStdString(current->name).toHtmlEscaped(),
                             wordsOf(found->second.totals).toHtmlEscaped()));
    pages_->setCurrentWidget(pictures_);
  } else {
    heat_->setUse(nullptr, {}, {});
    topology_->setUse(nullptr, {}, {});
    empty_->setText(
        !possible
            ? tr("Select a plan that can run: its links are shown here.")
            : tr("<b>%1, predicted:</b> how full the links of its busiest GPU are on average. How full every "
                 "link is at every moment, and which are shared, a simulation finds.")
                  .arg(QString::fromStdString(current->name).toHtmlEscaped()));
    predicted_->show(possible ? predictedLinks(*current, evaluation->scenario.cluster)
                              : std::vector<PredictedLink>{});
    button_->setVisible(possible);
    pages_->setCurrentIndex(0);
  }
  shown_plan_ = found != known_.end() ? plan : QString();
}

void LinksView::paintTo(QPainter& painter, const QRect& area) const {
  if (!heat_->use()) {
    const int words = predicted_->links().empty() ? area.height() : area.height() / 3;
    painter.drawText(QRect(area.left(), area.top(), area.width(), words), Qt::AlignCenter | Qt::TextWordWrap,
                     QTextDocumentFragment::fromHtml(empty_->text()).toPlainText());
    predicted_->paintTo(painter, area.adjusted(area.width() / 6, words + 8, -area.width() / 6, 0));
    return;
  }
  const int beside = static_cast<int>(area.width() * topology_share);
  heat_->paintTo(painter, area.adjusted(0, 0, -beside - 8, 0));
  topology_->paintTo(painter, QRect(area.right() - beside, area.top(), beside, area.height()));
}

QString LinksView::csv() const {
  return heat_->use() ? linkLinesCsv(*heat_->use()) : linkLinesCsv(predicted_->links());
}

QString LinksView::matrixCsv() const {
  return heat_->use() ? linkMatrixCsv(*heat_->use()) : linkMatrixCsv(predicted_->links());
}

}  // namespace gui
