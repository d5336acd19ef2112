// The options behind the '?' (or '&') of a line's name, as pyserial's URLs have them: "timeout=3&poll_modem".
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::io {

struct KnownUrlOption {
  std::string_view name;
  /// The name of its value, for messages: "SECONDS". Empty if it has none.
  std::string_view value = {};
};

struct UrlOption {
  std::string_view name;
  std::string_view value;
};

/// What is between the '&'. A mistake is a sentence that lists the known options.
std::expected<std::vector<UrlOption>, std::string> parse_url_options(std::string_view text,
                                                                     std::span<const KnownUrlOption> known);

/// Splits at the first `separator`; `options` is empty if there is none.
struct SplitUrl {
  std::string_view place;
  std::string_view options;
};
SplitUrl split_url(std::string_view text, char separator);

}  // namespace serialtcp::io
