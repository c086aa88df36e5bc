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

class Million {
 public:
  explicit Million(gui::TimelineTrace trace) : application_(offscreen_application()) {
    scene.predicted[0] = std::make_shared<const gui::PreparedTrace>(std::move(trace));
    scene.range.resize(duration);
    frame(1);  // fonts
  }

  // CPU seconds to paint a part of the time.
  double frame(double part) {
    scene.range.show({0.4 * duration * (1 - part), 0.4 * duration * (1 - part) + part * duration});
    const double begin = cpu_seconds();
    const gui::TimelineLayout layout(scene, area_, font_);
    QPainter painter(&image_);
    gui::TimelinePainter(scene, layout, style_, font_).paint(painter, area_);
    painter.end();
    return cpu_seconds() - begin;
  }

  void measure(benchmark::State& state) {
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

  static constexpr double duration = 0.457;
  gui::TimelineScene scene;

 private:
  const QApplication& application_;
  gui::SliceStyle style_ = gui::style_from(application_.palette());
  QFont font_ = application_.font();
  QImage image_{1600, 900, QImage::Format_ARGB32_Premultiplied};
  QRectF area_{0, 0, 1600, 900};
};

void timeline_1e6(benchmark::State& state) {
  Million(tests::random_trace(64, 15625, Million::duration, 1)).measure(state);
}
BENCHMARK(timeline_1e6)->Name("gui/timeline_1e6")->Unit(benchmark::kMillisecond)->UseManualTime();

// While a part of the time is chosen elsewhere: all that is not of it is faded.
void timeline_1e6_filtered(benchmark::State& state) {
  Million timeline(tests::described(tests::random_trace(64, 15625, Million::duration, 1)));
  gui::SliceFilter filter;
  filter.part = costmodel::ComputePart::elementwise;
  filter.phase = "layer forward";
  timeline.scene.show_only(filter);
  timeline.measure(state);
}
BENCHMARK(timeline_1e6_filtered)
    ->Name("gui/timeline_1e6_filtered")
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();

}  // namespace
