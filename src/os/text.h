// Numbers and bytes in readable form.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// "0 B", "999 B", "1.2 kB", "34 MB".
std::string format_size(std::uint64_t bytes);

/// "1 link", "2 links".
std::string counted(std::uint64_t count, std::string_view what);

/// Text from elsewhere, made safe for one line of a terminal or a log: UTF-8 is kept, and '?' replaces each
/// control character (C0, DEL, C1, line separators, direction marks) and each byte that is not UTF-8.
std::string printable(std::string_view text);

/// "'web' ", a prefix for messages about a connection of this service; empty for the default service.
std::string service_label(const std::string& service);

/// A number of seconds, as in "2.5"; nothing for other text, for what is negative, and for more than `most`.
std::optional<Duration> seconds_from_text(std::string_view text, std::chrono::seconds most);

}  // namespace serialtcp::io
