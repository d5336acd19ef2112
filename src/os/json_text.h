// Text as JSON (RFC 8259).
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace serialtcp::io {

/// A string of JSON with its quotes, of at most `most` bytes: of a longer text, only the beginning is there. Every byte
/// that is not UTF-8 becomes U+FFFD, so the result is UTF-8, whatever `text` is. Escaped is also what a terminal might
/// take for more than text.
std::string json_string(std::string_view text, std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace serialtcp::io
