// The one exception type of the project.
//
// Thrown when the user must change something: a scenario file, a flag, an imported log.  A plan that does not
// fit or does not divide is an answer, not an error (see Rejection in plan/reject.h); a broken invariant of
// ours is a std::logic_error.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace costmodel {

// Where in the user's input the problem sits.
struct InputLocation {
  std::string file;  // as the user wrote it; empty for a flag
  int line = 0;      // 1-based; 0 when unknown
  int column = 0;    // 1-based; 0 when unknown
  std::string key;   // "cluster.nic_bandwidth", "/hidden_size", "--over"
};

class Error : public std::runtime_error {
 public:
  // `message` says what is wrong and what would be right; what() puts `file:line:column: key: ` before it.
  explicit Error(const std::string& message, std::optional<InputLocation> where = std::nullopt);

  const std::string& message() const { return message_; }
  const std::optional<InputLocation>& where() const { return where_; }

  // The same error with a place; used by readers so that parse_bytes() need not know which file it reads.
  Error at(InputLocation where) const;

 private:
  std::string message_;
  std::optional<InputLocation> where_;
};

// The candidate nearest to `word` by edit distance, or "" when none is close enough to suggest.
template <class Range>
std::string nearest_word(const std::string& word, const Range& candidates);

// Damerau-Levenshtein distance, for suggestions.
int edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string nearest_word(const std::string& word, const Range& candidates) {
  std::string best;
  int best_distance = static_cast<int>(word.size()) / 3 + 2;
  for (const auto& candidate : candidates) {
    const std::string_view text(candidate);
    if (const int d = edit_distance(word, text); d < best_distance) {
      best_distance = d;
      best = text;
    }
  }
  return best;
}

}  // namespace costmodel
