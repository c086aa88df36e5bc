// GPUs stand under their nodes; nodes fold, by mouse and by keyboard.
#include <QSignalSpy>
#include <QtTest>
#include <set>

#include "gui/timeline/timeline_view.h"
#include "tests/gui/timeline/plan_traces.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

namespace {

TimelineTrace all_gpus(const char* alias) {
  const costmodel::Scenario scenario = tests::h100_scenario();
  costmodel::TimelineRanks ranks;
  for (int rank = 0; rank < 32; ++rank) ranks.chosen.emplace_back(rank);
  return makeTimelineTrace(costmodel::Pricer(scenario), costmodel::plan_from_alias(alias, scenario), ranks);
}

}  // namespace

class FoldedNodesTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<TimelineView> view_;

  TimelineLayout laid_out() const { return view_->layoutFor(view_->rect()); }
  std::size_t rows_of(int node) const {
    const TimelineLayout layout = laid_out();
    std::size_t count = 0;
    for (const RankPlace& place : layout.ranks)
      if (view_->scene().trace(place.slot, place.layer)->trace.ranks[place.rank].node == node) ++count;
    return count;
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QTest::keyClick(view_.get(), key, modifiers);
  }

 private Q_SLOTS:
  void init() {
    view_ = std::make_unique<TimelineView>();
    view_->resize(1200, 700);
    view_->setTraces(all_gpus("burst"), all_gpus("zigzag-ring"));
    view_->show();
    QVERIFY(QTest::qWaitForWindowExposed(view_.get()));
    view_->setFocus();
  }

  void every_gpu_stands_under_its_node() {
    const TimelineLayout layout = laid_out();
    QCOMPARE(layout.nodes.size(), std::size_t{8});  // four of each plan
    for (const NodeHeader& node : layout.nodes) {
      QCOMPARE(node.gpus, 8);
      QCOMPARE(node.folding, Folding::open);
    }
    for (const RankPlace& place : layout.ranks) {
      const TraceRank& rank = view_->scene().trace(place.slot, place.layer)->trace.ranks[place.rank];
      const NodeHeader* above = nullptr;
      for (const NodeHeader& node : layout.nodes)
        if (node.ref.slot == place.slot && node.band.bottom() <= place.label.top() + 0.5) above = &node;
      QVERIFY(above != nullptr);
      QCOMPARE(above->ref.node, rank.node);
    }
  }

  void one_gpu_a_node_needs_no_headers() {
    TimelineTrace few = all_gpus("burst");
    std::set<int> seen;
    std::erase_if(few.ranks, [&](const TraceRank& rank) { return !seen.insert(rank.node).second; });
    view_->setTraces(few);
    QCOMPARE(view_->layoutFor(view_->rect()).ranks.size(), std::size_t{4});
    QVERIFY(laid_out().nodes.empty());
  }

  void a_click_folds_in_both_plans_and_opens_again() {
    const double before = laid_out().content_height;
    const QPoint header = laid_out().nodes[1].band.center().toPoint();
    QCOMPARE(laid_out().nodes[1].ref.node, 1);
    QTest::mouseClick(view_.get(), Qt::LeftButton, {}, header);
    QCOMPARE(rows_of(1), std::size_t{0});
    QCOMPARE(rows_of(0), std::size_t{16});
    QCOMPARE(laid_out().nodes.size(), std::size_t{8});
    QCOMPARE(laid_out().nodes[1].folding, Folding::folded);
    QCOMPARE(laid_out().nodes[5].folding, Folding::folded);
    QVERIFY(laid_out().content_height < before);
    QTest::mouseClick(view_.get(), Qt::LeftButton, {}, laid_out().nodes[1].band.center().toPoint());
    QCOMPARE(rows_of(1), std::size_t{16});
    QCOMPARE(laid_out().content_height, before);
  }

  void the_keyboard_reaches_headers_and_folds() {
    press(Qt::Key_Down, Qt::ControlModifier);
    QVERIFY(view_->scene().header.has_value());
    QCOMPARE(view_->scene().header->node, 0);
    QVERIFY(view_->accessibleDescription().contains(QStringLiteral("node 0")));
    press(Qt::Key_Return);
    QCOMPARE(rows_of(0), std::size_t{0});
    QVERIFY(view_->accessibleDescription().contains(QStringLiteral("folded")));
    press(Qt::Key_Down, Qt::ControlModifier);  // the next header: nothing is between them
    QCOMPARE(view_->scene().header->node, 1);
    press(Qt::Key_Down, Qt::ControlModifier);
    QVERIFY(!view_->scene().header && view_->scene().selected);
    QCOMPARE(view_->scene().row(*view_->scene().selected)->rank, 8);
    press(Qt::Key_G);  // folds what it stands in, and stands on the header then
    QCOMPARE(rows_of(1), std::size_t{0});
    QVERIFY(!view_->scene().selected);
    QCOMPARE(view_->scene().header->node, 1);
    press(Qt::Key_G);
    QCOMPARE(rows_of(1), std::size_t{16});
    press(Qt::Key_G, Qt::ShiftModifier);
    QVERIFY(laid_out().ranks.empty());
    press(Qt::Key_G, Qt::ShiftModifier);
    QCOMPARE(laid_out().ranks.size(), std::size_t{64});
  }

  void other_plans_keep_what_is_folded() {
    press(Qt::Key_G, Qt::ShiftModifier);
    view_->setTraces(all_gpus("ring"));
    QVERIFY(laid_out().ranks.empty());
    QCOMPARE(laid_out().nodes.size(), std::size_t{4});
    view_->setTraces(tests::trace_of("ulysses"));  // one GPU stands for all: nothing to fold
    QVERIFY(!laid_out().ranks.empty());
  }

  void a_message_of_a_folded_node_opens_it() {
    press(Qt::Key_G, Qt::ShiftModifier);
    bool found = false;
    for (double part = 0.02; part < 1 && !found; part += 0.02)
      found = view_->selectMessage(9, TimelineView::Way::out, part * view_->scene().range.total());
    QVERIFY(found);
    QCOMPARE(rows_of(1), std::size_t{16});
    QCOMPARE(rows_of(0), std::size_t{0});
  }
};

std::unique_ptr<QObject> tests::folded_nodes_test() { return std::make_unique<FoldedNodesTest>(); }

#include "folded_nodes_test.moc"
