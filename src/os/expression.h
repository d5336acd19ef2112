// Expression: a regular expression of POSIX (regex(7), extended), which takes no exponential time, and \d.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace serialtcp::io {

class Expression {
 public:
  /// A longer one is to be refused.
  static constexpr std::size_t kMaxPattern = 200;

  enum class Case : std::uint8_t { counts, ignored };
  /// In a text of several lines, ^ and $ are the ends of each.
  enum class Ends : std::uint8_t { of_text, of_lines };

  explicit Expression(const std::string& pattern, Case letters = Case::ignored, Ends ends = Ends::of_text);
  ~Expression();
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  /// What is wrong with it; empty if it is right.
  std::string problem() const;
  /// Whether some part of the text fits. Nothing fits in an empty text.
  bool fits(const std::string& text) const;

 private:
  struct Compiled;  ///< as the system has it
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace serialtcp::io
