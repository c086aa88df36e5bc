#include "costmodel/base/in_quotes.h"

#include "costmodel/base/utf8.h"

namespace costmodel {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 48;
  std::string result = "\"";
  std::size_t shown = 0;
  for (std::size_t at = 0; at < text.size(); ++shown) {
    if (shown == longest) {
      result += "...";
      break;
    }
    const Character c = character_at(text, at);
    if (c.valid && c.code >= 0x20 && c.code != 0x7F)
      result += text.substr(at, c.bytes);
    else
      result += '?';
    at += c.bytes;
  }
  return result + "\"";
}

}  // namespace costmodel
