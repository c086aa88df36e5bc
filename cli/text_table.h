// A table of plain text: columns as wide as their widest cell, numbers aligned on the right.
#pragma once

#include <string>
#include <vector>

#include "cli/request.h"

namespace cli {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  int gap = 2;                // spaces before the column
  std::string subtitle = {};  // second line of the head
  int span = 1;               // columns under this title; those that follow have none
};

enum class RowStyle { plain, dim };

class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // A missing cell at the end is empty.
  void add(std::vector<std::string> cells, RowStyle style = RowStyle::plain);

  // Lines end without spaces.  No head when all titles are empty.
  std::string text(int indent, Colour colour = Colour::off) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    RowStyle style = RowStyle::plain;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// Columns that the text takes on a terminal: characters, not bytes.
std::size_t display_width(const std::string& text);

// Bold on a terminal that may have colour; one line without its line end.
std::string emphasised(const std::string& line, Colour colour);

// Breaks lines at spaces; every line begins with `first` or `following`.
std::string wrapped(const std::string& text, const std::string& first, const std::string& following,
                    std::size_t width = 100);

}  // namespace cli
