#include "cli/known_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace serialtcp::cli {

namespace {

/// The edit distance: letters added, removed or changed.
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t change = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

KnownWords::KnownWords(std::vector<std::string_view> words)
    : words_(std::move(words)), all_(fmt::format("{}", fmt::join(words_, ", "))) {}

std::string KnownWords::suggestion(std::string_view word) const {
  constexpr std::size_t kNear = 2;
  std::string_view best;
  std::size_t best_distance = kNear + 1;
  for (const std::string_view candidate : words_) {
    if (word.size() > candidate.size() + kNear || candidate.size() > word.size() + kNear) continue;
    const std::size_t away = distance(word, candidate);
    if (away < best_distance) {
      best = candidate;
      best_distance = away;
    }
  }
  return best.empty() ? "" : fmt::format(": did you mean '{}'?", best);
}

std::string KnownWords::suggestion_or_all(std::string_view word) const {
  std::string text = suggestion(word);
  return text.empty() ? fmt::format(": the keys are {}", all_) : text;
}

}  // namespace serialtcp::cli
