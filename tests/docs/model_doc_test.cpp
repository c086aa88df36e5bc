// docs/model.md against the code: every formula number that the code cites has a formula, every formula is
// cited or marked as context, named files exist, and printed constants are those of the code.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "costmodel/price/calibration.h"
#include "tests/catch.h"
#include "tests/docs/markdown.h"

using namespace costmodel;

namespace {

// 3.10 comes after 3.9.
using Number = std::pair<int, int>;

Number number_of(const std::string& text) {
  const std::size_t dot = text.find('.');
  return {std::stoi(text.substr(0, dot)), std::stoi(text.substr(dot + 1))};
}

std::string text_of(const std::set<Number>& numbers) {
  std::string text;
  for (const auto& [section, item] : numbers)
    text += (text.empty() ? "" : " ") + std::to_string(section) + "." + std::to_string(item);
  return text;
}

// "Formula 4.1", "formulas 3.1 (waves) and 3.2", "Formulas 2.1 to 2.7": also over the lines of a comment.
std::set<Number> cited_in_comments(std::string text) {
  static const std::regex line_break(R"(\s*\n\s*//+\s*)");
  static const std::regex list(
      R"(ormulas?\s+\d\.\d+(\s*\([^)]{0,60}\))?((,|\s+and|\s+to|:)\s*\d\.\d+(\s*\([^)]{0,60}\))?)*)");
  static const std::regex item(R"((to\s+)?(\d\.\d+))");
  text = std::regex_replace(text, line_break, " ");
  std::set<Number> cited;
  for (std::sregex_iterator match(text.begin(), text.end(), list), end; match != end; ++match) {
    const std::string found = match->str();
    Number last;
    for (std::sregex_iterator i(found.begin(), found.end(), item); i != end; ++i) {
      const Number number = number_of((*i)[2]);
      if ((*i)[1].matched)
        for (int between = last.second + 1; between < number.second; ++between)
          cited.insert({number.first, between});
      cited.insert(number);
      last = number;
    }
  }
  return cited;
}

// "4.5" as a whole string literal: the formula of a figure.
std::set<Number> cited_in_literals(const std::string& text) {
  static const std::regex literal(R"re("(\d\.\d+)")re");
  std::set<Number> cited;
  for (std::sregex_iterator match(text.begin(), text.end(), literal), end; match != end; ++match)
    cited.insert(number_of((*match)[1]));
  return cited;
}

struct Formula {
  std::string title;
  std::string body;
};

// "### 2.4 Which side should travel (context)" and what follows up to the next heading.
std::map<Number, Formula> formulas_of(const std::string& document) {
  static const std::regex heading(R"(### (\d\.\d+) (.*))");
  std::map<Number, Formula> formulas;
  Formula* present = nullptr;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, heading)) {
      const auto [place, is_new] = formulas.try_emplace(number_of(match[1]), Formula{match[2], ""});
      INFO(line);
      CHECK(is_new);
      present = &place->second;
    } else if (line.starts_with("#")) {
      present = nullptr;
    } else if (present != nullptr) {
      present->body += line + "\n";
    }
  }
  return formulas;
}

std::set<Number> cited_by_code() {
  namespace fs = std::filesystem;
  const fs::path root = RINGSIDE_SOURCE_DIR;
  std::set<Number> cited;
  for (const char* folder : {"costmodel", "simulator"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp") continue;
      const std::string path = fs::relative(entry.path(), root).generic_string();
      const std::string text = tests::text_of(path);
      cited.merge(cited_in_comments(text));
      if (path.ends_with("_figures.cpp")) cited.merge(cited_in_literals(text));
    }
  return cited;
}

}  // namespace

TEST_CASE("every formula that the code cites is in docs/model.md, and the other way round") {
  const std::map<Number, Formula> formulas = formulas_of(tests::text_of("docs/model.md"));
  const std::set<Number> cited = cited_by_code();
  REQUIRE(formulas.size() >= 29);
  std::set<Number> missing, unused;
  for (const Number& number : cited)
    if (!formulas.contains(number)) missing.insert(number);
  for (const auto& [number, formula] : formulas)
    if (!cited.contains(number) && formula.title.find("(context)") == std::string::npos)
      unused.insert(number);
  CHECK(text_of(missing) == "");
  CHECK(text_of(unused) == "");
}

TEST_CASE("every formula says when it holds, its unit, source, code and a limit case") {
  for (const auto& [number, formula] : formulas_of(tests::text_of("docs/model.md"))) {
    INFO(number.first << "." << number.second << " " << formula.title);
    for (const char* part : {"*Holds*", "*Source*", "*Limit*"})
      CHECK(formula.body.find(part) != std::string::npos);
    if (number.first != 1 || number.second != 1) CHECK(formula.body.find("*Unit*") != std::string::npos);
    const bool named = formula.body.find("costmodel/") != std::string::npos ||
                       formula.body.find("simulator/") != std::string::npos;
    CHECK(named);
    CHECK(formula.body.find("\n    ") != std::string::npos);  // the formula itself
  }
}

TEST_CASE("files that the documents name exist") {
  static const std::regex path(R"(`((?:costmodel|simulator|cli|tests|docs|examples)/[A-Za-z0-9_./-]+)`)");
  for (const char* document : {"docs/model.md", "docs/architecture.md",
                               "docs/decisions/0003-spmd-schedule.md", "docs/decisions/0004-port-rule.md"}) {
    const std::string text = tests::text_of(document);
    REQUIRE(!text.empty());
    for (std::sregex_iterator match(text.begin(), text.end(), path), end; match != end; ++match) {
      INFO(document << ": " << (*match)[1]);
      CHECK(std::filesystem::exists(std::string(RINGSIDE_SOURCE_DIR) + "/" + (*match)[1].str()));
    }
  }
}

TEST_CASE("printed calibration constants are those of the code") {
  const auto rows = tests::markdown_table(tests::text_of("docs/model.md"), "| device | f forward |");
  REQUIRE(rows.size() >= 6);
  for (const tests::Cells& cells : rows) {
    INFO(cells.at(0));
    REQUIRE(cells.size() == 8);
    const Calibration& calibration = built_in_calibration(cells[0]);
    CHECK(calibration.name == cells[0] + " built in");
    CHECK(calibration.forward.peak_fraction.value == std::stod(cells[1]));
    CHECK(calibration.forward.tail.value == std::stod(cells[2]));
    CHECK(calibration.backward.peak_fraction.value == std::stod(cells[3]));
    CHECK(calibration.backward.tail.value == std::stod(cells[4]));
    CHECK(calibration.forward.residual == std::stod(cells[5]));
    CHECK(calibration.backward.residual == std::stod(cells[6]));
  }
}

TEST_CASE("the reader of citations understands lists, ranges and broken lines") {
  const auto cited = [](const std::string& text) { return text_of(cited_in_comments(text)); };
  CHECK(cited("// Formula 4.1.") == "4.1");
  CHECK(cited("// Formulas 3.1 (waves of tiles) and 3.2 (roofline).  More.") == "3.1 3.2");
  CHECK(cited("// formulas 2.1 to\n  // 2.4 of docs/model.md") == "2.1 2.2 2.3 2.4");
  CHECK(cited("// Formula 3.5, 3.6.") == "3.5 3.6");
  CHECK(cited("// 1.5 us is not a formula") == "");
  CHECK(text_of(cited_in_literals("f(\"4.5\", \"4.5 x\")")) == "4.5");
}
