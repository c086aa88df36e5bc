// Traces made from priced plans: what the model says is what is on the rows.
#include "tests/gui/timeline/plan_traces.h"

#include <QtTest>
#include <algorithm>
#include <cmath>

#include "gui/timeline/slice_lookup.h"
#include "gui/timeline/slice_text.h"
#include "tests/gui/timeline/timeline_tests.h"

using namespace gui;

namespace {

double sum_of(const TraceRow& row, SliceKind kind) {
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (row.kind(i) == kind) sum += row.end(i) - row.start(i);
  return sum;
}

}  // namespace

class PlanTracesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void rows_hold_what_was_recorded_data() {
    QTest::addColumn<QByteArray>("alias");
    for (const char* alias :
         {"zigzag-ring", "burst", "double-ring", "ulysses", "usp", "all-gather", "tensor", "ring"})
      QTest::addRow("%s", alias) << QByteArray(alias);
  }

  void rows_hold_what_was_recorded() {
    QFETCH(QByteArray, alias);
    for (const costmodel::WorkPhase phase :
         {costmodel::WorkPhase::forward_backward, costmodel::WorkPhase::training_step}) {
      const costmodel::Scenario scenario = tests::h100_scenario(phase);
      const costmodel::Pricer pricer(scenario);
      const costmodel::Plan plan = costmodel::plan_from_alias(alias.toStdString(), scenario);
      if (costmodel::reject(scenario, plan)) continue;
      const TimelineTrace trace = makeTimelineTrace(pricer, plan);
      QCOMPARE(trace.duration, trace.source->time().value);
      std::size_t recorded = 0;
      double stalled = 0, shown = 0;
      for (const costmodel::PhaseTimeline& part : trace.source->phases)
        for (const costmodel::RankTimeline& rank : part.ranks)
          recorded += rank.slices.size(), stalled += rank.stalled.value;
      for (const TraceRow& row : trace.rows) {
        QCOMPARE(row.origins.size(), row.size());
        shown += sum_of(row, SliceKind::stall);
        for (std::size_t i = 1; i < row.size(); ++i) QVERIFY(row.end(i - 1) <= row.start(i) * (1 + 1e-6));
        QVERIFY(row.size() == 0 || row.end(row.size() - 1) <= trace.duration * (1 + 1e-6));
      }
      QCOMPARE(trace.slice_count(), recorded);
      QVERIFY(std::abs(shown - stalled) <= 1e-6 * trace.duration * static_cast<double>(trace.ranks.size()));
      // Compute comes first and is full: work or stall.
      for (const TraceRank& rank : trace.ranks) {
        const TraceRow& compute = trace.rows[rank.first_row];
        QCOMPARE(compute.role, LaneRole::compute);
        double filled = 0;
        for (std::size_t i = 0; i < compute.size(); ++i) filled += compute.end(i) - compute.start(i);
        QVERIFY(std::abs(filled - trace.duration) < 1e-5 * trace.duration);
      }
    }
  }

  void a_flat_ring_shows_the_solid_card_and_burst_does_not() {
    const TimelineTrace ring = tests::trace_of("zigzag-ring"), burst = tests::trace_of("burst");
    double solid = 0, burst_solid = 0;
    for (const TraceRow& row : ring.rows)
      solid = std::max(solid, sum_of(row, SliceKind::send_network) / ring.duration);
    for (const TraceRow& row : burst.rows)
      burst_solid = std::max(burst_solid, sum_of(row, SliceKind::send_network) / burst.duration);
    QVERIFY(solid > 0.95);
    QVERIFY(burst_solid < 0.3);
    QVERIFY(ring.duration > 1.5 * burst.duration);
  }

  void headers_name_time_ratio_and_cause() {
    TimelineScene scene;
    scene.predicted[0] = std::make_shared<const PreparedTrace>(tests::trace_of("burst"));
    scene.predicted[1] = std::make_shared<const PreparedTrace>(tests::trace_of("zigzag-ring"));
    const HeaderText upper = header_of(scene, PlanSlot::upper), lower = header_of(scene, PlanSlot::lower);
    QCOMPARE(upper.plan, QStringLiteral("burst 4x8"));
    QVERIFY(upper.ratio.endsWith(QStringLiteral("faster")));
    QVERIFY(lower.ratio.startsWith(QLatin1Char('+')));
    QVERIFY(lower.cause.startsWith(QStringLiteral("critical path: 9")));
    QVERIFY(lower.cause.contains(QStringLiteral("network card")));
    // A plan compared with itself.
    scene.predicted[1] = scene.predicted[0];
    QCOMPARE(header_of(scene, PlanSlot::upper).ratio, QStringLiteral("same time"));
    scene.predicted[1].reset();
    QVERIFY(header_of(scene, PlanSlot::upper).ratio.isEmpty());
  }

  void every_slice_has_a_tooltip_with_formula_and_provenance() {
    for (const char* alias : {"zigzag-ring", "burst", "usp", "all-gather"}) {
      TimelineScene scene;
      scene.predicted[0] =
          std::make_shared<const PreparedTrace>(tests::trace_of(alias, costmodel::WorkPhase::training_step));
      const TimelineTrace& trace = scene.predicted[0]->trace;
      for (std::size_t r = 0; r < trace.rows.size(); ++r)
        for (std::size_t i = 0; i < trace.rows[r].size(); ++i) {
          const QString text = tooltip_of(scene, {PlanSlot::upper, TraceLayer::predicted, r, i});
          QVERIFY(text.contains(QStringLiteral("ESTIMATED")));
          QVERIFY(text.contains(QLatin1Char('(')));
          QVERIFY(!text.contains(QStringLiteral("nan")) && !text.contains(QStringLiteral("inf ")));
        }
    }
  }

  void a_receive_finds_its_send_where_it_is_shown() {
    TimelineScene scene;
    const costmodel::Scenario scenario = tests::h100_scenario();
    const costmodel::Pricer pricer(scenario);
    costmodel::TimelineRanks all;
    for (int r = 0; r < 32; ++r) all.chosen.emplace_back(r);
    scene.predicted[0] = std::make_shared<const PreparedTrace>(
        makeTimelineTrace(std::make_shared<const costmodel::PlanTimeline>(
            costmodel::record_timeline(pricer, costmodel::plan_from_alias("zigzag-ring", scenario), all))));
    const TimelineTrace& trace = scene.predicted[0]->trace;
    int found = 0;
    for (std::size_t r = 0; r < trace.rows.size(); r += 5) {
      if (trace.rows[r].role != LaneRole::receive) continue;
      for (std::size_t i = 0; i < trace.rows[r].size(); i += 3) {
        const SliceRef receive{PlanSlot::upper, TraceLayer::predicted, r, i};
        const auto send = other_end(scene, receive);
        QVERIFY(send);
        QCOMPARE(scene.row(*send)->start(send->slice), trace.rows[r].start(i));
        QCOMPARE(other_end(scene, *send), std::optional(receive));
        ++found;
      }
    }
    QVERIFY(found > 50);
  }
};

std::unique_ptr<QObject> tests::plan_traces_test() { return std::make_unique<PlanTracesTest>(); }

#include "plan_traces_test.moc"
