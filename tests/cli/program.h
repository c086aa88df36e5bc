// Running the command line in tests: in this process, or as a program with its streams apart.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/app.h"

namespace program {

inline std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Paths in answers are those of a user who stands in the repository.
inline cli::Output run(const std::vector<std::string>& arguments) {
  std::filesystem::current_path(RINGSIDE_SOURCE_DIR);
  return cli::execute(arguments);
}

inline std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> list;
  for (std::string word; stream >> word;) list.push_back(word);
  return list;
}

inline cli::Output run_line(const std::string& line) { return run(words(line)); }

struct ShellResult {
  int exit = -1;
  std::string out, err;
};

// A shell command in which $R is the program; for what only real streams can show.
inline ShellResult shell(const std::string& command) {
  const std::string errors =
      std::filesystem::temp_directory_path() / ("ringside_test_err_" + std::to_string(::getpid()));
  const std::string line =
      "cd '" RINGSIDE_SOURCE_DIR "' && R='" RINGSIDE_BINARY "' && { " + command + "; } 2>" + errors;
  ShellResult result;
  std::FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) result.out.append(buffer, n);
  const int status = ::pclose(pipe);
  result.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result.err = read(errors);
  std::filesystem::remove(errors);
  return result;
}

// Scenario files of examples/, as a user names them.
inline std::vector<std::string> examples() {
  std::vector<std::string> files{"examples/config-json/scenario.toml"};
  for (const auto& entry : std::filesystem::directory_iterator(RINGSIDE_SOURCE_DIR "/examples"))
    if (entry.path().extension() == ".toml") files.push_back("examples/" + entry.path().filename().string());
  return files;
}

}  // namespace program
