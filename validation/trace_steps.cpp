#include "validation/trace_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"

namespace validation {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

struct Window {
  double begin = 0, end = 0;  // events that start in [begin, end)
};

[[noreturn]] void fail(const GpuTrace& trace, const std::string& what) {
  throw costmodel::Error(what, costmodel::InputLocation{trace.file, 0, 0, ""});
}

TraceSteps steps_in(const GpuTrace& trace, const std::vector<Window>& windows) {
  TraceSteps found;
  std::size_t w = 0;
  std::vector<TraceStep> steps(windows.size());
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const GpuEvent& event = trace.events[i];
    while (w < windows.size() && event.start >= windows[w].end) ++w;
    if (w == windows.size() || event.start < windows[w].begin) {
      ++found.outside;
      continue;
    }
    TraceStep& step = steps[w];
    if (step.events.empty()) step.start = step.end = event.start;
    step.end = std::max(step.end, event.end);
    step.events.push_back(i);
  }
  for (TraceStep& step : steps)
    if (!step.events.empty()) found.steps.push_back(std::move(step));
  return found;
}

std::string marks_text(const GpuTrace& trace) {
  std::set<std::string> names;
  for (const GpuMark& mark : trace.marks) names.insert(mark.name.substr(0, mark.name.find('#')));
  std::string text;
  int count = 0;
  for (const std::string& name : names) {
    if (++count > 5) return text + ", ...";
    text += (text.empty() ? "" : ", ") + costmodel::in_quotes(name);
  }
  return text.empty() ? "it has no annotations on the GPU" : "its annotations on the GPU are " + text;
}

TraceSteps marked_steps(const GpuTrace& trace, const std::string& marker) {
  std::vector<Window> windows;
  for (const GpuMark& mark : trace.marks) {
    if (mark.name.find(marker) == std::string::npos) continue;
    if (!windows.empty() && mark.start < windows.back().end)
      fail(trace,
           fmt::format("two annotations with {} in their names overlap; expected a name that marks whole "
                       "steps, one after the other",
                       costmodel::in_quotes(marker)));
    windows.push_back({mark.start, mark.end});
  }
  if (!windows.empty()) {
    TraceSteps found = steps_in(trace, windows);
    if (found.steps.empty())
      fail(trace,
           fmt::format("no kernel starts inside of an annotation with {} in its name; expected one around "
                       "the kernels of a step",
                       costmodel::in_quotes(marker)));
    found.found_by = "annotation " + costmodel::in_quotes(marker);
    return found;
  }
  for (const GpuEvent& event : trace.events) {
    if (trace.name(event).find(marker) == std::string::npos) continue;
    if (!windows.empty()) windows.back().end = event.start;
    windows.push_back({event.start, never});
  }
  if (windows.empty())
    fail(trace,
         fmt::format("nothing has {} in its name; {}; expected an annotation, or a kernel that begins a step",
                     costmodel::in_quotes(marker), marks_text(trace)));
  TraceSteps found = steps_in(trace, windows);
  found.found_by = "kernel " + costmodel::in_quotes(marker);
  // The last one ends with the recording, maybe too early.
  if (found.steps.size() > 1 && found.steps.back().events.size() < found.steps.front().events.size()) {
    found.outside += found.steps.back().events.size();
    found.steps.pop_back();
  }
  return found;
}

std::size_t count_of(const std::vector<KernelKind>& kinds, KernelKind kind) {
  return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), kind));
}

// The first attention kernel of the first whole step, and how many whole steps follow each other from there.
struct Repetition {
  std::size_t offset = 0, count = 0;
};

Repetition repetition_of(const std::vector<KernelKind>& seen, const std::vector<KernelKind>& step) {
  Repetition best;
  for (std::size_t offset = 0; offset < step.size() && offset + step.size() <= seen.size(); ++offset) {
    std::size_t count = 0;
    while (offset + (count + 1) * step.size() <= seen.size() &&
           std::equal(step.begin(), step.end(),
                      seen.begin() + static_cast<std::ptrdiff_t>(offset + count * step.size())))
      ++count;
    if (count > best.count) best = {offset, count};
  }
  return best;
}

// The longest pause of all streams between two times: a step's last attention kernel and the next one's
// first.
Window longest_pause(const GpuTrace& trace, std::size_t from, std::size_t to) {
  Window pause{trace.events[to].start, trace.events[to].start};
  double busy_until = trace.events[from].end;
  for (std::size_t i = from + 1; i <= to; ++i) {
    const GpuEvent& event = trace.events[i];
    if (event.start - busy_until > pause.end - pause.begin) pause = {busy_until, event.start};
    busy_until = std::max(busy_until, event.end);
  }
  return pause;
}

TraceSteps repeated_steps(const GpuTrace& trace, const std::vector<KernelKind>& attention) {
  std::vector<KernelKind> seen;
  std::vector<std::size_t> where;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const KernelClass& what = trace.events[i].what;
    if (what.role != KernelRole::main ||
        (what.kind != KernelKind::attention_forward && what.kind != KernelKind::attention_backward))
      continue;
    seen.push_back(what.kind);
    where.push_back(i);
  }
  using enum KernelKind;
  const Repetition found = repetition_of(seen, attention);
  if (found.count == 0)
    fail(trace,
         fmt::format("it has {} forward and {} backward attention kernels, and nowhere the {} forward and {} "
                     "backward of a step of this plan in their order; expected a trace of this plan, or "
                     "--step-marker with the annotation or the kernel that begins a step",
                     count_of(seen, attention_forward), count_of(seen, attention_backward),
                     count_of(attention, attention_forward), count_of(attention, attention_backward)));
  const auto first = [&](std::size_t step) { return where[found.offset + step * attention.size()]; };
  const auto last = [&](std::size_t step) { return where[found.offset + (step + 1) * attention.size() - 1]; };
  std::vector<Window> windows(found.count, {-never, never});
  double lead = 0, tail = 0;  // what belongs to a step before its first and after its last attention kernel
  for (std::size_t s = 0; s + 1 < found.count; ++s) {
    const Window pause = longest_pause(trace, last(s), first(s + 1));
    windows[s].end = windows[s + 1].begin = pause.end;
    lead = std::max(lead, trace.events[first(s + 1)].start - pause.end);
    tail = std::max(tail, pause.begin - trace.events[last(s)].end);
  }
  if (found.count > 1) {
    constexpr double slack = 1.5;  // steps differ a little
    windows.front().begin = trace.events[first(0)].start - slack * lead;
    windows.back().end = trace.events[last(found.count - 1)].end + slack * tail;
  } else if (found.offset > 0) {
    windows.front().begin = longest_pause(trace, where[found.offset - 1], first(0)).end;
  }
  TraceSteps steps = steps_in(trace, windows);
  steps.found_by =
      fmt::format("{} forward and {} backward attention kernels each", count_of(attention, attention_forward),
                  count_of(attention, attention_backward));
  return steps;
}

}  // namespace

TraceSteps find_steps(const GpuTrace& trace, const std::vector<KernelKind>& attention,
                      const std::string& marker) {
  return marker.empty() ? repeated_steps(trace, attention) : marked_steps(trace, marker);
}

}  // namespace validation
