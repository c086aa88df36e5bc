#include "kernels/launch_environment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace kernels {

namespace {

std::optional<int> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return {};
  const std::string_view view(text);
  int number = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
  if (error != std::errc() || end != view.data() + view.size() || number < 0) return {};
  return number;
}

struct Names {
  const char* rank;
  const char* size;
  const char* local_size;
  const char* local_rank;
};

}  // namespace

std::optional<LaunchedAs> launched_as() {
  constexpr std::array<Names, 2> launchers{
      Names{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE",
            "OMPI_COMM_WORLD_LOCAL_RANK"},
      Names{"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"}};
  for (const Names& names : launchers) {
    const std::optional<int> rank = number_in(names.rank), size = number_in(names.size);
    if (!rank || !size || *size <= *rank) continue;
    const int local_size = number_in(names.local_size).value_or(*size);
    return LaunchedAs{*rank, *size, local_size,
                      number_in(names.local_rank).value_or(*rank % std::max(1, local_size))};
  }
  return {};
}

}  // namespace kernels
