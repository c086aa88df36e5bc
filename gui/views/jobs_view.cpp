#include "gui/views/jobs_view.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

namespace gui {

namespace {

class ProgressDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const double share = index.data(JobTableModel::progress_role).toDouble();
    QStyleOptionViewItem cell(option);
    initStyleOption(&cell, index);
    const QStyle* style = QApplication::style();
    cell.text.clear();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, option.widget);
    if (share < 0) return;
    QStyleOptionProgressBar bar;
    bar.rect = option.rect.adjusted(3, 3, -3, -3);
    bar.palette = option.palette;
    bar.state = QStyle::State_Enabled | QStyle::State_Horizontal;
    bar.maximum = 1000;
    bar.progress = static_cast<int>(share * 1000);
    bar.text = index.data().toString();
    bar.textVisible = true;
    bar.textAlignment = Qt::AlignCenter;
    style->drawControl(QStyle::CE_ProgressBar, &bar, painter, option.widget);
  }
};

}  // namespace

JobsView::JobsView(JobQueue& queue, QWidget* parent)
    : QWidget(parent),
      queue_(queue),
      model_(queue),
      table_(new QTableView(this)),
      cancel_(new QPushButton(tr("Cancel the selected"), this)),
      cancel_all_(new QPushButton(tr("Cancel all"), this)),
      forget_(new QPushButton(tr("Forget what is over"), this)),
      copy_(new QPushButton(tr("Copy the log"), this)),
      message_(new QLabel(this)) {
  setObjectName(QStringLiteral("jobs"));
  table_->setModel(&model_);
  table_->setAccessibleName(tr("Jobs, the newest first"));
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setTabKeyNavigation(false);
  table_->setShowGrid(false);
  table_->setItemDelegateForColumn(static_cast<int>(JobColumn::progress), new ProgressDelegate(table_));
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(24);
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  const int widths[] = {90, 230, 90, 150, 110};
  for (int c = 0; c < 5; ++c) table_->setColumnWidth(c, widths[c]);
  table_->installEventFilter(this);
  message_->setWordWrap(true);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  message_->setTextFormat(Qt::PlainText);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(message_, 1);
  for (QPushButton* button : {cancel_, cancel_all_, forget_, copy_}) {
    button->setAccessibleName(button->text());
    buttons->addWidget(button, 0, Qt::AlignTop);
  }
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(4, 4, 4, 4);
  column->addWidget(table_, 1);
  column->addLayout(buttons);
  connect(cancel_, &QPushButton::clicked, this, &JobsView::cancelSelected);
  connect(cancel_all_, &QPushButton::clicked, &queue_, &JobQueue::cancelAll);
  connect(copy_, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(log()); });
  connect(forget_, &QPushButton::clicked, &queue_, &JobQueue::forgetOver);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &JobsView::refresh);
  connect(&model_, &QAbstractItemModel::dataChanged, this, &JobsView::refresh);
  connect(&model_, &QAbstractItemModel::modelReset, this, &JobsView::refresh);
  // The newest is what people ask about.
  connect(&model_, &QAbstractItemModel::rowsInserted, this, [this] {
    table_->selectRow(0);
    refresh();
  });
  refresh();
}

QString JobsView::log() const {
  QString text;
  for (const Job* job : queue_.jobs()) {
    text += QStringLiteral("%1\t%2\t%3\t%4 s\n")
                .arg(job->kind(), job->subject(), name_of(job->state()))
                .arg(job->seconds(), 0, 'f', 1);
    if (!job->message().isEmpty()) text += job->message().trimmed() + QLatin1Char('\n');
  }
  return text;
}

void JobsView::cancelSelected() {
  if (Job* job = model_.job(table_->currentIndex().row())) job->cancel();
}

void JobsView::refresh() {
  const Job* job = model_.job(table_->currentIndex().row());
  cancel_->setEnabled(job != nullptr && !job->over());
  cancel_all_->setEnabled(queue_.busy());
  copy_->setEnabled(!queue_.jobs().empty());
  forget_->setEnabled(queue_.jobs().size() >
                      static_cast<std::size_t>(queue_.runningCount() + queue_.waitingCount()));
  message_->setText(job != nullptr ? job->message()
                    : queue_.jobs().empty()
                        ? tr("Nothing was started yet: Ctrl+R simulates the current plan.")
                        : QString());
}

// Escape and Delete end the selected job.
bool JobsView::eventFilter(QObject* watched, QEvent* event) {
  if (watched == table_ && event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Escape || key == Qt::Key_Delete) {
      cancelSelected();
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace gui
