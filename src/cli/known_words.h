// KnownWords: suggests known words for an unknown one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::cli {

/// Fast also for long words, and for many of them.
class KnownWords {
 public:
  explicit KnownWords(std::vector<std::string_view> words);

  /// ": did you mean 'x'?"; nothing if no word is like it.
  std::string suggestion(std::string_view word) const;
  /// The same, or ": the keys are a, b, c".
  std::string suggestion_or_all(std::string_view word) const;

 private:
  std::vector<std::string_view> words_;
  std::string all_;
};

}  // namespace serialtcp::cli
