#include "cli/text_table.h"

#include "cli/figure_text.h"
#include "tests/catch.h"

TEST_CASE("columns are as wide as their cells and lines end without spaces") {
  cli::TextTable table({{"plan"}, {"time", cli::Align::right}, {"note"}});
  table.add({"burst 8", "331 ms", "fits"});
  table.add({"ring 8", "1.2 s"});
  CHECK(table.text(2) ==
        "  plan       time  note\n"
        "  burst 8  331 ms  fits\n"
        "  ring 8    1.2 s\n");
}

TEST_CASE("a title over several columns widens them when it must") {
  cli::TextTable table(
      {{"a"}, {"sent per GPU", cli::Align::right, 2, "up", 2}, {"", cli::Align::right, 2, "out"}});
  table.add({"x", "1", "2"});
  CHECK(table.text(0) ==
        "a  sent per GPU\n"
        "   up       out\n"
        "x   1         2\n");
}

TEST_CASE("colour marks rows only when it is on") {
  cli::TextTable table({{"a"}});
  table.add({"x"}, cli::RowStyle::dim);
  CHECK(table.text(0) == "a\nx\n");
  CHECK(table.text(0, cli::Colour::on) == "a\n\033[2mx\033[0m\n");
  CHECK(cli::emphasised("x", cli::Colour::off) == "x");
}

TEST_CASE("long sentences break at spaces") {
  CHECK(cli::wrapped("aa bb cc dd", "- ", "  ", 7) == "- aa bb\n  cc dd\n");
  CHECK(cli::wrapped("aa 5 % dd", "- ", "  ", 6) == "- aa\n  5 %\n  dd\n");
  CHECK(cli::wrapped("aaaaaaaaaa b", "- ", "  ", 7) == "- aaaaaaaaaa\n  b\n");
}

TEST_CASE("width counts characters, not bytes") { CHECK(cli::display_width("\xC2\xB1x") == 2); }

TEST_CASE("intervals have the unit of their value, ratios and changes few digits") {
  costmodel::Figure figure;
  figure.unit = costmodel::Unit::seconds;
  figure.value = 0.412;
  figure.low = 0.396;
  figure.high = 0.428;
  CHECK(cli::value_text(figure) == "412 ms");
  CHECK(cli::interval_text(figure) == "+-16");
  figure.low = figure.high = figure.value;
  CHECK(cli::interval_text(figure) == "");
  CHECK(cli::percent_text(0.0541) == "5.4 %");
  CHECK(cli::percent_text(0.54) == "54 %");
  CHECK(cli::percent_text(1e-9) == "0 %");
  CHECK(cli::change_text(0.83) == "-17 %");
  CHECK(cli::change_text(1.0) == "=");
  CHECK(cli::ratio_text(1.32) == "1.32x");
  CHECK(cli::ratio_text(2.24) == "2.2x");
}
