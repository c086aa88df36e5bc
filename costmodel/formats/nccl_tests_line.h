// One line of an nccl-tests log: launcher prefixes off, words, numbers.  Only nccl_tests_log.cpp needs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace costmodel {

// Takes off what launchers put before a line: "[1,0]<stdout>:", "(head, rank=0, pid=38) ", "0: " (srun -l)
// and the
// "> " of quoted mail.
std::string_view without_launcher_prefix(std::string_view line);

std::vector<std::string_view> split_words(std::string_view line);

// Digits only.
std::optional<std::int64_t> whole_number(std::string_view word);

// "12.5", "1e+06"; nothing behind it.
std::optional<double> decimal_number(std::string_view word);

// size, count, and a data type that begins with a letter: a row of the table.
bool begins_row(const std::vector<std::string_view>& words);

}  // namespace costmodel
