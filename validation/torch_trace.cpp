#include "validation/torch_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "validation/gzip_text.h"

namespace validation {

namespace {

using costmodel::Error;
using costmodel::InputLocation;
using Json = nlohmann::json;

constexpr double latest = 4e15;        // microseconds: a century after 1970
constexpr double longest = 1e10;       // microseconds: three hours in one kernel are a wrong unit
constexpr double counted_bytes = 1e5;  // a smaller copy says little about its bandwidth
constexpr int longest_mib = 1024;
constexpr const char* expected =
    "expected what export_chrome_trace of torch.profiler writes, with \"traceEvents\"";

// Takes the events one by one as the parser finishes them, so that the CPU's, most of a trace, need no
// memory.
class Reader {
 public:
  explicit Reader(const std::string& file) { trace_.file = file; }

  GpuTrace read(std::string_view text) {
    Json rest;
    try {
      rest = Json::parse(text.begin(), text.end(), [this](int depth, Json::parse_event_t event, Json& value) {
        return keep(depth, event, value);
      });
    } catch (const Json::parse_error& error) {
      const std::size_t end = std::min(error.byte, text.size());
      const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n') + 1;
      throw Error(fmt::format("this is not JSON; {}", expected),
                  InputLocation{trace_.file, static_cast<int>(line), 0, ""});
    } catch (const Json::exception&) {
      fail("", fmt::format("has a number that is too large; {}", expected));
    }
    if (!rest.is_object() || !listed_)
      fail("", fmt::format("there is no list \"traceEvents\" in it; {}", expected));
    read_head(rest);
    finish(trace_);
    return std::move(trace_);
  }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& what) const {
    throw Error(what, InputLocation{trace_.file, 0, 0, key});
  }
  [[noreturn]] void fail_event(const std::string& key, const std::string& what) const {
    fail(fmt::format("traceEvents/{}/{}", number_, key), what);
  }

  bool keep(int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    if (event == Event::key && depth == 1) section_ = value.get<std::string>();
    if (section_ != "traceEvents") return true;
    if (depth == 1 && event == Event::array_start) listed_ = true;
    if (depth != 2 || event != Event::object_end || !listed_) return true;
    take(value);
    ++number_;
    return false;
  }

  static std::string text(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  }
  static std::optional<double> number(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number() || !std::isfinite(found->get<double>())) return {};
    return found->get<double>();
  }
  static std::optional<int> index(const Json& object, const char* key) {
    const std::optional<double> value = number(object, key);
    if (!value || *value < 0 || *value > std::numeric_limits<int>::max() || *value != std::floor(*value))
      return {};
    return static_cast<int>(*value);
  }

  // Start and duration, in microseconds.
  std::pair<double, double> times(const Json& event) const {
    const std::optional<double> start = number(event, "ts"), duration = number(event, "dur");
    if (!start || std::abs(*start) > latest)
      fail_event("ts", "is not a time; expected microseconds, as in 1234.567");
    if (!duration || *duration < 0 || *duration > longest)
      fail_event("dur", "is not a duration; expected microseconds from 0 on, as in 12.5");
    return {*start, *duration};
  }

  void take(const Json& event) {
    if (text(event, "ph") != "X") return;
    const std::string category = text(event, "cat");
    if (category == "gpu_user_annotation") {
      const auto [start, duration] = times(event);
      trace_.marks.push_back({text(event, "name"), start, start + duration});
      return;
    }
    const bool copies = category == "gpu_memcpy" || category == "Memcpy";
    if (category != "kernel" && category != "Kernel" && !copies && category != "gpu_memset" &&
        category != "Memset")
      return;
    const auto [start, duration] = times(event);
    const std::string name = text(event, "name");
    if (name.empty()) fail_event("name", "is missing; expected the name of a kernel");
    const auto args = event.find("args");
    if (args == event.end() || !args->is_object())
      fail_event("args", "is missing; expected the device and the stream of the kernel");
    const std::optional<int> stream = index(*args, "stream"), device = index(*args, "device");
    if (!stream)
      fail_event("args/stream", "is not a whole number from 0 on; expected the stream of the kernel");
    if (!device) fail_event("args/device", "is not a whole number from 0 on; expected the GPU of the kernel");
    if (!device_) device_ = device;
    if (*device_ != *device)
      fail_event("args/device",
                 fmt::format("is {}, and {} before: kernels of two GPUs; expected the profile of "
                             "one rank, which drives one GPU",
                             *device, *device_));
    if (copies) check_unit(*args, duration);
    trace_.events.push_back({name_index(name), kernel_class(name, text(*args, "Collective name")), *stream,
                             start, start + duration});
  }

  // A copy carries its bytes and its bandwidth, and so its duration a second time.
  void check_unit(const Json& args, double duration) const {
    const std::optional<double> bytes = number(args, "bytes"), rate = number(args, "memory bandwidth (GB/s)");
    if (!bytes || !rate || *bytes < counted_bytes || *rate <= 0) return;
    const double microseconds = *bytes / *rate * 1e-3;
    if (duration > 0.5 * microseconds && duration < 2 * microseconds) return;
    fail_event("dur", fmt::format("is {:g}, but {:g} bytes at {:g} GB/s take {:.4g} us: the times are not in "
                                  "microseconds; expected them as torch.profiler writes them",
                                  duration, *bytes, *rate, microseconds));
  }

  std::uint32_t name_index(const std::string& name) {
    const auto [known, is_new] = names_.try_emplace(name, static_cast<std::uint32_t>(trace_.names.size()));
    if (is_new) trace_.names.push_back(name);
    return known->second;
  }

  void read_head(const Json& head) {
    if (const auto found = head.find("distributedInfo"); found != head.end() && found->is_object()) {
      trace_.rank = index(*found, "rank").value_or(-1);
      trace_.world = index(*found, "world_size").value_or(0);
    }
    if (const auto found = head.find("deviceProperties"); found != head.end() && found->is_array())
      for (const Json& device : *found)
        if (device.is_object() && index(device, "id") == device_) trace_.device = text(device, "name");
    set_origin(head);
  }

  // Since version 2.4 times count from a moment that the file states, before from 1970.  Here from the first
  // event: a double has digits for either the century or the nanosecond.
  void set_origin(const Json& head) {
    if (trace_.events.empty()) return;
    double first = trace_.events.front().start;
    for (const GpuEvent& event : trace_.events) first = std::min(first, event.start);
    first = std::floor(first);
    for (GpuEvent& event : trace_.events)
      event.start = (event.start - first) * 1e-6, event.end = (event.end - first) * 1e-6;
    for (GpuMark& mark : trace_.marks)
      mark.start = (mark.start - first) * 1e-6, mark.end = (mark.end - first) * 1e-6;
    trace_.origin = static_cast<std::int64_t>(first) * 1000;
    const std::optional<double> base = number(head, "baseTimeNanoseconds");
    if (!base) return;
    if (std::abs(*base) > latest * 1e3)
      fail("baseTimeNanoseconds", "is not a time; expected nanoseconds since 1970");
    trace_.origin += head["baseTimeNanoseconds"].is_number_integer()
                         ? head["baseTimeNanoseconds"].get<std::int64_t>()
                         : static_cast<std::int64_t>(*base);
  }

  GpuTrace trace_;
  std::string section_;
  bool listed_ = false;
  std::size_t number_ = 0;  // of the event that is read
  std::optional<int> device_;
  std::map<std::string, std::uint32_t> names_;
};

}  // namespace

GpuTrace parse_torch_trace(std::string_view json, const std::string& file) { return Reader(file).read(json); }

GpuTrace read_torch_trace(const std::string& path) {
  return parse_torch_trace(read_text_or_gzip(path, "a trace of torch.profiler (JSON)", longest_mib), path);
}

}  // namespace validation
