// The C++ library's, with the algorithm of its own that takes no exponential time (__polynomial, of libstdc++).
#include "os/expression.h"

#include <optional>
#include <regex>

namespace serialtcp::io {

namespace {

std::regex::flag_type flags_of(Expression::Case letters) {
  const auto flags = std::regex::ECMAScript | std::regex_constants::__polynomial | std::regex::nosubs;
  return letters == Expression::Case::ignored ? flags | std::regex::icase : flags;
}

}  // namespace

struct Expression::Compiled {
  std::optional<std::regex> expression;
  std::string problem;
};

Expression::Expression(const std::string& pattern, Case letters, Ends ends)
    : compiled_(std::make_unique<Compiled>()) {
  const auto flags = flags_of(letters);
  try {
    compiled_->expression.emplace(pattern, ends == Ends::of_lines ? flags | std::regex::multiline : flags);
  } catch (const std::regex_error& error) {
    compiled_->problem = error.what();
  }
}

Expression::~Expression() = default;

std::string Expression::problem() const {
  return compiled_->problem;
}

bool Expression::fits(const std::string& text) const {
  return !text.empty() && compiled_->expression && std::regex_search(text, *compiled_->expression);
}

}  // namespace serialtcp::io
