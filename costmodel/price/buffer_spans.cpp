#include "costmodel/price/buffer_spans.h"

#include <algorithm>
#include <array>

namespace costmodel {

namespace {

// What weights, their gradients and copies to the host need is moved in pieces, each listed beside a kernel
// that paces it, as programs do that fetch one unit ahead and no more.
bool paced(const Op& op) { return op.lane == Lane::parameters || op.lane == Lane::host; }

// The operation before each one on its lane, or -1, beside what it waits for.
template <class Visit>
void for_earlier(const Op& op, std::int32_t before_on_lane, Visit visit) {
  if (before_on_lane >= 0) visit(static_cast<std::size_t>(before_on_lane));
  for (std::size_t w = 0; w < op.wait_count; ++w) visit(op.waits[w].at());
}

void find_op_spans(const Phase& phase, const std::vector<char>& ticks, BufferSpans& spans) {
  std::array<std::int32_t, lane_count> last_on_lane;
  last_on_lane.fill(-1);
  std::vector<std::int32_t> before(phase.ops.size());
  std::int32_t ticked = 0;
  spans.ops.assign(phase.ops.size(), {});
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const Op& op = phase.ops[i];
    std::int32_t& last = last_on_lane.at(static_cast<std::size_t>(op.lane));
    before[i] = last;
    last = static_cast<std::int32_t>(i);
    if (ticks[i] != 0) {
      spans.ops[i].first = 2 * ticked++ + 1;
      continue;
    }
    spans.ops[i].first = paced(op) ? 2 * ticked : 0;
    for_earlier(op, before[i], [&](std::size_t p) {
      const std::int32_t after = spans.ops[p].first + (ticks[p] != 0 ? 1 : 0);
      spans.ops[i].first = std::max(spans.ops[i].first, after);
    });
  }
  spans.instants = 2 * ticked + 1;
  for (InstantSpan& span : spans.ops) span.last = spans.instants - 1;
  for (std::size_t i = phase.ops.size(); i-- > 0;) {
    const bool here = ticks[i] != 0;
    if (here || paced(phase.ops[i])) spans.ops[i].last = spans.ops[i].first;
    for_earlier(phase.ops[i], before[i], [&](std::size_t p) {
      spans.ops[p].last = std::min(spans.ops[p].last, spans.ops[i].last - (here ? 1 : 0));
    });
  }
}

// The compute lane, and what stands between two of its operations and nowhere else: of one lane per gap, so
// that all of the clock is ordered.
std::vector<char> clock_of(const Phase& phase, BufferSpans& spans) {
  std::vector<char> ticks(phase.ops.size());
  for (std::size_t i = 0; i < phase.ops.size(); ++i) ticks[i] = phase.ops[i].lane == Lane::compute ? 1 : 0;
  find_op_spans(phase, ticks, spans);
  std::int32_t gap = -1;
  Lane lane = Lane::compute;
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const InstantSpan& span = spans.ops[i];
    if (ticks[i] != 0 || paced(phase.ops[i]) || span.first != span.last) continue;
    if (span.first != gap) gap = span.first, lane = phase.ops[i].lane;
    ticks[i] = phase.ops[i].lane == lane ? 1 : 0;
  }
  return ticks;
}

}  // namespace

void find_buffer_spans(const Phase& phase, SpanOrder order, BufferSpans& spans) {
  find_op_spans(phase,
                order == SpanOrder::lanes ? clock_of(phase, spans) : std::vector<char>(phase.ops.size(), 1),
                spans);
  spans.buffers.assign(phase.buffers.size(), {});
  for (std::size_t i = 0; i < phase.ops.size(); ++i) {
    const Op& op = phase.ops[i];
    const auto touch = [&](BufferId id) {
      InstantSpan& span = spans.buffers[id.at()];
      span.first = span.empty() ? spans.ops[i].first : std::min(span.first, spans.ops[i].first);
      span.last = std::max(span.last, spans.ops[i].last);
    };
    for (std::size_t b = 0; b < op.read_count; ++b) touch(op.reads[b]);
    for (std::size_t b = 0; b < op.write_count; ++b) touch(op.writes[b]);
  }
  const std::int32_t end = spans.instants - 1;
  for (std::size_t b = 0; b < spans.buffers.size(); ++b) {
    InstantSpan& span = spans.buffers[b];
    switch (phase.buffers[b].lifetime) {
      case Lifetime::touched: break;
      case Lifetime::phase:
      case Lifetime::through: span = {0, end}; break;
      case Lifetime::kept: span = {}; break;  // counted by the schedule
      case Lifetime::arriving: span = {0, std::max(span.last, std::int32_t{0})}; break;
      case Lifetime::leaving: span = {span.empty() ? end : span.first, end}; break;
    }
  }
}

OpId op_at(const BufferSpans& spans, std::int32_t instant) {
  std::size_t found = 0;
  for (std::size_t i = spans.ops.size(); i-- > 0;) {
    if (!spans.ops[i].contains(instant)) continue;
    found = i;
    if (spans.ops[i].first == spans.ops[i].last && instant % 2 == 1) break;
  }
  return OpId(static_cast<std::int64_t>(found));
}

}  // namespace costmodel
