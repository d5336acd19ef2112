// regcomp(3).
#include "os/expression.h"

#include <regex.h>

#include <array>
#include <string_view>

namespace serialtcp::io {

namespace {

/// \d is the only part of Python's expressions that people use here and POSIX does not have.
std::string posix_pattern(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escape = pattern[i] == '\\' && i + 1 < pattern.size();
    if (escape && pattern[i + 1] == 'd') {
      text += "[0-9]";
      ++i;
    } else {
      text += pattern[i];
      if (escape) text += pattern[++i];
    }
  }
  return text;
}

int flags_of(Expression::Case letters, Expression::Ends ends) {
  return REG_EXTENDED | REG_NOSUB | (letters == Expression::Case::ignored ? REG_ICASE : 0) |
         (ends == Expression::Ends::of_lines ? REG_NEWLINE : 0);
}

}  // namespace

struct Expression::Compiled {
  regex_t expression{};
  int error = 0;
};

Expression::Expression(const std::string& pattern, Case letters, Ends ends)
    : compiled_(std::make_unique<Compiled>()) {
  compiled_->error =
      ::regcomp(&compiled_->expression, posix_pattern(pattern).c_str(), flags_of(letters, ends));
}

Expression::~Expression() {
  if (compiled_->error == 0) ::regfree(&compiled_->expression);
}

std::string Expression::problem() const {
  if (compiled_->error == 0) return "";
  std::array<char, 128> text{};
  ::regerror(compiled_->error, &compiled_->expression, text.data(), text.size());
  return text.data();
}

bool Expression::fits(const std::string& text) const {
  return !text.empty() && ::regexec(&compiled_->expression, text.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace serialtcp::io
