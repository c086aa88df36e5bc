// The helper that runs SimGrid in a child: numbers come back, and every kind of failure has its text.
#include "tests/simulator/in_child.h"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

using tests::try_in_child;

TEST_CASE("numbers come back from a child as they were, however many") {
  std::vector<double> many(100000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = 1.0 / static_cast<double>(i + 1);
  CHECK(tests::in_child([&] { return many; }) == many);
  CHECK(tests::in_child([] { return std::vector<double>{}; }).empty());
}

TEST_CASE("a child that throws, aborts, or does not end says so") {
  const auto text_of = [](const std::function<std::vector<double>()>& body, unsigned limit = 60) {
    return try_in_child(body, limit).failure;
  };
  using Numbers = std::vector<double>;
  CHECK(text_of([]() -> Numbers { throw std::runtime_error("no such link"); }) ==
        "the child failed: no such link\n");
  CHECK(text_of([]() -> Numbers {
          std::fprintf(stderr, "last words");
          std::abort();
        }) == "the child was ended by signal 6: last words");
  CHECK(text_of(
            []() -> Numbers {
              for (;;) ::pause();
            },
            1) == "the child did not end within its limit: ");
}
