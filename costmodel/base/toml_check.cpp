#include "costmodel/base/toml_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "costmodel/base/error.h"

namespace costmodel {

namespace {

constexpr int most_dots_in_a_line = 64;
constexpr int deepest = 32;
constexpr const char* nameless_section =
    "a section needs its name after the bracket; expected a line such as [model]";

// Walks over the text with as much grammar as needed to tell quotes, comments and plain lines apart.
class Walk {
 public:
  Walk(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  void run() {
    for (at_ = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0; at_ < text_.size(); ++at_) {
      ++column_;
      step(text_[at_]);
      if (depth_ > deepest || dots_ > most_dots_in_a_line)
        fail(fmt::format(
            "the values are nested too deep; expected at most {} brackets within brackets and {} dots in a "
            "line, such as cluster.device.memory = \"80 GiB\"",
            deepest, most_dots_in_a_line));
    }
  }

 private:
  // How far a line looks like key = "text".
  enum class Plain { key, value, text, no };
  // How far a line looks like [section].
  enum class Header { line_begins, name_expected, no };

  void step(char c) {
    if (c == '\n') return next_line();
    if (comment_) return;
    if (static_cast<unsigned char>(c) >= 0x80 && !(quote_ != 0 && plain_ == Plain::text))
      fail(
          "a character that is not ASCII stands where it is not allowed; expected it in a comment or in a "
          "line such as "
          "name = \"text\", elsewhere as an escape such as \"\\u00E9\"");
    if (quote_ != 0) return inside_quotes(c);
    check_section_name(c);
    if (c == '"' || c == '\'') return open_quotes(c);
    if (c == '#') comment_ = true;
    if (c == '[' || c == '{') ++depth_;
    if (c == ']' || c == '}') depth_ = std::max(0, depth_ - 1);
    if (c == '.') ++dots_;
    if (c == ' ' || c == '\t') return;
    if (plain_ == Plain::key && c == '=')
      plain_ = Plain::value;
    else if (plain_ != Plain::key || (!is_name_character(c) && c != '.'))
      plain_ = Plain::no;
  }

  static bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }

  // After the '[' or "[[" that begins a line comes a name: the parser asserts it instead of saying so.
  void check_section_name(char c) {
    if (c == ' ' || c == '\t' || c == '\r') return;
    if (header_ == Header::line_begins) {
      header_ = c == '[' && depth_ == 0 ? Header::name_expected : Header::no;
    } else if (header_ == Header::name_expected) {
      if (c == '[' && text_[at_ - 1] == '[' && depth_ == 1) return;
      if (!is_name_character(c) && c != '"' && c != '\'') fail(nameless_section);
      header_ = Header::no;
    }
  }

  void next_line() {
    if (header_ == Header::name_expected) fail(nameless_section);
    ++line_;
    column_ = dots_ = 0;
    quote_ = 0;
    comment_ = false;
    header_ = Header::line_begins;
    plain_ = depth_ == 0 ? Plain::key : Plain::no;
  }

  void open_quotes(char c) {
    if (text_.substr(at_, 3) == std::string(3, c))
      fail("text over several lines is not used here; expected text in quotes on one line, such as \"128K\"");
    quote_ = c;
    plain_ = plain_ == Plain::value ? Plain::text : Plain::no;
  }

  void inside_quotes(char c) {
    if (c == quote_) {
      quote_ = 0;
      plain_ = Plain::no;
    } else if (c == '\\' && quote_ == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
      ++at_;
      ++column_;
    }
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(message, InputLocation{file_, line_, column_, ""});
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 0;
  int dots_ = 0;
  int depth_ = 0;
  char quote_ = 0;  // the quote that is open
  bool comment_ = false;
  Plain plain_ = Plain::key;
  Header header_ = Header::line_begins;
};

}  // namespace

void check_toml(std::string_view text, const std::string& file) { Walk(text, file).run(); }

}  // namespace costmodel
