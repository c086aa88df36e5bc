#include "cli/request.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace cli {

Colour ReportOptions::colour() const {
  const char* refused = std::getenv("NO_COLOR");
  const bool wanted = !no_color && (refused == nullptr || *refused == '\0') && ::isatty(STDOUT_FILENO) == 1;
  return wanted ? Colour::on : Colour::off;
}

std::string flag_of(const std::string& key) {
  std::string flag = "--" + key;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

}  // namespace cli
