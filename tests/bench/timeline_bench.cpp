// Painting the timeline: a million slices on 64 rows, 1600 x 900 pixels.
//
// Time is the CPU time of the slowest frame over all zoom levels, from everything to a dozen slices; the
// counters say how long a frame takes at each of a few.
#include <benchmark/benchmark.h>

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <algorithm>
#include <ctime>

#include "gui/timeline/slice_style.h"
#include "gui/timeline/timeline_painter.h"
#include "tests/bench/offscreen_application.h"
#include "tests/gui/timeline/random_trace.h"

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void timeline_1e6(benchmark::State& state) {
  const QApplication& application = offscreen_application();

  gui::TimelineScene scene;
  const double duration = 0.457;
  scene.predicted[0] =
      std::make_shared<const gui::PreparedTrace>(tests::random_trace(64, 15625, duration, 1));
  scene.range.resize(duration);
  const gui::SliceStyle style = gui::style_from(application.palette());
  const QFont font = application.font();
  QImage image(1600, 900, QImage::Format_ARGB32_Premultiplied);
  const QRectF area(0, 0, 1600, 900);
  const auto frame = [&](double part) {
    scene.range.show({0.4 * duration * (1 - part), 0.4 * duration * (1 - part) + part * duration});
    const double begin = cpu_seconds();
    const gui::TimelineLayout layout(scene, area, font);
    QPainter painter(&image);
    gui::TimelinePainter(scene, layout, style, font).paint(painter, area);
    painter.end();
    return cpu_seconds() - begin;
  };
  frame(1);  // fonts
  double worst_part = 1;
  for (auto _ : state) {
    double worst = 0;
    for (double part = 1; part > 1e-3; part /= 1.6)
      if (const double time = frame(part); time > worst) worst = time, worst_part = part;
    state.SetIterationTime(worst);
  }
  const auto median_ms = [&](double part) {
    std::array<double, 5> times{};
    for (double& time : times) time = frame(part);
    std::sort(times.begin(), times.end());
    return times[2] * 1e3;
  };
  state.counters["all_ms"] = median_ms(1);
  state.counters["tenth_ms"] = median_ms(0.1);
  state.counters["hundredth_ms"] = median_ms(0.01);
  state.counters["slowest_zoom"] = 1 / worst_part;
  state.counters["slices"] = static_cast<double>(scene.predicted[0]->trace.slice_count());
}
BENCHMARK(timeline_1e6)->Name("gui/timeline_1e6")->Unit(benchmark::kMillisecond)->UseManualTime();

}  // namespace
