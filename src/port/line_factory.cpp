// Finds the kind of a line by its name.
#include "port/line_factory.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "port/line_kinds.h"
#include "port/stdio_line.h"

namespace serialtcp::io {

namespace {

const LineKind& kind_of(std::string_view name) {
  return **std::ranges::find_if(line_kinds(),
                                [name](const LineKind* kind) { return name.starts_with(kind->prefix); });
}

std::optional<std::string> scheme_problem(const std::string& name) {
  if (!kind_of(name).prefix.empty()) return std::nullopt;
  for (const LineKind* kind : line_kinds()) {
    const std::size_t slashes = kind->prefix.find("//");
    if (slashes != std::string::npos && name.starts_with(kind->prefix.substr(0, slashes)))
      return fmt::format("two slashes are missing behind the colon: write {}", kind->form);
  }
  const std::size_t scheme = name.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  return fmt::format("{}:// is not supported: use a {}", name.substr(0, scheme), line_forms());
}

}  // namespace

std::expected<std::unique_ptr<Line>, std::string> make_line(const LineRequest& request) {
  if (auto problem = scheme_problem(request.name)) return std::unexpected(std::move(*problem));
  return kind_of(request.name).make(request);
}

std::expected<void, OpenError> look_at_line(const std::string& name) {
  if (auto problem = scheme_problem(name)) return std::unexpected(OpenError{.text = std::move(*problem)});
  return kind_of(name).look(name);
}

std::optional<std::string> exclusive_line(const std::string& name) {
  return kind_of(name).exclusive(name);
}

const SilenceAdvice& silence_advice(const std::string& name) {
  return kind_of(name).advice;
}

std::string line_forms() {
  const auto kinds = line_kinds();
  std::string text(kinds.back()->form);
  for (const LineKind* kind : kinds) {
    if (kind == kinds.back() || kind->form.empty()) continue;
    text += fmt::format("{}{}", kind == kinds[kinds.size() - 2] ? " or " : ", ", kind->form);
  }
  return text;
}

bool is_standard_input_and_output(const std::string& name) {
  return exclusive_line(name) == exclusive_line(std::string(kDashLineKind.prefix));
}

bool is_program(const std::string& name) {
  return kind_of(name).prefix.starts_with("exec");
}

bool is_other_line(const std::string& name) {
  return !kind_of(name).prefix.empty();
}

}  // namespace serialtcp::io
