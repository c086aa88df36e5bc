#include "validation/record_bytes.h"

#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace validation {

namespace {

class Writer {
 public:
  template <class Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof(Number));
  }
  template <class Item, class Write>
  void list(const std::vector<Item>& items, Write write) {
    number(items.size());
    for (const Item& item : items) write(item);
  }
  std::vector<std::byte> bytes;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class Number>
  Number number() {
    Number value{};
    std::memcpy(&value, take(sizeof(Number)).data(), sizeof(Number));
    return value;
  }
  std::span<const std::byte> take(std::size_t count) {
    if (count > rest_.size()) throw std::logic_error("record_from: the bytes end early");
    const std::span<const std::byte> front = rest_.first(count);
    rest_ = rest_.subspan(count);
    return front;
  }
  template <class Item, class Read>
  void list(std::vector<Item>& items, Read read) {
    for (auto left = number<std::size_t>(); left > 0; --left) items.push_back(read());
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace

std::vector<std::byte> bytes_of(const RankRecord& record) {
  Writer to;
  to.number(record.peak);
  to.number(record.scratch);
  to.list(record.phases, [&](const PhaseRecord& phase) {
    to.list(phase.repetitions, [&](const LaneRun& run) {
      to.number(run.time);
      to.list(run.spans, [&](const OpSpan& span) {
        to.number(span.start);
        to.number(span.end);
        to.number(span.processor);
      });
    });
    to.list(phase.sent, [&](std::int64_t bytes) { to.number(bytes); });
    to.number(phase.results.size());
    to.bytes.insert(to.bytes.end(), phase.results.begin(), phase.results.end());
  });
  return std::move(to.bytes);
}

RankRecord record_from(std::span<const std::byte> bytes) {
  Reader from(bytes);
  RankRecord record;
  record.peak = from.number<std::int64_t>();
  record.scratch = from.number<std::int64_t>();
  from.list(record.phases, [&] {
    PhaseRecord phase;
    from.list(phase.repetitions, [&] {
      LaneRun run;
      run.time = from.number<double>();
      from.list(run.spans, [&] {
        OpSpan span;
        span.start = from.number<double>();
        span.end = from.number<double>();
        span.processor = from.number<double>();
        return span;
      });
      return run;
    });
    from.list(phase.sent, [&] { return from.number<std::int64_t>(); });
    const std::span<const std::byte> results = from.take(from.number<std::size_t>());
    phase.results.assign(results.begin(), results.end());
    return phase;
  });
  if (!from.empty()) throw std::logic_error("record_from: bytes are left over");
  return record;
}

}  // namespace validation
