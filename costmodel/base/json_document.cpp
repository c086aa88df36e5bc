#include "costmodel/base/json_document.h"

#include <algorithm>
#include <set>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "costmodel/base/text_file.h"

namespace costmodel {

namespace {

using Json = nlohmann::json;

constexpr int deepest = 64;

InputLocation place(std::string_view text, std::size_t byte, const std::string& file) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t last = before.rfind('\n');
  const std::size_t column = last == std::string_view::npos ? before.size() + 1 : before.size() - last;
  return {file, static_cast<int>(line), static_cast<int>(column), ""};
}

}  // namespace

Json parse_json(std::string_view text, const std::string& file, std::string_view what) {
  check_text(text, file, what);
  const std::string expected = "; expected " + std::string(what);
  if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' '; }))
    throw Error("the file is empty" + expected, InputLocation{file, 1, 1, ""});
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > deepest)
      throw Error("the values are nested more than " + std::to_string(deepest) + " deep" + expected,
                  InputLocation{file, 0, 0, ""});
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      throw Error(
          "the key " + in_quotes(value.get<std::string>()) + " appears twice in one object; keep one of them",
          InputLocation{file, 0, 0, "/" + value.get<std::string>().substr(0, 48)});
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const Json::parse_error& error) {
    const bool ended = error.byte > text.size();
    throw Error(std::string(ended ? "the JSON ends too early" : "this is not JSON") + expected,
                place(text, error.byte == 0 ? 0 : error.byte - 1, file));
  } catch (const Json::out_of_range& error) {
    throw Error("a number is too large" + expected, InputLocation{file, 0, 0, ""});
  }
}

}  // namespace costmodel
