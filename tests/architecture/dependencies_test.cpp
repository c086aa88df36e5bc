// Keeps the table "who may include whom" of docs/decisions/0002-folders.md true, and with it three habits
// that make files easy to find: include paths start at the repository root, a file name occurs once, no file
// is longer than 500 lines. The rules are plain functions on a tree of texts, so that the second half can
// show each of them failing.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace {

using Tree = std::map<std::string, std::string>;  // path from the repository root -> text
using Names = std::vector<std::string_view>;

constexpr std::size_t longest_file = 500;

struct Rule {
  std::string_view folder;
  Names folders;    // of ours, beside itself
  Names libraries;  // beside the standard library and the system
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> table = {
      {"costmodel", {}, {"Eigen", "toml++", "nlohmann", "fmt", "pugixml"}},
      {"simulator", {"costmodel"}, {"Eigen", "nlohmann", "fmt", "SimGrid"}},
      {"kernels", {}, {"CUDA", "NCCL", "MPI"}},
      {"validation",
       {"costmodel", "kernels"},
       {"Eigen", "toml++", "nlohmann", "fmt", "zlib", "CUDA", "NCCL", "MPI"}},
      {"cli",
       {"costmodel", "simulator", "kernels", "validation"},
       {"Eigen", "toml++", "nlohmann", "fmt", "CLI11", "MPI"}},
      {"gui", {"costmodel"}, {"Eigen", "nlohmann", "fmt", "Qt", "QCustomPlot"}},
      {"tests", {"costmodel", "simulator", "kernels", "validation", "cli", "gui"}, {"any"}},
  };
  return table;
}

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The library an angle-bracket include belongs to; "" for the standard library and the system.
std::string_view library_of(const std::string& include) {
  static const std::vector<std::pair<std::regex, std::string_view>> patterns = {
      {std::regex("(unsupported/)?Eigen/.*"), "Eigen"},
      {std::regex("toml\\+\\+/.*"), "toml++"},
      {std::regex("nlohmann/.*"), "nlohmann"},
      {std::regex("fmt/.*"), "fmt"},
      {std::regex("pugixml\\.hpp"), "pugixml"},
      {std::regex("zlib\\.h"), "zlib"},
      {std::regex("CLI/.*"), "CLI11"},
      {std::regex("(simgrid|xbt)/.*"), "SimGrid"},
      {std::regex("(cuda|cublas|cooperative_groups|mma|cub/|thrust/).*"), "CUDA"},
      {std::regex("nccl.*"), "NCCL"},
      {std::regex("mpi\\.h"), "MPI"},
      {std::regex("Q[A-Z].*"), "Qt"},
      {std::regex("qcustomplot\\.h"), "QCustomPlot"},
      {std::regex("[a-z_0-9]+"), ""},                      // <vector>
      {std::regex("(sys|netinet|arpa)/[a-z_]+\\.h"), ""},  // <sys/resource.h>
      {std::regex("(cpuid|dlfcn|fcntl|fnmatch|immintrin|netdb|poll|pthread|sched|signal|spawn|unistd)\\.h"),
       ""},
  };
  for (const auto& [pattern, library] : patterns)
    if (std::regex_match(include, pattern)) return library;
  return "an unknown library";
}

std::optional<std::string> objection(const Rule& rule, const std::string& include, bool angle,
                                     const Tree& tree) {
  if (angle) {
    const std::string_view library = library_of(include);
    if (library.empty() || contains(rule.libraries, library) || contains(rule.libraries, "any")) return {};
    return std::string(rule.folder) + "/ may not use " + std::string(library);
  }
  const std::string folder = include.substr(0, include.find('/'));
  // Qt's meta-object compiler writes it from the file that includes it.
  if (include.ends_with(".moc") && contains(rule.libraries, rule.folder == "tests" ? "any" : "Qt")) return {};
  if (!tree.contains(include)) return "this path does not lead to a file from the repository root";
  if (folder == rule.folder || contains(rule.folders, folder)) return {};
  return std::string(rule.folder) + "/ may not include " + folder + "/";
}

std::vector<std::string> broken_includes(const Tree& tree) {
  static const std::regex directive(R"(^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"])");
  std::vector<std::string> broken;
  for (const auto& [path, text] : tree) {
    const std::string folder = path.substr(0, path.find('/'));
    const auto rule =
        std::find_if(rules().begin(), rules().end(), [&](const Rule& r) { return r.folder == folder; });
    if (rule == rules().end()) continue;
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      std::smatch match;
      if (!std::regex_search(line, match, directive)) continue;
      if (const auto why = objection(*rule, match[2], match[1] == "<", tree))
        broken.push_back(path + ":" + std::to_string(number) + ": " + match[2].str() + ": " + *why);
    }
  }
  return broken;
}

// The shared half of kernels/ (views, steps, states, communicator interface, CPU) needs the standard library
// alone, so that it builds everywhere; files for one library carry its name first: cuda_..., nccl_...,
// mpi_...
std::vector<std::string> libraries_in_shared_kernels(const Tree& tree) {
  static const std::regex own(R"(kernels/(.*/)?(cuda|nccl|mpi)[_/].*)");
  static const std::regex directive(R"(^[ \t]*#[ \t]*include[ \t]*<([^>]+)>)");
  std::vector<std::string> found;
  for (const auto& [path, text] : tree) {
    if (path.rfind("kernels/", 0) != 0 || std::regex_match(path, own)) continue;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (std::regex_search(line, match, directive) && !library_of(match[1]).empty())
        found.push_back(path + ": " + match[1].str());
    }
  }
  return found;
}

std::vector<std::string> repeated_names(const Tree& tree) {
  std::map<std::string, std::string> first;  // file name -> path
  std::vector<std::string> repeated;
  for (const auto& [path, text] : tree) {
    const auto [place, is_new] = first.try_emplace(path.substr(path.rfind('/') + 1), path);
    if (!is_new) repeated.push_back(path + ": the name is taken by " + place->second);
  }
  return repeated;
}

std::vector<std::string> long_files(const Tree& tree) {
  std::vector<std::string> found;
  for (const auto& [path, text] : tree) {
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (lines > longest_file) found.push_back(path + ": " + std::to_string(lines) + " lines");
  }
  return found;
}

// Every source file in the folders that the table knows; a folder may be missing.
Tree project() {
  namespace fs = std::filesystem;
  constexpr std::array<std::string_view, 4> extensions = {".cpp", ".h", ".cu", ".cuh"};
  const fs::path root = RINGSIDE_SOURCE_DIR;
  Tree tree;
  for (const Rule& rule : rules()) {
    if (!fs::is_directory(root / rule.folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / rule.folder)) {
      const std::string extension = entry.path().extension().string();
      if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end()) continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      tree[fs::relative(entry.path(), root).generic_string()] = text.str();
    }
  }
  return tree;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

}  // namespace

TEST_CASE("every include is allowed by the table of folders") {
  const Tree tree = project();
  REQUIRE(tree.contains("costmodel/base/units.h"));
  CHECK(joined(broken_includes(tree)) == "");
}

TEST_CASE("the shared half of kernels/ includes the standard library alone") {
  const Tree tree = project();
  REQUIRE(tree.contains("kernels/attention_step.h"));
  CHECK(joined(libraries_in_shared_kernels(tree)) == "");
  CHECK(libraries_in_shared_kernels({{"kernels/a.h", "#include <cuda_runtime.h>\n"}}).size() == 1);
  CHECK(libraries_in_shared_kernels({{"kernels/a.cpp", "#include <mpi.h>\n#include <vector>\n"}}).size() ==
        1);
  CHECK(libraries_in_shared_kernels({{"kernels/cuda_step.cu", "#include <cuda_runtime.h>\n"}}).empty());
  CHECK(libraries_in_shared_kernels({{"kernels/mpi_ranks.cpp", "#include <mpi.h>\n"}}).empty());
}

TEST_CASE("every source file has a name of its own") { CHECK(joined(repeated_names(project())) == ""); }

TEST_CASE("no source file is longer than 500 lines") { CHECK(joined(long_files(project())) == ""); }

TEST_CASE("the check of includes sees each kind of mistake") {
  const std::string include = "#include ";
  Tree tree = {{"costmodel/a.h", ""}, {"simulator/b.h", ""}, {"gui/c.h", ""}, {"tests/d.h", ""}};
  const auto broken = [&](const std::string& path, const std::string& what) {
    Tree with = tree;
    with[path] = "// first line\n" + include + what + "\n";
    return joined(broken_includes(with));
  };

  SECTION("what the table allows") {
    CHECK(broken("costmodel/x.cpp", "\"costmodel/a.h\"") == "");
    CHECK(broken("costmodel/x.cpp", "<vector>") == "");
    CHECK(broken("costmodel/x.cpp", "<sys/stat.h>") == "");
    CHECK(broken("costmodel/x.cpp", "<Eigen/Dense>") == "");
    CHECK(broken("simulator/x.cpp", "\"costmodel/a.h\"") == "");
    CHECK(broken("gui/x.cpp", "<QWidget>") == "");
    CHECK(broken("tests/x.cpp", "\"x.moc\"") == "");
    CHECK(broken("cli/x.cpp", "\"simulator/b.h\"") == "");
    CHECK(broken("tests/x.cpp", "<catch2/catch.hpp>") == "");
  }
  SECTION("what it forbids, with the place and the reason") {
    CHECK(broken("costmodel/x.cpp", "\"simulator/b.h\"") ==
          "\n  costmodel/x.cpp:2: simulator/b.h: costmodel/ may not include simulator/");
    CHECK(broken("cli/x.cpp", "\"gui/c.h\"") == "\n  cli/x.cpp:2: gui/c.h: cli/ may not include gui/");
    CHECK(broken("costmodel/x.cpp", "\"tests/d.h\"") != "");
    CHECK(broken("kernels/x.cu", "\"costmodel/a.h\"") != "");
    CHECK(broken("costmodel/x.cpp", "<QString>") ==
          "\n  costmodel/x.cpp:2: QString: costmodel/ may not use Qt");
    CHECK(broken("costmodel/x.cpp", "<cuda_runtime.h>") != "");
    CHECK(broken("costmodel/x.cpp", "<simgrid/s4u.hpp>") != "");
    CHECK(broken("kernels/x.cpp", "<fmt/format.h>") != "");
    CHECK(broken("costmodel/x.cpp", "\"x.moc\"") != "");
    CHECK(broken("costmodel/x.cpp", "<boost/any.hpp>") ==
          "\n  costmodel/x.cpp:2: boost/any.hpp: costmodel/ may not use an unknown library");
  }
  SECTION("a path that does not start at the root") { CHECK(broken("costmodel/x.cpp", "\"a.h\"") != ""); }
  SECTION("whatever the spaces") {
    tree["costmodel/y.cpp"] = "  #  include<mpi.h>\n";
    CHECK(joined(broken_includes(tree)) == "\n  costmodel/y.cpp:1: mpi.h: costmodel/ may not use MPI");
  }
}

TEST_CASE("the checks of names and lengths see a mistake") {
  CHECK(repeated_names({{"costmodel/plan.h", ""}, {"cli/plan.cpp", ""}}).empty());
  CHECK(repeated_names({{"costmodel/plan.h", ""}, {"gui/views/plan.h", ""}}).size() == 1);
  CHECK(long_files({{"cli/a.cpp", std::string(longest_file, '\n')}}).empty());
  CHECK(long_files({{"cli/a.cpp", std::string(longest_file + 1, '\n')}}).size() == 1);
}
