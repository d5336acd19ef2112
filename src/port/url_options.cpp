#include "port/url_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "os/text.h"

namespace serialtcp::io {

namespace {

std::string option_form(const KnownUrlOption& option) {
  if (option.value.empty()) return std::string(option.name);
  return fmt::format("{}={}", option.name, option.value);
}

std::string list_of_known(std::span<const KnownUrlOption> known) {
  std::string text;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (i > 0) text += i + 1 == known.size() ? " and " : ", ";
    text += option_form(known[i]);
  }
  return text;
}

}  // namespace

SplitUrl split_url(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::expected<std::vector<UrlOption>, std::string> parse_url_options(std::string_view text,
                                                                     std::span<const KnownUrlOption> known) {
  std::vector<UrlOption> options;
  while (!text.empty()) {
    const SplitUrl piece = split_url(text, '&');
    text = piece.options;
    const SplitUrl parts = split_url(piece.place, '=');
    const auto found = std::ranges::find(known, parts.place, &KnownUrlOption::name);
    if (found == known.end())
      return std::unexpected(fmt::format("the option '{}' is not known; known here: {}",
                                         printable(parts.place), list_of_known(known)));
    const bool has_value = piece.place.find('=') != std::string_view::npos;
    if (has_value && found->value.empty())
      return std::unexpected(fmt::format("the option {} has no value", found->name));
    if (!found->value.empty() && parts.options.empty())
      return std::unexpected(
          fmt::format("the option {} needs a value: {}", found->name, option_form(*found)));
    options.push_back({found->name, parts.options});
  }
  return options;
}

}  // namespace serialtcp::io
