#include "tests/gui/links_test.h"

#include <QElapsedTimer>
#include <QImage>
#include <QPainter>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>
#include <QtTest>
#include <cmath>

#include "costmodel/base/error.h"
#include "gui/jobs/job_queue.h"
#include "gui/look/heat_colour.h"
#include "gui/models/link_csv.h"
#include "gui/timeline/predicted_trace.h"
#include "gui/timeline/timeline_view.h"
#include "gui/views/link_player.h"
#include "gui/views/links_view.h"
#include "gui/views/timeline_panel.h"
#include "tests/gui/gui_fixture.h"

using namespace gui;

namespace {

const QByteArray header = "phase,repetitions,begin_s,end_s,link,kind,bytes,utilisation\n";

QByteArray line(const char* phase, double begin, const QString& link, const char* kind, double utilisation) {
  return QStringLiteral("%1,1,%2,%3,%4,%5,%6,%7\n")
      .arg(QLatin1String(phase))
      .arg(begin)
      .arg(begin + 1)
      .arg(link, QLatin1String(kind))
      .arg(utilisation * 100)
      .arg(utilisation)
      .toUtf8();
}

// Two nodes of two GPUs; the second slice is full on one link alone.
QByteArray smallTable() {
  QByteArray csv = header;
  for (const char* phase : {"forward", "backward"})
    for (int node = 0; node < 2; ++node)
      for (int gpu = 0; gpu < 2; ++gpu)
        for (const char* way : {"out", "in"})
          for (int s = 0; s < 2; ++s)
            csv += line(phase, (phase[0] == 'f' ? 0 : 5) + s,
                        QStringLiteral("node%1.gpu%2.%3").arg(node).arg(gpu).arg(QLatin1String(way)),
                        way[0] == 'o' ? "GPU out" : "GPU in", node == 1 && gpu == 1 && s == 1 ? 1.0 : 0.25);
  return csv;
}

struct Simulated {
  std::unique_ptr<Session> session;
  std::unique_ptr<MainWindow> window;
};

// A window whose current plan is simulated and whose links are read.
Simulated simulatedWindow() {
  qputenv("RINGSIDE_COMMAND", RINGSIDE_BINARY);
  Simulated opened{openedSession(), {}};
  opened.window = std::make_unique<MainWindow>(*opened.session, MainWindow::Memory::none);
  opened.window->resize(1600, 980);
  opened.window->show();
  opened.window->raiseDock(QStringLiteral("linksDock"));
  opened.session->selection.chooseCurrent("burst");
  opened.window->timeline().recordNow();
  QTest::mouseClick(&opened.window->links().button(), Qt::LeftButton);
  for (int i = 0; i < 600 && !opened.window->links().simulated(); ++i) QTest::qWait(50);
  return opened;
}

}  // namespace

void LinksTest::theTableIsRead() {
  const LinkUse use = parseLinkUse(smallTable(), QStringLiteral("links.csv"));
  QCOMPARE(use.phases.size(), std::size_t{2});
  QCOMPARE(use.slices.size(), std::size_t{4});
  QCOMPARE(use.links.size(), std::size_t{8});
  QCOMPARE(use.duration(), 7.0);
  QCOMPARE(use.links[6].name, QStringLiteral("node1.gpu1.out"));
  QCOMPARE(use.utilisation[use.at(6, 1)], 1.0F);
  QCOMPARE(use.utilisation[use.at(6, 2)], 0.25F);
  QCOMPARE(use.bytes[use.at(6, 3)], 100.0);
}

void LinksTest::wrongTablesNameTheColumn_data() {
  QTest::addColumn<QByteArray>("csv");
  QTest::addColumn<QString>("words");
  const QByteArray row = line("forward", 0, QStringLiteral("node0.gpu0.out"), "GPU out", 0.5);
  const auto add = [](const char* name, const QByteArray& csv, const char* words) {
    QTest::newRow(name) << csv << QString::fromLatin1(words);
  };
  add("empty", "", "phase");
  add("no rows", header, "no lines");
  add("milliseconds", QByteArray(header).replace("begin_s", "begin_ms") + row, "begin_s");
  add("percent", QByteArray(header).replace("utilisation", "percent") + row, "utilisation");
  add("no number", header + QByteArray(row).replace(",50,", ",many,"), "bytes");
  add("negative", header + QByteArray(row).replace(",0.5\n", ",-0.5\n"), "utilisation");
  add("backwards", header + QByteArray(row).replace(",0,1,", ",1,0,"), "end_s");
  add("short line", header + "forward,1,0\n", "links.csv:2");
}

void LinksTest::wrongTablesNameTheColumn() {
  QFETCH(QByteArray, csv);
  QFETCH(QString, words);
  try {
    parseLinkUse(csv, QStringLiteral("links.csv"));
    QFAIL("was read");
  } catch (const costmodel::Error& error) {
    QVERIFY2(QString::fromUtf8(error.what()).contains(words), error.what());
    QVERIFY2(QString::fromUtf8(error.what()).startsWith(QStringLiteral("links.csv")), error.what());
  }
}

void LinksTest::theMatrixHasEveryLinkAndSlice() {
  const LinkUse use = parseLinkUse(smallTable(), QStringLiteral("links.csv"));
  const QStringList lines = linkMatrixCsv(use).split(QLatin1Char('\n'));
  QCOMPARE(lines.size(), qsizetype{3 + 8 + 1});
  QCOMPARE(lines[0], QStringLiteral("phase,forward,forward,backward,backward"));
  QCOMPARE(lines[1], QStringLiteral("begin_s,0,1,5,6"));
  QCOMPARE(lines[2], QStringLiteral("end_s,1,2,6,7"));
  QCOMPARE(lines[3], QStringLiteral("node0.gpu0.out,0.25,0.25,0.25,0.25"));
  QCOMPARE(lines[3 + 6], QStringLiteral("node1.gpu1.out,0.25,1,0.25,1"));
  QVERIFY(lines.back().isEmpty());
  // A phase's name may have a comma in it.
  LinkUse renamed = use;
  renamed.phases[0].name = QStringLiteral("layer, forward");
  QVERIFY(linkMatrixCsv(renamed).startsWith(QStringLiteral("phase,\"layer, forward\",")));
}

void LinksTest::rowsShowTheBusiest() {
  const LinkUse use = parseLinkUse(smallTable(), QStringLiteral("links.csv"));
  QCOMPARE(linkRows(use, 100).rows.size(), std::size_t{8});
  const LinkRows nodes = linkRows(use, 4);
  QCOMPARE(nodes.detail, LinkDetail::nodes);
  QCOMPARE(nodes.rows.size(), std::size_t{4});
  QCOMPARE(nodes.rows[1].label, QStringLiteral("node1, 2 links"));
  QCOMPARE(nodes.rows[1].utilisation[1], 1.0F);  // not the mean of both
  QCOMPARE(nodes.rows[0].utilisation[1], 0.25F);
  QCOMPARE(nodes.rowOf(QStringLiteral("node1.gpu1.out"), use), 1);
  const LinkRows blocks = linkRows(use, 2);
  QCOMPARE(blocks.rows.size(), std::size_t{2});
  const auto fullest = fullestAt(use, blocks.rows[0].links, 1.5);
  QVERIFY(fullest.has_value());
  QCOMPARE(use.links[fullest->link].name, QStringLiteral("node1.gpu1.out"));
  QVERIFY(!fullestAt(use, blocks.rows[0].links, 3).has_value());  // between the phases
}

void LinksTest::phasesThatOverlapAddUp() {
  QByteArray csv = header;
  const QString link = QStringLiteral("node0.gpu0.out");
  for (int s = 0; s < 2; ++s) csv += line("forward", s, link, "GPU out", 0.25);
  for (int s = 0; s < 2; ++s) csv += line("backward", 1.5 + s, link, "GPU out", 0.5);
  const LinkUse use = parseLinkUse(csv, QStringLiteral("links.csv"));
  const LinkRow row = linkRows(use, 10).rows.front();
  const auto share = [&](double from, double to) { return shareBetween(use, row.utilisation, from, to); };
  QCOMPARE(share(0, 1), 0.25);
  QCOMPARE(share(1.5, 2), 0.75);
  QCOMPARE(share(2, 3), 0.5);
  QCOMPARE(share(0, 3.5), (2 * 0.25 + 2 * 0.5) / 3.5);
  QVERIFY(std::isnan(share(4, 5)));
}

void LinksTest::coloursGrowBrighter() {
  double before = -1;
  for (int i = 0; i <= 20; ++i) {
    const QColor colour = heatColour(i / 20.0);
    const double luminance = 0.2126 * colour.redF() + 0.7152 * colour.greenF() + 0.0722 * colour.blueF();
    QVERIFY(luminance > before);
    before = luminance;
  }
}

void LinksTest::aSimulationFillsTheView() {
  qputenv("RINGSIDE_COMMAND", RINGSIDE_BINARY);
  auto session = openedSession();
  MainWindow fresh(*session, MainWindow::Memory::none);
  QVERIFY(fresh.links().words().contains(QStringLiteral("simulation")));
  QVERIFY(!fresh.links().simulated());
  auto [own, window] = simulatedWindow();
  QVERIFY(window->links().simulated());
  const LinkUse& use = *window->links().heatMap().use();
  QCOMPARE(use.links.size(), std::size_t{128});  // 32 GPUs and cards, both ways
  QVERIFY2(window->links().words().contains(QStringLiteral("NIC out")), qPrintable(window->links().words()));
  // What is exported is what the child wrote.
  const QStringList rows = window->links().csv().split(QLatin1Char('\n'));
  QCOMPARE(rows.size(), static_cast<qsizetype>(use.links.size() * use.slices.size() + 2));
  QVERIFY(window->links().matrixCsv().startsWith(QStringLiteral("phase,")));
  QCOMPARE(window->links().matrixCsv().count(QLatin1Char('\n')),
           static_cast<qsizetype>(use.links.size() + 3));
  // Another plan has other links, and this one is remembered.
  own->selection.chooseCurrent("ring");
  QVERIFY(!window->links().simulated());
  own->selection.chooseCurrent("burst");
  QVERIFY(window->links().simulated());
  // Another scenario has none of them.
  QVERIFY(!own->project.setField("nodes", "2"));
  QTRY_VERIFY(own->evaluator.upToDate());
  QVERIFY(!window->links().simulated());
}

void LinksTest::theTimelineAndTheLinksMoveTogether() {
  auto [session, window] = simulatedWindow();
  TimelineView& timeline = window->timeline().view();
  LinkHeatMap& heat = window->links().heatMap();
  QVERIFY(heat.use() != nullptr);
  timeline.setTimeRange(0.01, 0.02);
  QCOMPARE(heat.timeRange().from, 0.01);
  QCOMPARE(heat.timeRange().to, 0.02);
  heat.setFocus();
  QTest::keyClick(&heat, Qt::Key_W);
  QVERIFY(heat.timeRange().span() < 0.01);
  QCOMPARE(timeline.timeRange().from, heat.timeRange().from);
  QTest::keyClick(&heat, Qt::Key_0);
  QVERIFY(timeline.timeRange().from == 0);
  SliceInfo slice;
  slice.rank = 9;
  slice.start = 0.01;
  slice.end = 0.03;
  Q_EMIT timeline.sliceSelected(slice);
  QCOMPARE(*heat.moment(), 0.02);
  // A cell of a link that carries something chooses the message in the timeline, on the same rank.
  const LinkUse& use = *heat.use();
  bool found = false;
  for (int row = 0; row < static_cast<int>(heat.rows().rows.size()) && !found; ++row)
    for (const LinkSlice& each : use.slices) {
      const LinkCell cell{row, (each.begin + each.end) / 2};
      const auto owner = window->links().rankOf(cell);
      const auto full = fullestAt(use, heat.rows().rows[static_cast<std::size_t>(row)].links, cell.time);
      if (!owner || owner->rank != 0 || !full || full->utilisation < 0.05) continue;
      heat.selectCell(cell);
      if (!timeline.scene().selected) continue;
      QCOMPARE(timeline.scene().row(*timeline.scene().selected)->rank, 0);
      found = true;
      break;
    }
  QVERIFY(found);
}

void LinksTest::theMouseAndTheKeyboardChoose() {
  auto [session, window] = simulatedWindow();
  LinkHeatMap& heat = window->links().heatMap();
  LinkTopology& topology = window->links().topology();
  QVERIFY(heat.use() != nullptr);
  QCoreApplication::processEvents();
  QSignalSpy selected(&heat, &LinkHeatMap::cellSelected);
  const double middle = (heat.timeRange().from + heat.timeRange().to) / 2;
  QTest::mouseClick(&heat, Qt::LeftButton, {}, heat.placeOf({2, middle}).center().toPoint());
  QCOMPARE(selected.count(), 1);
  QCOMPARE(heat.selected()->row, 2);
  heat.setFocus();
  QTest::keyClick(&heat, Qt::Key_Down);
  QCOMPARE(heat.selected()->row, 3);
  // The timeline marks the moment.
  QCOMPARE(*window->timeline().view().scene().cursor, heat.selected()->time);
  QVERIFY2(heat.accessibleDescription().contains(QStringLiteral("full")),
           qPrintable(heat.accessibleDescription()));
  // The formula has the numbers that the table has.
  const QString text = heat.describe(*heat.selected());
  const auto fullest = fullestAt(*heat.use(), heat.rows().rows[3].links, heat.selected()->time);
  QVERIFY(fullest.has_value());
  QVERIFY2(text.contains(heat.use()->links[fullest->link].name), qPrintable(text));
  QVERIFY2(text.contains(QStringLiteral("bytes / (b x time)")), qPrintable(text));
  // A drag is a range.
  const QRectF from = heat.placeOf({1, heat.timeRange().from + heat.timeRange().span() * 0.25});
  const QRectF to = heat.placeOf({1, heat.timeRange().from + heat.timeRange().span() * 0.5});
  const double whole = heat.timeRange().span();
  QTest::mousePress(&heat, Qt::LeftButton, {}, from.center().toPoint());
  QTest::mouseMove(&heat, to.center().toPoint());
  QTest::mouseRelease(&heat, Qt::LeftButton, {}, to.center().toPoint());
  QVERIFY(std::abs(heat.timeRange().span() / whole - 0.25) < 0.02);
  // A link of the machine is a row of the map.
  const std::vector<LinkTopology::Spot> spots = topology.spotsIn(topology.rect());
  QCOMPARE(spots.size(), std::size_t{128});
  QSignalSpy chosen(&topology, &LinkTopology::linkChosen);
  QTest::mouseClick(&topology, Qt::LeftButton, {}, spots[70].place.center().toPoint());
  QCOMPARE(chosen.count(), 1);
  const QString link = chosen.front().front().toString();
  QCOMPARE(heat.selected()->row, heat.rows().rowOf(link, *heat.use()));
}

void LinksTest::theKeysAreThoseOfTheTimeline() {
  auto session = openedSession();
  LinkHeatMap heat;
  heat.resize(900, 330);
  heat.setUse(std::make_shared<const LinkUse>(parseLinkUse(smallTable(), QStringLiteral("links.csv"))), {},
              session->project.scenario().cluster);
  heat.show();
  TimelineView timeline;
  TimelineTrace trace = makeTimelineTrace(costmodel::Pricer(session->project.scenario()),
                                          session->selection.currentReport()->price.plan, {});
  timeline.resize(900, 330);
  timeline.setTraces(trace);
  timeline.show();
  const double heat_all = heat.timeRange().span(), all = timeline.timeRange().span();
  const auto both = [&](Qt::Key key, Qt::KeyboardModifiers modifiers) {
    QTest::keyClick(&heat, key, modifiers);
    QTest::keyClick(&timeline, key, modifiers);
  };
  const auto press = [&](Qt::Key key, double share, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    both(key, modifiers);
    const double of_heat = heat.timeRange().span() / heat_all, of_time = timeline.timeRange().span() / all;
    QVERIFY2(std::abs(of_heat - of_time) < 1e-6,
             qPrintable(QStringLiteral("%1 %2").arg(of_heat).arg(of_time)));
    QVERIFY2(std::abs(of_heat - share) < 1e-6, qPrintable(QStringLiteral("%1 %2").arg(of_heat).arg(share)));
  };
  press(Qt::Key_Plus, 0.7);
  press(Qt::Key_Minus, 1);
  press(Qt::Key_Equal, 0.7);
  press(Qt::Key_Plus, 0.49, Qt::ShiftModifier);  // as most keyboards have it
  press(Qt::Key_Backspace, 1);
  press(Qt::Key_W, 0.4, Qt::ShiftModifier);  // coarse
  press(Qt::Key_Home, 1);
}

// Of the busiest GPU, in the numbers of the plan's figures.
void LinksTest::averagesArePredictedWithoutASimulation() {
  auto session = openedSession();
  MainWindow window(*session, MainWindow::Memory::none);
  window.resize(1600, 980);
  window.show();
  window.raiseDock(QStringLiteral("linksDock"));
  QCoreApplication::processEvents();
  QVERIFY(session->selection.chooseCurrent("burst"));
  QVERIFY(!window.links().simulated());
  PredictedLinkBars& bars = window.links().predicted();
  QVERIFY(bars.isVisible());
  const costmodel::PlanReport& report = *session->selection.currentReport();
  const costmodel::NodeSpec& node = session->project.scenario().cluster.groups.front().node;
  QCOMPARE(bars.links().size(), std::size_t{2});
  const double seconds = report.figure("time").value;
  QCOMPARE(bars.links()[0].utilisation(),
           report.figure("traffic.intra").value / node.scale_up.per_gpu.value.value / seconds);
  QCOMPARE(bars.links()[1].utilisation(),
           report.figure("traffic.inter").value / node.scale_out.nic_bandwidth.value.value / seconds);
  QVERIFY2(window.links().words().contains(QStringLiteral("predicted")), qPrintable(window.links().words()));
  QVERIFY(bars.accessibleDescription().contains(QStringLiteral(" % of ")));
  QVERIFY(window.links().csv().contains(QStringLiteral("predicted_average_utilisation")));
  // A matrix of one column, of the whole time, with a row per link.
  const QStringList matrix = window.links().matrixCsv().split(QLatin1Char('\n'));
  QCOMPARE(matrix.size(), qsizetype{3 + 2 + 1});
  QCOMPARE(matrix[2].section(QLatin1Char(','), -1).toDouble(), seconds);
  QCOMPARE(matrix[3].section(QLatin1Char(','), -1).toDouble(), bars.links()[0].utilisation());
  // Two GPUs at a card: what both send.
  costmodel::ClusterSpec shared = session->project.scenario().cluster;
  shared.groups.front().node.scale_out.nics = 4;
  QCOMPARE(predictedLinks(report, shared)[1].utilisation(), 2 * bars.links()[1].utilisation());
}

// 1,024 GPUs: 4,096 links, 80 slices.
// Space plays the visible time: the moment moves on in every view, and stops.
void LinksTest::timePlays() {
  auto [session, window] = simulatedWindow();
  LinkHeatMap& heat = window->links().heatMap();
  LinkPlayer& player = window->links().player();
  QVERIFY(heat.use() != nullptr);
  QTest::keyClick(&heat, Qt::Key_Space);
  QVERIFY(player.playing());
  QTRY_VERIFY(heat.moment().has_value());
  const double first = *heat.moment();
  QTRY_VERIFY(*heat.moment() > first);
  QVERIFY(*heat.moment() <= heat.timeRange().to);
  QCOMPARE(window->timeline().view().scene().cursor, heat.moment());
  QTest::keyClick(&heat, Qt::Key_Space);
  QVERIFY(!player.playing());
  // Almost at the end it runs out by itself; the button starts it again from the front.
  heat.pointAt(heat.timeRange().to - 0.02 * heat.timeRange().span());
  player.toggle();
  QTRY_VERIFY(!player.playing());
  QCOMPARE(*heat.moment(), heat.timeRange().to);
  for (QToolButton* button : window->links().findChildren<QToolButton*>())
    if (button->accessibleName().startsWith(QStringLiteral("Play"))) button->click();
  QVERIFY(player.playing());
  QTRY_VERIFY(*heat.moment() < heat.timeRange().from + 0.5 * heat.timeRange().span());
  player.stop();
}

void LinksTest::manyLinksStayFast() {
  QByteArray csv = header;
  csv.reserve(40'000'000);
  for (const char* phase : {"forward", "backward"})
    for (int node = 0; node < 128; ++node)
      for (const char* port : {"gpu", "nic"})
        for (int i = 0; i < 8; ++i)
          for (const char* way : {"out", "in"})
            for (int s = 0; s < 40; ++s)
              csv += line(phase, (phase[0] == 'f' ? 0 : 40) + s,
                          QStringLiteral("node%1.%2%3.%4")
                              .arg(node)
                              .arg(QLatin1String(port))
                              .arg(i)
                              .arg(QLatin1String(way)),
                          port[0] == 'g' ? (way[0] == 'o' ? "GPU out" : "GPU in")
                                         : (way[0] == 'o' ? "NIC out" : "NIC in"),
                          (node * 7 + i * 3 + s) % 11 / 10.0);
  QElapsedTimer timer;
  timer.start();
  const auto use = std::make_shared<const LinkUse>(parseLinkUse(csv, QStringLiteral("links.csv")));
  const qint64 read = timer.elapsed();
  QCOMPARE(use->links.size(), std::size_t{4096});
  auto session = openedSession();
  QVERIFY(!session->project.setField("nodes", "128"));
  LinkHeatMap heat;
  LinkTopology topology;
  heat.resize(900, 330);
  topology.resize(400, 330);
  LinkTotals totals;
  totals.simulated_ranks = totals.all_ranks = 1024;
  timer.restart();
  heat.setUse(use, totals, session->project.scenario().cluster);
  topology.setUse(use, totals, session->project.scenario().cluster);
  topology.show({}, heat.timeRange());
  const qint64 set = timer.elapsed();
  QVERIFY(heat.rows().rows.size() < 170);
  timer.restart();
  heat.grab();
  const qint64 map = timer.restart();
  topology.grab();
  const qint64 machine = timer.elapsed();
  qInfo("reading %lld ms, setting %lld ms, painting the map %lld ms, the machine %lld ms",
        static_cast<long long>(read), static_cast<long long>(set), static_cast<long long>(map),
        static_cast<long long>(machine));
  // Loose, for busy machines.
  QVERIFY(set < 500);
  QVERIFY(map < 300);
  QVERIFY(machine < 500);
}
