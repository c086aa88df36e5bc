#include "costmodel/formats/chrome_trace_writer.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

namespace costmodel {

namespace {

std::string quoted(std::string_view text) { return nlohmann::json(text).dump(); }

// Microseconds, as the format wants them.
std::string time_text(double seconds) { return fmt::format("{:.6f}", seconds * 1e6); }

}  // namespace

ChromeTraceWriter::ChromeTraceWriter(std::string_view about)
    : text_(fmt::format("{{\"displayTimeUnit\":\"ms\",\"otherData\":{},\"traceEvents\":[\n", about)) {}

void ChromeTraceWriter::begin_event() { text_ += text_.ends_with("[\n") ? "" : ",\n"; }

void ChromeTraceWriter::name_rank(int rank, std::string_view name) {
  begin_event();
  fmt::format_to(std::back_inserter(text_),
                 R"x({{"ph":"M","name":"process_name","pid":{0},"args":{{"name":{1}}}}},
{{"ph":"M","name":"process_sort_index","pid":{0},"args":{{"sort_index":{0}}}}})x",
                 rank, quoted(name));
}

void ChromeTraceWriter::name_lane(int rank, int lane, std::string_view name) {
  begin_event();
  fmt::format_to(std::back_inserter(text_),
                 R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})", rank, lane,
                 quoted(name));
}

void ChromeTraceWriter::slice(int rank, int lane, std::string_view name, std::string_view category,
                              double start, double duration, std::string_view facts) {
  begin_event();
  fmt::format_to(std::back_inserter(text_),
                 R"({{"ph":"X","name":{},"cat":{},"pid":{},"tid":{},"ts":{},"dur":{},"args":{}}})",
                 quoted(name), quoted(category), rank, lane, time_text(start), time_text(duration), facts);
}

void ChromeTraceWriter::remark(int rank, std::string_view text, std::string_view category, double at) {
  begin_event();
  fmt::format_to(std::back_inserter(text_),
                 R"({{"ph":"i","s":"p","name":{},"cat":{},"pid":{},"tid":0,"ts":{}}})", quoted(text),
                 quoted(category), rank, time_text(at));
}

std::string ChromeTraceWriter::finish() {
  text_ += "\n]}\n";
  return std::move(text_);
}

}  // namespace costmodel
