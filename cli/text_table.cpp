#include "cli/text_table.h"

#include <algorithm>

namespace cli {

namespace {

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::size_t used = display_width(text);
  const std::string fill(width > used ? width - used : 0, ' ');
  return align == Align::left ? text + fill : fill + text;
}

void trim_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string emphasised(const std::string& line, Colour colour) {
  return colour == Colour::on ? "\033[1m" + line + "\033[0m" : line;
}

void TextTable::add(std::vector<std::string> cells, RowStyle style) {
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), style});
}

std::string TextTable::text(int indent, Colour colour) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths[c] = display_width(columns_[c].subtitle);
    if (columns_[c].span == 1) widths[c] = std::max(widths[c], display_width(columns_[c].title));
    for (const Row& row : rows_) widths[c] = std::max(widths[c], display_width(row.cells[c]));
  }
  const auto gap = [&](std::size_t c) {
    return std::string(static_cast<std::size_t>(c == 0 ? indent : columns_[c].gap), ' ');
  };
  // A title over several columns widens the last of them when they are too narrow for it.
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const auto span = static_cast<std::size_t>(columns_[c].span);
    if (span == 1) continue;
    std::size_t total = widths[c];
    for (std::size_t i = c + 1; i < c + span; ++i) total += gap(i).size() + widths[i];
    const std::size_t needed = display_width(columns_[c].title);
    if (needed > total) widths[c + span - 1] += needed - total;
  }

  std::string result;
  const auto add_line = [&](std::string line, RowStyle style) {
    trim_end(line);
    if (colour == Colour::on && style == RowStyle::dim) line = "\033[2m" + line + "\033[0m";
    result += line + "\n";
  };
  const auto has = [&](auto member) {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const Column& column) { return !(column.*member).empty(); });
  };
  if (has(&Column::title)) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size();) {
      const auto span = static_cast<std::size_t>(columns_[c].span);
      std::size_t width = widths[c];
      for (std::size_t i = c + 1; i < c + span; ++i) width += gap(i).size() + widths[i];
      line += gap(c) + padded(columns_[c].title, width, span > 1 ? Align::left : columns_[c].align);
      c += span;
    }
    add_line(line, RowStyle::plain);
  }
  if (has(&Column::subtitle)) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      line += gap(c) + padded(columns_[c].subtitle, widths[c], columns_[c].align);
    add_line(line, RowStyle::plain);
  }
  for (const Row& row : rows_) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      line += gap(c) + padded(row.cells[c], widths[c], columns_[c].align);
    add_line(line, row.style);
  }
  return result;
}

std::string wrapped(const std::string& text, const std::string& first, const std::string& following,
                    std::size_t width) {
  std::string result, line = first;
  bool empty = true;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find(' ', begin), text.size());
    // A percent sign stays with its number.
    if (text.compare(end, 2, " %") == 0) end = std::min(text.find(' ', end + 1), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!empty && display_width(line) + 1 + display_width(word) > width) {
      result += line + "\n";
      line = following;
      empty = true;
    }
    line += (empty ? "" : " ") + word;
    empty = false;
    begin = end + 1;
  }
  return result + line + "\n";
}

}  // namespace cli
