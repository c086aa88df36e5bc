#include "validation/csv_table.h"

#include "costmodel/base/error.h"

namespace validation {

using costmodel::Error;
using costmodel::InputLocation;

namespace {

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  CsvTable table() {
    CsvTable table;
    table.file = file_;
    while (at_ < text_.size()) {
      std::vector<CsvCell> cells = line();
      if (cells.size() == 1 && cells.front().text.empty()) continue;
      if (table.header.empty()) {
        table.header = std::move(cells);
        continue;
      }
      if (cells.size() != table.header.size())
        fail("has " + std::to_string(cells.size()) + " cells; the header has " +
                 std::to_string(table.header.size()),
             cells.front().line, cells.back().column);
      table.rows.push_back(std::move(cells));
    }
    if (table.header.empty()) fail("is empty; expected a line with the names of the columns", 1, 1);
    return table;
  }

 private:
  [[noreturn]] void fail(const std::string& what, int line, int column) const {
    throw Error(what, InputLocation{file_, line, column, ""});
  }

  bool ends() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  // Bytes that continue a UTF-8 character are no columns of their own.
  void advance() {
    const unsigned char c = static_cast<unsigned char>(text_[at_++]);
    if (c == '\n')
      ++line_, column_ = 1;
    else if ((c & 0xc0U) != 0x80U)
      ++column_;
  }

  std::vector<CsvCell> line() {
    std::vector<CsvCell> cells;
    for (;;) {
      cells.push_back(cell());
      if (ends()) break;
      advance();  // the comma
    }
    if (at_ < text_.size() && text_[at_] == '\r') advance();
    if (at_ < text_.size() && text_[at_] == '\n')
      advance();
    else if (at_ < text_.size())
      ++line_, column_ = 1;  // a lone carriage return
    return cells;
  }

  CsvCell cell() {
    CsvCell cell{"", line_, column_};
    if (at_ < text_.size() && text_[at_] == '"') {
      quoted(cell);
      return cell;
    }
    while (!ends() && text_[at_] != ',') {
      if (text_[at_] == '"')
        fail("a quote inside a cell without quotes; write the cell as \"...\" and the quote twice", line_,
             column_);
      cell.text += text_[at_];
      advance();
    }
    return cell;
  }

  void quoted(CsvCell& cell) {
    advance();
    for (;;) {
      if (at_ >= text_.size()) fail("a quote is opened and never closed", cell.line, cell.column);
      if (text_[at_] == '"') {
        advance();
        if (at_ >= text_.size() || text_[at_] != '"') break;
      }
      cell.text += text_[at_];
      advance();
    }
    if (!ends() && text_[at_] != ',')
      fail("text after the closing quote of a cell; expected a comma", line_, column_);
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
};

}  // namespace

CsvTable parse_csv(std::string_view text, const std::string& file) { return Reader(text, file).table(); }

}  // namespace validation
