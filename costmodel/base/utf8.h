// One character of UTF-8 text at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace costmodel {

struct Character {
  std::uint32_t code = 0xFFFD;  // the replacement character where the bytes are not UTF-8
  std::size_t bytes = 1;
  bool valid = false;
};

// The character that starts at `at`, which must be inside of `text`.
Character character_at(std::string_view text, std::size_t at);

}  // namespace costmodel
